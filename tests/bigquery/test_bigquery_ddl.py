"""How every table lies in BigQuery, and what a merge reads of it, asserted on the statements themselves."""

from __future__ import annotations

import re

import bq_tables
import pytest

from sources.kit.tables import HISTORY_SUFFIX, TableShape, Type

TYPES = {
    Type.TEXT: "STRING",
    Type.JSON: "STRING",
    Type.DECIMAL: "BIGNUMERIC(38,10)",
    Type.BIGINT: "INT64",
    Type.BOOL: "BOOL",
    Type.DATE: "DATE",
    Type.TIMESTAMP: "TIMESTAMP",
}


@pytest.fixture(autouse=True)
def _installed() -> None:
    pytest.importorskip("google.cloud.bigquery", reason="make test-bigquery has Google's libraries")


@pytest.mark.parametrize("name", sorted(bq_tables.shapes()))
def test_a_table_has_its_types_its_months_and_its_order(name: str) -> None:
    source, _, table = name.partition(".")
    shape, statement = bq_tables.shapes()[name], bq_tables.ddl(source, table)
    for column in shape.columns:
        required = "  NOT NULL" if column.name in shape.key else " "
        assert f"`{column.name}` {TYPES[column.type]}{required}" in statement
    assert clause(statement, "PARTITION BY") == expected_partition(shape)
    assert clause(statement, "CLUSTER BY") == ", ".join(f"`{column}`" for column in shape.key[:4])
    assert len(re.findall(r"description=", statement)) >= len(shape.columns)


def clause(statement: str, words: str) -> str | None:
    found = re.search(rf"{words} (.*)$", statement, re.MULTILINE)
    return found[1].strip() if found else None


def expected_partition(shape: TableShape) -> str | None:
    if shape.root.partition is None:
        return None
    truncate = {Type.DATE: "DATE_TRUNC", Type.TIMESTAMP: "TIMESTAMP_TRUNC"}
    carried = f"{shape.root.singular}_" if shape.is_child else ""
    column = shape.column(carried + shape.root.partition)
    return f"{truncate[column.type]}(`{column.name}`, MONTH)"


def test_what_grows_by_the_day_is_kept_by_month() -> None:
    months = {name for name, shape in bq_tables.shapes().items() if shape.partition}
    assert {"roit.accounts_payable", "roit.accounts_payable_events", "roit.nfe", "tereina.invoices"} <= months
    assert {f"roit.accounts_payable{HISTORY_SUFFIX}", "solvimon.report_invoice_line"} <= months
    assert {"roit.accounts_payable__tributes", f"solvimon.invoices__lines{HISTORY_SUFFIX}"} <= months
    assert {"tereina.companies__addresses", "tereina.company_codes", "roit._rejects"}.isdisjoint(months)


def test_a_merge_replaces_rows_in_the_months_that_hold_them_and_in_one_transaction() -> None:
    declared, begin, lookup, delete, undated, insert, commit = bq_tables.merge("roit", "accounts_payable")
    assert declared == "DECLARE _months ARRAY<DATE>"
    assert (begin, commit) == ("BEGIN TRANSACTION", "COMMIT TRANSACTION")
    rows = (
        "FROM `project`.`roit`.`accounts_payable` AS d WHERE EXISTS (SELECT 1 FROM"
        " `project`.`roit_staging`.`accounts_payable` AS s WHERE d.`id` = s.`id`)"
    )
    # months in which a loaded key is now, wherever its new month is
    month, dated = "DATE_TRUNC(d.`issue_date`, MONTH)", f"{rows} AND d.`issue_date` >= DATE '0001-01-01'"
    assert lookup == f"SET _months = ARRAY(SELECT DISTINCT {month} {dated})"
    assert delete == f"DELETE {dated} AND {month} IN UNNEST(_months)"
    assert undated == f"DELETE {rows} AND d.`issue_date` IS NULL"
    assert insert.startswith("INSERT INTO `project`.`roit`.`accounts_payable`")


def test_a_merge_of_a_child_looks_for_its_parents_in_the_months_of_their_dates() -> None:
    table = "accounts_payable__installments"
    declared, begin, lookup, delete, undated, insert, commit = bq_tables.merge("roit", table)
    assert (declared, begin) == ("DECLARE _months ARRAY<DATE>", "BEGIN TRANSACTION")
    for statement in (lookup, delete, undated):
        assert "d.`account_payable_id` = s.`account_payable_id`" in statement
        assert "d.`account_payable_issue_date`" in statement
    assert delete.endswith("DATE_TRUNC(d.`account_payable_issue_date`, MONTH) IN UNNEST(_months)")
    assert "`_tombstone` IS NULL" in insert
    assert commit == "COMMIT TRANSACTION"


def test_a_merge_of_a_child_without_months_is_one_transaction_over_the_whole_table() -> None:
    begin, delete, insert, commit = bq_tables.merge("tereina", "companies__addresses")
    assert (begin, commit) == ("BEGIN TRANSACTION", "COMMIT TRANSACTION")
    assert delete.endswith("WHERE d.`company_reference_id` = s.`company_reference_id`)")
    assert "`_tombstone` IS NULL" in insert


def test_a_table_that_only_grows_is_merged_by_one_statement() -> None:
    [statement] = bq_tables.merge("tereina", "_rejects")
    assert statement.split()[:2] == ["MERGE", "INTO"]
    assert "WHEN MATCHED" not in statement


def test_what_is_set_of_tables_is_in_their_statement_and_not_where_they_wait(monkeypatch) -> None:
    from pipelines.destinations._bigquery_client import Options

    client = bq_tables.client("roit")
    monkeypatch.setattr(type(client), "options", Options(400, {"team": "finance"}, None, require_filter=True))
    statement = bq_tables.ddl("roit", "accounts_payable")
    assert statement.rpartition("\n")[2].startswith(
        "OPTIONS (labels=[('team', 'finance')], require_partition_filter=true, description="
    )
    assert statement.endswith("partition_expiration_days=400)")
    # a table without months has none that could grow old
    assert "partition_" not in bq_tables.ddl("roit", "cclasstrib")
    with client.sql_client.with_staging_dataset():
        waiting = bq_tables.ddl("roit", "accounts_payable")
    assert not any(word in waiting for word in ("PARTITION BY", "CLUSTER BY", "partition_", "description="))
