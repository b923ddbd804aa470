"""The same rows give the same models, whatever the session, the order of arrival and the sources switched on."""

from __future__ import annotations

import itertools
import random
from collections.abc import Sequence
from typing import Any

import pytest
from dbt_bed import Bed
from dbt_compiled import DATES_CHANGES, Compiled
from dbt_demo_rows import fill
from dbt_streams import stories, tell

from pipelines.dbt_sources import SOURCES

Rows = dict[str, list[tuple[Any, ...]]]


def contents(bed: Bed) -> Rows:
    """The rows of every model in one order, but when a build found what; moments are compared as moments."""
    return {
        model.name: sorted(bed.query(f"select * from {model.relation}"), key=str)
        for model in bed.project.models.values()
        if model.layer != "staging" and model.name not in DATES_CHANGES
    }


def filled(project: Compiled, rows: str, **session: Any) -> Bed:
    bed = Bed(project, **session)
    if rows == "demo":
        fill(bed.raw)
    else:
        tell(bed.raw, stories(random.Random(5), 60))
    bed.build()
    return bed


@pytest.fixture(scope="module", params=["demo", "stories"])
def rows(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def usual(project: Compiled, rows: str) -> Rows:
    return contents(filled(project, rows))


def _differing(rows: Rows, usual: Rows) -> list[str]:
    normal = {name: sorted(map(_moments, found), key=str) for name, found in rows.items()}
    return [name for name in usual if normal[name] != sorted(map(_moments, usual[name]), key=str)]


def _moments(row: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(value.timestamp() if hasattr(value, "timestamp") else value for value in row)


@pytest.mark.parametrize(
    "session",
    [
        {"timezone": "America/Sao_Paulo", "threads": 1},
        {"timezone": "Asia/Tokyo", "threads": 8},
    ],
    ids=lambda session: f"{session['timezone']} on {session['threads']} threads",
)
def test_the_sessions_time_zone_and_threads_change_nothing(
    project: Compiled, rows: str, usual: Rows, session: dict[str, Any]
) -> None:
    assert _differing(contents(filled(project, rows, **session)), usual) == []


def test_neither_the_order_of_arrival_nor_a_second_build_changes_anything(
    project: Compiled, rows: str, usual: Rows
) -> None:
    bed = filled(project, rows)
    for source, table in bed.raw.tables:
        name = f'{source}."{table}"'
        bed.connection.execute(
            f"create temp table mixed as from {name} order by hash(columns(*)::varchar), 1"
        )
        bed.connection.execute(f"delete from {name}; insert into {name} from mixed; drop table mixed")
    bed.build()
    assert _differing(contents(bed), usual) == []


@pytest.mark.parametrize(
    "sources",
    [on for count in range(len(SOURCES)) for on in itertools.combinations(SOURCES, count)],
    ids=lambda on: " and ".join(on) or "none",
)
def test_every_model_builds_and_every_law_holds_whatever_sources_are_switched_on(
    project: Compiled, sources: tuple[str, ...]
) -> None:
    bed = Bed(project, sources=sources)
    bed.build()
    assert bed.failing() == {}
    facts = [model for model in project.models.values() if model.name.startswith("fct_")]
    assert all(bed.query(f"select count(*) from {fact.relation}") == [(0,)] for fact in facts)
