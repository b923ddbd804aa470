"""The same tables in both warehouses, row by row, after two loads with changes in between."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bq_api import faults
from bq_loaded import SCALE, Loaded
from bq_server import PROJECT, Server

from pipelines.destinations import Destination
from pipelines.load import reconcile

Payables = tuple[Loaded, Server]
# Tables about the loads themselves, which are different loads.
ABOUT_LOADS = {"_dlt_loads", "_dlt_version", "_dlt_pipeline_state", "_jobs"}
# When something was noted, by the clock of the load.
TIMES_OF_LOADS = {"rejected_at", "checked_at", "loaded_at", "read_at", "seen_at", "_deleted_at"}


def rows(destination: Destination, dataset: str, table: str, columns: list[str]) -> list[str]:
    """Every row as text, in a fixed order; zeros at the end of a number are no difference."""
    quoted = ", ".join(f"t.{column}" for column in columns)
    found = destination.query(f"select {quoted} from {destination.table(dataset, table)} as t")
    return sorted(repr(tuple(map(plain, row))) for row in found)


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.normalize() if isinstance(value, Decimal) else value


def columns_of(destination: Any, dataset: str, table: str) -> set[str]:
    if destination.name == "bigquery":
        described = destination._client.get_table(f"{PROJECT}.{dataset}.{table}")
        return {field.name for field in described.schema}
    where = f"table_schema = '{dataset}' and table_name = '{table}'"
    return {
        name
        for (name,) in destination.query(f"select column_name from information_schema.columns where {where}")
    }


def test_every_load_ended_well_and_counted_as_on_duckdb(payables: Payables) -> None:
    loaded, _ = payables
    failed = [f"{r.source}.{r.resource}: {r.error}" for report in loaded.reports for r in report.failures]
    assert not failed
    counted = [
        [(r.resource, r.rows, r.rejected, r.drift) for r in report.results] for report in loaded.reports
    ]
    assert counted[0::2] == counted[1::2]


def test_every_table_holds_the_rows_that_duckdb_holds(payables: Payables) -> None:
    bigquery, duckdb = payables[0].both
    tables = duckdb.tables("roit")
    assert bigquery.tables("roit") == tables
    different = []
    for table in sorted(tables - ABOUT_LOADS):
        columns = columns_of(duckdb, "roit", table)
        assert columns_of(bigquery, "roit", table) == columns, table
        compared = sorted(c for c in columns - TIMES_OF_LOADS if not c.startswith("_dlt_"))
        if rows(bigquery, "roit", table, compared) != rows(duckdb, "roit", table, compared):
            different.append(table)
    assert not different
    assert len(rows(bigquery, "roit", "accounts_payable__history", ["id"])) > SCALE


def test_reconcile_finds_no_difference_on_bigquery(payables: Payables) -> None:
    report = reconcile((), payables[0].bigquery)
    assert report.lines
    assert [line for line in report.lines if not line.ok] == []


def test_every_request_is_one_that_the_api_describes(payables: Payables) -> None:
    sent = payables[1].sent.requests
    assert len(sent) > 100
    assert {fault for request in sent for fault in faults(request)} == set()
