"""``explain``: what it prints of an explanation, and how it ends."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import pipelines.explain
from pipelines.explain import Entry, Explanation, Record
from pipelines.explain._result import Document

MOMENT = datetime(2026, 5, 15, 6, tzinfo=UTC)
RECORD = Record(
    "document", "roit.accounts_payable__history", "ap-1", None, "5e70fd657e8a0000", None, "17.1", MOMENT
)


def _explanation(mart: str) -> Explanation:
    entries = (
        Entry(
            "INVOICED",
            Decimal("12345678901234567890.01"),
            "BRL",
            date(2026, 5, 1),
            MOMENT,
            "1",
            None,
            (RECORD,),
        ),
        Entry("PAYMENT_APPLIED", Decimal("-0.01"), "BRL", date(2026, 5, 9), MOMENT, "1", "inferred"),
    )
    document = Document("payable", "key", "roit", "ap-1", "N-1")
    return Explanation(
        document, "open_amount", "BRL", date(2026, 6, 30), None, "fct.open", Decimal(mart), entries
    )


@pytest.fixture
def explained(monkeypatch):
    """Makes the explanation say that the marts have this number; returns what was asked."""
    asked = []

    def says(mart: str) -> list[tuple[object, ...]]:
        def explain(document, measure, destination, as_of, known_at):
            asked.append((document, measure, as_of, known_at))
            return _explanation(mart)

        monkeypatch.setattr(pipelines.explain, "explain", explain)
        return asked

    return says


def test_rows_total_and_records_are_shown_to_the_last_digit(cli, explained):
    asked = explained("12345678901234567890.00")
    result = cli("explain", "N-1", "--as-of", "2026-06-30", "--known-at", "2026-07-01T03:00Z")
    assert result.code == 0
    assert "total 12,345,678,901,234,567,890 BRL, as in fct.open" in result.out
    assert "12,345,678,901,234,567,890.01" in result.out
    assert "roit.accounts_payable__history  ap-1" in result.out
    assert "5e70fd657e8a " in result.out
    assert asked == [("N-1", "open_amount", date(2026, 6, 30), datetime(2026, 7, 1, 3, tzinfo=UTC))]


def test_a_sum_that_is_not_what_the_marts_say_fails_and_says_both(cli, explained):
    explained("12345678901234567890.02")
    result = cli("explain", "N-1")
    assert result.code == 1
    assert "the rows make 12,345,678,901,234,567,890, and fct.open says" in result.err


def test_the_document_holds_amounts_as_text_and_says_whether_they_agree(cli, explained):
    explained("12345678901234567890.00")
    document = cli("explain", "N-1", "--json").document
    assert (document["total"], document["agrees"]) == ("12345678901234567890.00", True)
    assert document["entries"][0]["records"][0]["load_id"] == "17.1"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("explain", "x", "--as-of", "June"), "--as-of 'June' is no day, such as 2026-01-31"),
        (("explain", "x", "--known-at", "June"), "--known-at 'June' is no date or timestamp"),
        (("explain", "x"), "yet: ledgerhouse load makes it"),
    ],
)
def test_what_cannot_be_asked_is_one_line(cli, arguments, says):
    result = cli(*arguments)
    assert (result.code, result.out) == (2, "")
    assert says in result.err


def test_a_database_without_models_says_what_builds_them(cli, place):
    import duckdb

    duckdb.connect(str(place / "ledgerhouse.duckdb")).close()
    result = cli("explain", "x")
    assert (result.code, result.err) == (
        2,
        "ledgerhouse: the models are not built yet: ledgerhouse transform builds them\n",
    )
