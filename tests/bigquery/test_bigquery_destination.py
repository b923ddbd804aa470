"""The destination itself, against the emulator."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipelines.errors import UsageError


def test_values_come_back_exact_and_in_utc(bigquery):
    moment = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    given = (Decimal("12345678901234567.8900000001"), moment, date(2026, 1, 31), True, 7, "açaí 'x'")
    assert bigquery.query("select ?, ?, ?, ?, ?, ?", given) == [given]


def test_null_fits_a_column_of_any_type(bigquery):
    table = f"`{bigquery._project}`.`gaps`.`t`"
    bigquery.execute("create schema gaps")
    columns = "a STRING, b INT64, c BIGNUMERIC(38, 10), d TIMESTAMP, e DATE, f BOOL"
    bigquery.execute(f"create table {table} ({columns})")
    bigquery.execute(f"insert into {table} (a, b, c, d, e, f) values (?, ?, ?, ?, ?, ?)", ["?", *[None] * 5])
    assert bigquery.query(f"select * from {table}") == [("?", None, None, None, None, None)]


def test_a_query_is_asked_for_its_bytes_by_a_dry_run_and_one_that_cannot_run_has_none(bigquery, server):
    assert isinstance(bigquery.query_bytes("select 1"), int)
    body = [request.json for request in server.sent.requests if b"dryRun" in request.body][-1]
    assert body["configuration"]["dryRun"] is True
    assert body["configuration"]["query"]["useQueryCache"] is False
    assert bigquery.query_bytes("select nothing from nowhere.at_all") is None


def test_what_is_refused_is_one_line_that_names_the_project(bigquery):
    with pytest.raises(UsageError, match=r"^BigQuery ledgerhouse-test: [^\n]+$"):
        bigquery.query("select nothing from nowhere.at_all")


def test_a_dataset_that_is_not_there_has_no_tables(bigquery):
    assert bigquery.tables("roit_of_nobody") == frozenset()


def test_check_names_the_credentials_the_project_and_the_location(bigquery):
    said = bigquery.check()
    assert said.startswith(
        "the service account loader@ledgerhouse-test.example, its key in DESTINATION__BIGQUERY__"
    )
    assert "queries run in project ledgerhouse-test, location southamerica-east1" in said


@pytest.mark.parametrize(
    ("refused", "right"),
    [("query", "cannot run queries (bigquery.jobs.create)"), ("list_datasets", "cannot list datasets")],
)
def test_check_names_the_right_that_is_missing(bigquery, monkeypatch, refused, right):
    from google.api_core.exceptions import Forbidden

    def refuse(*_, **__):
        raise Forbidden("Access Denied: Project ledgerhouse-test")

    monkeypatch.setattr(bigquery._client, refused, refuse)
    with pytest.raises(UsageError) as told:
        bigquery.check()
    assert right in str(told.value)
    assert str(told.value).endswith("Access Denied: Project ledgerhouse-test")


def test_an_estimate_is_made_from_what_the_tables_hold(bigquery):
    from sources.roit import SPEC

    stream = SPEC.stream("cclasstrib")
    assert stream is not None
    assert bigquery.load_bytes("roit_of_nobody", stream.tables) == 0
