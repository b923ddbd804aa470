"""Rejects looked at: by reason, one by one without their records, and one of them whole."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pipelines import rejects
from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError
from sources.kit.tables import reject_id
from sources.roit import SPEC

AT = datetime(2026, 5, 1, tzinfo=UTC)
RECORD = '{"id": "p1", "status": 7}'
ROWS = (
    ("accounts_payable", "p1", "Expected `str`", "$.status", RECORD),
    ("accounts_payable", "p2", "Expected `str`", "$.status", '{"id": "p2", "status": 7}'),
    ("accounts_payable", "p3", "Expected `str`", "$.id", None),
    ("nfe", "a/b.xml", "no such document", None, "<NFe/>"),
)


@pytest.fixture
def warehouse(tmp_path):
    destination = DuckDb(tmp_path / "w.duckdb")
    destination.prepare()
    destination.execute("create schema roit")
    destination.execute(
        "create table roit._rejects (reject_id varchar, table_name varchar, key varchar, reason varchar,"
        " field varchar, raw varchar, rejected_at timestamptz)"
    )
    for table, key, reason, field, raw in ROWS:
        made_up = reject_id(table, key, (raw or "").encode())
        values = [made_up, table, key, reason, field, raw, AT]
        destination.execute("insert into roit._rejects values (?, ?, ?, ?, ?, ?, ?)", values)
    yield destination
    destination.close()


def test_rejects_are_counted_by_table_reason_and_field_the_most_first(warehouse):
    groups = rejects.groups([SPEC], warehouse)
    assert [(g.table, g.field, g.count) for g in groups] == [
        ("accounts_payable", "$.status", 2),
        ("accounts_payable", "$.id", 1),
        ("nfe", None, 1),
    ]
    assert (groups[0].first, groups[0].last) == (AT, AT)
    assert [g.table for g in rejects.groups([SPEC], warehouse, "nfe")] == ["nfe"]


def test_only_records_of_a_model_can_be_replayed(warehouse):
    by_field = {(g.table, g.field): g.replayable for g in rejects.groups([SPEC], warehouse)}
    assert by_field == {
        ("accounts_payable", "$.status"): True,
        ("accounts_payable", "$.id"): False,
        ("nfe", None): False,
    }


def test_one_by_one_they_are_without_their_records_which_may_hold_personal_data(warehouse):
    listed = rejects.each([SPEC], warehouse, "accounts_payable")
    assert sorted(reject.key for reject in listed) == ["p1", "p2", "p3"]
    assert {reject.raw for reject in listed} == {None}


def test_one_is_found_by_the_beginning_of_its_id_and_is_whole(warehouse):
    found = rejects.find([SPEC], warehouse, reject_id("accounts_payable", "p1", RECORD.encode())[:12])
    assert (found.key, found.raw, found.is_whole, found.is_file) == ("p1", RECORD, True, False)


@pytest.mark.parametrize(("beginning", "reason"), [("0" * 12, "no reject has"), ("ab", "too short")])
def test_an_id_that_is_none_or_a_guess_is_refused(warehouse, beginning, reason):
    with pytest.raises(UsageError, match=reason):
        rejects.find([SPEC], warehouse, beginning)


def test_what_was_masked_is_not_whole():
    masked = rejects.Reject("roit", reject_id("t", "k", b'{"a": 1}'), "t", "k", "", None, '{"a": null}', AT)
    assert not masked.is_whole
