"""The questions of the README are those of the demo, and what stands below them has the shape of their answers.

The figures are of the day on which somebody ran the demo. To refresh them: ``make demo``, and paste what it prints.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from pipelines.demo_queries import QUERIES

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
_, _, SECTION = README.partition("## What it answers\n")
SECTION, _, _ = SECTION.partition("\n## ")
_CELLS = re.compile(r"\s{2,}")
_AMOUNT = re.compile(r"-?[\d,]+(\.\d+)?")


def _asked() -> list[tuple[str, str, list[str]]]:
    """Title, SQL and the lines of the answer of each question that is asked in SQL."""
    found = re.findall(r"\*\*(.+?)\?\*\*\n\n```sql\n(.+?);\n```\n\n```\n(.+?)\n```", SECTION, re.DOTALL)
    return [(title, sql, answer.splitlines()) for title, sql, answer in found]


def test_the_readme_asks_what_the_demo_asks_word_for_word():
    assert [(title, sql) for title, sql, _ in _asked()] == [(query.title, query.sql) for query in QUERIES]


@pytest.mark.parametrize("number", range(len(QUERIES)))
def test_each_answer_has_the_columns_of_its_question_and_rows(number):
    _, _, (header, *rows) = _asked()[number]
    assert tuple(header.split()) == QUERIES[number].columns
    assert rows
    assert {len(_CELLS.split(row)) for row in rows} == {len(QUERIES[number].columns)}


def test_the_number_that_is_explained_is_the_sum_of_its_rows():
    shown = re.search(
        r"\$ ledgerhouse explain \S+ open_amount.*?\n(.+?)\n\ntotal (\S+) (\w+), as in", SECTION, re.DOTALL
    )
    assert shown is not None
    _, *rows = shown[1].splitlines()
    cells = [_CELLS.split(row) for row in rows]
    assert len(cells) > 1
    assert all(_AMOUNT.fullmatch(row[-1]) and row[-2] == shown[3] for row in cells)
    total = sum((Decimal(row[-1].replace(",", "")) for row in cells), Decimal(0))
    assert total == Decimal(shown[2].replace(",", ""))
