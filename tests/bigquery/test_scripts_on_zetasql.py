"""Each table's DDL and merge on Google's analyzer; merges on its executor, compared with what DuckDB's do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bq_tables
import dlt
import pytest
from dlt.destinations.sql_jobs import SqlMergeFollowupJob as DltMerge
from zetasql_client import PATH
from zetasql_dbt import TYPES as BIGQUERY_TYPES
from zetasql_engine import Refused, Table, ZetaSql
from zetasql_script import Scripts, statements
from zetasql_values import Parameter

from pipelines.destinations.bigquery import _type
from pipelines.load._controls import check, keep
from pipelines.load._leftovers import discard_uncommitted
from pipelines.load._marks import Marks
from sources.kit.jobs import DltWarehouse, Job, JobState, Ledger
from sources.kit.jobs._script import as_script
from sources.kit.tables import DELETED, HISTORY_SUFFIX, Column, Tally, Type
from sources.roit import SPEC

SOURCES = ("roit", "tereina", "solvimon")
DOCS = Path(__file__).parents[2] / "docs" / "bigquery.md"


@pytest.fixture(autouse=True)
def _installed() -> None:
    pytest.importorskip("google.cloud.bigquery", reason="make test-bigquery has Google's libraries")


@pytest.fixture
def requiring(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where each table by months is made to refuse what names none."""
    from pipelines.destinations._bigquery_client import Options

    for source in SOURCES:
        monkeypatch.setattr(type(bq_tables.client(source)), "options", Options(require_filter=True))


@pytest.mark.usefixtures("requiring")
@pytest.mark.parametrize("source", SOURCES)
def test_every_table_is_made_and_merged_by_statements_that_bigquery_takes(
    source: str, zetasql: ZetaSql
) -> None:
    scripts, made = Scripts(zetasql), bq_tables.client(source)
    tables = [name.partition(".")[2] for name in bq_tables.shapes() if name.startswith(f"{source}.")]
    for table in tables:
        scripts.analyze(bq_tables.ddl(source, table))
        held = scripts.tables[f"project.{source}.{table}"]
        scripts.tables[f"project.{source}_staging.{table}"] = held
    merged = [t for t in tables if made.prepare_load_table(t)["write_disposition"] == "merge"]
    for table in merged:
        scripts.analyze(";\n".join(bq_tables.merge(source, table)))
    assert len(merged) > len(tables) / 2
    assert len(scripts.months) > len(tables) / 2
    assert scripts.unfiltered == []


def test_a_statement_that_reads_every_month_is_found(zetasql: ZetaSql) -> None:
    scripts = Scripts(zetasql)
    table = "`p`.`d`.`t`"
    scripts.analyze(f"create table {table} (id STRING, day DATE) partition by date_trunc(day, month)")
    every = "(day >= date '0001-01-01' or day is null)"
    for filtered in (
        f"select count(*) from (select * from {table} where {every}) as t",
        f"delete from {table} where {every} and id = 'a'",
        f"update {table} set id = 'b' where {every} and id = 'a'",
    ):
        scripts.analyze(filtered)
    assert scripts.unfiltered == []
    for whole in (
        f"select count(*) from {table}",
        f"delete from {table} where id = 'a'",
        f"select a.id from {table} as a join (select * from {table} where {every}) as b on a.id = b.id",
    ):
        scripts.analyze(whole)
    assert len(scripts.unfiltered) == 3


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("insert into `p`.`d`.`t` (id) values (1)", "which has type STRING"),
        (
            "begin transaction;\nupdate `p`.`d`.`t` set day = 'x' where id = 1;\ncommit transaction;",
            "No matching",
        ),
        (
            "DECLARE v ARRAY<DATE>;\nSET v = ARRAY(SELECT id FROM `p`.`d`.`t`);\n"
            "DELETE FROM `p`.`d`.`t` WHERE id IN UNNEST(v)",
            "No matching signature",
        ),
    ],
)
def test_what_bigquery_refuses_in_a_script_is_refused_here(
    zetasql: ZetaSql, script: str, reason: str
) -> None:
    scripts = Scripts(zetasql)
    scripts.analyze("create table `p`.`d`.`t` (id STRING, day DATE)")
    with pytest.raises(Refused, match=reason):
        scripts.analyze(script)


def test_the_way_to_give_months_to_a_table_of_an_earlier_release_is_one_that_bigquery_takes(
    zetasql: ZetaSql,
) -> None:
    [script] = re.findall(r"```sql\n(create table .*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)
    scripts = Scripts(zetasql)
    for table in ("accounts_payable", "accounts_payable__installments"):
        scripts.analyze(bq_tables.ddl("roit", table))
    made, *_ = statements(re.sub(r"\b(roit\.\w+)", r"`project.\1`", script))
    scripts.analyze(made)
    assert scripts.tables["project.roit.made_anew"].columns
    assert sorted(scripts.tables["project.roit.made_anew"].columns) == sorted(
        scripts.tables["project.roit.accounts_payable__installments"].columns
    )


PAYABLES = SPEC.stream("accounts_payable")
assert PAYABLES is not None
LOADS = (Column("load_id", Type.TEXT, "The load."), Column("status", Type.BIGINT, "0: committed."))
DUCKDB_TYPES = {
    "STRING": "varchar",
    "INT64": "bigint",
    "BOOL": "boolean",
    "BIGNUMERIC": "decimal(38, 10)",
    "DATE": "date",
    "TIMESTAMP": "timestamptz",
}
MOMENT = datetime(2026, 6, 30, 12, tzinfo=UTC)
INSTALLMENTS = "accounts_payable__installments"
PROJECT, DATASET = "project", "roit"


class Pair:
    """The same tables in both warehouses, and what is done to both."""

    def __init__(self, zetasql: ZetaSql, folder: Path) -> None:
        self.scripts = Scripts(zetasql)
        self.google = ScriptWarehouse(self.scripts)
        made = bq_tables.client(DATASET)
        destination = dlt.destinations.duckdb(str(folder / "w.duckdb"))
        self.client = destination.client(made.schema, destination.spec()._bind_dataset_name(DATASET))
        self.duckdb = DltWarehouse(SimpleNamespace(sql_client=lambda: self.client.sql_client))
        with self.client.sql_client as client:
            for dataset in (DATASET, f"{DATASET}_staging"):
                client.execute_sql(f"create schema {dataset}")

    def make(
        self, table: str, rows: list[dict[str, Any]], waiting: list[dict[str, Any]] | None = None
    ) -> None:
        """A table of the models with these rows, and those that wait for their merge."""
        self.scripts.analyze(bq_tables.ddl(DATASET, table))
        columns = self.scripts.tables[f"{PROJECT}.{DATASET}.{table}"].columns
        for dataset, given in ((DATASET, rows), (f"{DATASET}_staging", waiting or [])):
            told = [tuple(row.get(name) for name, _ in columns) for row in given]
            self.scripts.tables[f"{PROJECT}.{dataset}.{table}"] = Table(columns, told)
            kinds = ", ".join(f'"{name}" {DUCKDB_TYPES[kind]}' for name, kind in columns)
            with self.client.sql_client as client:
                client.execute_sql(f"create table {dataset}.{table} ({kinds})")
                for row in told:
                    marks = ", ".join("null" if cell is None else "%s" for cell in row)
                    values = [cell for cell in row if cell is not None]
                    client.execute_sql(f"insert into {dataset}.{table} values ({marks})", *values)

    def merge(self, table: str) -> None:
        self.scripts.execute(";\n".join(bq_tables.merge(DATASET, table)))
        prepared = self.client.prepare_load_table(table)
        with self.client.sql_client as client:
            client.execute_many(DltMerge.generate_sql([prepared], client))

    def rows(self, table: str, columns: str) -> list[tuple[Any, ...]]:
        """What both hold, which must be the same."""
        google, duckdb = (
            Counter(warehouse.query(f"select {columns} from {{{table}}}"))
            for warehouse in (self.google, self.duckdb)
        )
        assert google == duckdb
        return sorted(google.elements(), key=repr)


class ScriptWarehouse(DltWarehouse):
    """What loads do beside their packages, sent to the engine as it would be to BigQuery."""

    def __init__(self, scripts: Scripts) -> None:
        super().__init__(SimpleNamespace(sql_client=lambda: bq_tables.client(DATASET).sql_client))
        self._scripts = scripts

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        text, parameters = self._told([(sql, params)])
        named = {name: self._scripts.tables[name] for name in re.findall(r"`([^`]+)`", text)}
        return self._scripts.engine.select(text, named, parameters).rows

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        self._scripts.execute(*self._told(statements))

    def has_table(self, name: str) -> bool:
        return f"{PROJECT}.{DATASET}.{name}" in self._scripts.tables

    def create_table(self, name: str, columns: Sequence[Column]) -> None:
        made = [(column.name, BIGQUERY_TYPES[column.type]) for column in columns]
        self._scripts.tables.setdefault(f"{PROJECT}.{DATASET}.{name}", Table(made))

    def _told(self, given: Sequence[tuple[str, tuple[Any, ...]]]) -> tuple[str, list[Parameter]]:
        text, values = as_script([(self._named(sql), params) for sql, params in given])
        text = PATH.sub(r"`\1.\2.\3`", re.sub(r"%\((\w+)\)s", r"@\1", text))
        return text, [Parameter(name, _type(value), value) for name, value in values.items()]


@pytest.fixture
def pair(zetasql: ZetaSql, tmp_path: Path) -> Pair:
    return Pair(zetasql, tmp_path)


def installment(of: str, position: int, due: date | None, **more: Any) -> dict[str, Any]:
    about = {"account_payable_id": of, "position": position, "account_payable_issue_date": due}
    return about | {"value": Decimal("12345678901234567.8900000001"), "_dlt_load_id": "1"} | more


def test_a_merge_of_children_leaves_what_it_leaves_on_duckdb(pair: Pair) -> None:
    march, april, may = (date(2026, month, 31 if month != 4 else 30) for month in (3, 4, 5))
    pair.make(
        INSTALLMENTS,
        [
            *(installment("moved", position, march) for position in range(3)),
            *(installment("undated", position, None) for position in range(2)),
            installment("emptied", 0, april),
            installment("untouched", 0, march, _dlt_load_id="0"),
        ],
        [
            installment("moved", 0, may, _dlt_load_id="2"),
            installment("undated", 0, april, _dlt_load_id="2"),
            installment("emptied", -1, april, _tombstone=True),
            installment("new", 0, None, _dlt_load_id="2"),
        ],
    )
    pair.merge(INSTALLMENTS)
    columns = "account_payable_id, position, account_payable_issue_date, value, _dlt_load_id"
    value = Decimal("12345678901234567.8900000001")
    assert [
        (of, issued, load) for of, _, issued, held, load in pair.rows(INSTALLMENTS, columns) if held == value
    ] == [
        ("moved", may, "2"),
        ("new", None, "2"),
        ("undated", april, "2"),
        ("untouched", march, "0"),
    ]


def test_a_merge_of_what_only_grows_adds_what_is_not_there(pair: Pair) -> None:
    held, come = {"reject_id": "a", "reason": "x"}, {"reject_id": "a", "reason": "y"}
    pair.make("_rejects", [held], [come, {"reject_id": "b", "reason": "z"}])
    pair.merge("_rejects")
    assert pair.rows("_rejects", "reject_id, reason") == [("a", "x"), ("b", "z")]


def test_versions_of_a_load_that_never_ended_go_and_the_others_stay(pair: Pair) -> None:
    table = f"accounts_payable{HISTORY_SUFFIX}"
    pair.make(table, [{"id": id_, "_version": id_, "_dlt_load_id": load} for id_, load in ("a1", "b2", "c3")])
    loads = [{"load_id": "1", "status": 0}, {"load_id": "2", "status": 1}]
    for warehouse in (pair.google, pair.duckdb):
        warehouse.create_table("_dlt_loads", LOADS)
        insert = "insert into {_dlt_loads} (load_id, status) values (%s, %s)"
        warehouse.execute(*((insert, tuple(load.values())) for load in loads))
        discard_uncommitted(warehouse, [PAYABLES])
    assert pair.rows(table, "id, _dlt_load_id") == [("a", "1")]


def test_what_is_gone_is_marked_with_its_children_and_unmarked_when_it_is_back(pair: Pair) -> None:
    pair.make("accounts_payable", [{"id": id_, "issue_date": date(2026, 3, 31)} for id_ in "abc"])
    for shape in PAYABLES.tables:
        if shape.is_child and shape.marks_deletes:
            pair.make(shape.name, [{"account_payable_id": id_, "position": 0} for id_ in "abc"])
    for warehouse in (pair.google, pair.duckdb):
        marks = Marks(warehouse, PAYABLES, PAYABLES.models[0].table)
        assert marks.keys(f"{DELETED} is null") == [("a",), ("b",), ("c",)]
        marks.mark([("a",), ("b",)], MOMENT)
        marks.unmark([("b",)])
        assert list(marks.pages(f"{DELETED} is null")) == [["b", "c"]]
        assert marks.count(f"{DELETED} is not null") == 1
    assert pair.rows("accounts_payable", f"id, {DELETED}") == [("a", MOMENT), ("b", None), ("c", None)]
    assert pair.rows(INSTALLMENTS, f"account_payable_id, {DELETED}")[0] == ("a", MOMENT)


def test_control_totals_are_counted_and_kept_in_place_of_those_of_the_same_window(pair: Pair) -> None:
    pair.make(
        "accounts_payable",
        [
            {
                "id": id_,
                "status": status,
                "currency__code": "BRL",
                "value__net": Decimal(amount),
                "_dlt_load_id": "1",
            }
            for id_, status, amount in (("a", "OPEN", "0.1"), ("b", "OPEN", "0.2"), ("c", "PAID", "7"))
        ],
    )
    for warehouse in (pair.google, pair.duckdb):
        for moment in (MOMENT, MOMENT + timedelta(days=1)):
            tally = Tally("accounts_payable", MOMENT - timedelta(days=1), MOMENT)
            tally.count(("BRL", "OPEN"), Decimal("0.3"))
            keep(warehouse, check(warehouse, PAYABLES.models[0].table, tally, ["1", "2"]), moment)
    columns = "status, source_rows, warehouse_rows, source_sum, warehouse_sum, window_to, checked_at"
    later = MOMENT + timedelta(days=1)
    assert pair.rows("_controls", columns) == [
        ("OPEN", 1, 2, Decimal("0.3"), Decimal("0.3"), MOMENT, later),
        ("PAID", 0, 1, Decimal(0), Decimal(7), MOMENT, later),
    ]


def test_a_job_comes_back_from_the_ledger_as_it_does_on_duckdb(pair: Pair) -> None:
    job = Job("export_files", MOMENT, MOMENT + timedelta(days=1), id="j")
    for warehouse in (pair.google, pair.duckdb):
        ledger = Ledger(warehouse, SimpleNamespace(now=lambda: MOMENT))
        ledger.write(job)
        ledger.write(replace(job, state=JobState.ACCEPTED, remote_id="r"))
        [found] = ledger.open_jobs("export_files")
        assert (found.state, found.remote_id, found.window_from) == (JobState.ACCEPTED, "r", MOMENT)
    assert pair.rows("_jobs", "id, state, remote_id, window_from, updated_at") == [
        ("j", "accepted", "r", MOMENT, MOMENT)
    ]
