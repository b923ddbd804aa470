"""The dbt project on Google's own SQL analyzer and reference executor: what BigQuery refuses fails here.

dbt-bigquery itself builds everything, from the seeds to the last data test, on the rows that the DuckDB tests use; then
every table is compared with DuckDB's. The unit tests run when they are asked for (`make test-bigquery-many`).
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from bq_compared import difference, relations
from bq_dbt import DATASETS, RUN_ONLY, WITHOUT_TESTS, WITHOUT_UNIT_TESTS, failures
from dbt_demo_roit import payable
from dbt_demo_rows import fill
from dbt_project import AS_OF, Dbt
from dbt_raw_warehouse import RawWarehouse
from zetasql_client import Warehouse
from zetasql_dbt import GOOGLE_PROJECT, TYPES, DbtOnZetaSql, raw_warehouse
from zetasql_engine import Refused, Table, ZetaSql

from pipelines.dbt_sources import source_tables

# The whole project is built in a fixture: a minute on a quiet machine, several on a busy one.
pytestmark = pytest.mark.timeout(1200)
# The calendar is long enough for the rows, and no longer: the executor is no fast one.
VARIABLES = {
    "as_of_date": AS_OF,
    "calendar_start_date": "2024-01-01",
    "calendar_end_date": "2027-12-31",
    "using_discount_terms": True,
}


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> RawWarehouse:
    raw = RawWarehouse(tmp_path_factory.mktemp("duckdb") / "ledgerhouse.duckdb")
    fill(raw)
    return raw


@pytest.fixture(scope="module")
def on_duckdb(raw: RawWarehouse) -> Dbt:
    return Dbt(raw.where, VARIABLES)


@pytest.fixture(scope="module")
def built(
    on_duckdb: Dbt, zetasql: ZetaSql, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Warehouse, list[Any]]:
    """The same raw rows on both engines, and everything built on both."""
    warehouse = raw_warehouse(zetasql, on_duckdb.database)
    dbt = DbtOnZetaSql(warehouse, tmp_path_factory.mktemp("zetasql"), VARIABLES)
    results = dbt.run("build", *WITHOUT_UNIT_TESTS)
    on_duckdb.run("build", *WITHOUT_TESTS)
    return warehouse, results


def test_every_model_and_seed_is_built_and_every_data_test_passes(
    built: tuple[Warehouse, list[Any]],
) -> None:
    _, results = built
    assert failures(results) == []
    kinds = Counter(str(each.node.resource_type) for each in results)
    assert set(kinds) >= {"model", "seed", "test"}


@pytest.mark.many
def test_every_unit_test_passes(
    built: tuple[Warehouse, list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    warehouse, _ = built
    dbt = DbtOnZetaSql(warehouse, tmp_path_factory.mktemp("units"), VARIABLES)
    results = dbt.run("test", "--select", "test_type:unit")
    assert failures(results) == []
    assert len(results) > 100


def test_every_table_has_the_rows_that_duckdb_has_to_the_last_digit(
    built: tuple[Warehouse, list[Any]], on_duckdb: Dbt
) -> None:
    warehouse, _ = built
    differences = {}
    with duckdb.connect(str(on_duckdb.database), read_only=True) as connection:
        connection.execute("SET TimeZone='UTC'")
        for dataset in DATASETS:
            for name in set(relations(connection, dataset)) - set(RUN_ONLY):
                ours = warehouse.rows(dataset, name)
                columns = ", ".join(f'"{column}"' for column, _ in ours.columns)
                theirs = connection.execute(f'select {columns} from "{dataset}"."{name}"').fetchall()
                if different := difference(ours.rows, theirs):
                    differences[f"{dataset}.{name}"] = different
    assert differences == {}


def test_every_fact_is_partitioned_and_clustered_in_the_statement_that_makes_it(
    built: tuple[Warehouse, list[Any]],
) -> None:
    warehouse, results = built
    made = {
        each.node.name: warehouse.tables[f"{each.node.database}.{each.node.schema}.{each.node.alias}"]
        for each in results
        if each.node.name.startswith("fct_") and str(each.node.resource_type) == "model"
    }
    laid_out = {name: (stored.is_partitioned, list(stored.clustered_by)) for name, stored in made.items()}
    assert laid_out == {
        each.node.name: (True, each.node.config["cluster_by"]) for each in results if each.node.name in made
    }


def test_a_later_build_replaces_what_changed_as_duckdb_does_and_reads_its_months_only(
    built: tuple[Warehouse, list[Any]],
    on_duckdb: Dbt,
    raw: RawWarehouse,
    zetasql: ZetaSql,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    later = Dbt(tmp_path_factory.mktemp("later") / "ledgerhouse.duckdb", VARIABLES)
    shutil.copy(on_duckdb.database, later.database)
    raw.where = later.database
    moved = payable("single", "80.00", "2026-07-10", issue_date="2026-03-05", entry_date="2026-03-06")
    raw.load(
        "roit", "2026-06-20 06:00", {"accounts_payable": [moved | {"updated_at": "2026-06-19 12:00:00+00"}]}
    )
    raw.mark("roit", "accounts_payable", "dollars", "2026-06-20 06:00")
    warehouse = raw_warehouse(zetasql, later.database)
    before, _ = built
    warehouse.tables = before.tables | warehouse.tables
    warehouse.datasets |= before.datasets
    selected = ("--select", "+config.materialized:incremental")
    results = DbtOnZetaSql(warehouse, tmp_path_factory.mktemp("again"), VARIABLES).run("run", *selected)
    assert failures(results) == []
    later.run("run", *selected)
    merged = [sql for sql in warehouse.statements if "merge into" in sql]
    assert len(merged) > 5
    assert any(
        "effective_date >= date '2026-03-01'" in sql or "effective_date >= date '2026-04-01'" in sql
        for sql in merged
    )
    with duckdb.connect(str(later.database), read_only=True) as connection:
        connection.execute("SET TimeZone='UTC'")
        for each in results:
            if each.node.config.materialized == "incremental":
                ours = warehouse.rows(each.node.schema, each.node.name)
                columns = ", ".join(f'"{column}"' for column, _ in ours.columns)
                theirs = connection.execute(
                    f'select {columns} from "{each.node.schema}"."{each.node.name}"'
                ).fetchall()
                assert difference(ours.rows, theirs) == [], each.node.name


def test_models_build_where_nothing_was_loaded_and_no_day_is_named(
    zetasql: ZetaSql, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # and where the datasets have other names
    monkeypatch.setenv("LEDGERHOUSE_DATASET_ROIT", "erp")
    monkeypatch.setenv("LEDGERHOUSE_DATASET_ANALYTICS", "finance")
    warehouse = Warehouse(zetasql, GOOGLE_PROJECT)
    loads = [
        ("load_id", "STRING"),
        ("schema_name", "STRING"),
        ("status", "INT64"),
        ("inserted_at", "TIMESTAMP"),
    ]
    moment = datetime(2026, 6, 30, tzinfo=UTC)
    warehouse.add("erp", "_dlt_loads", Table(loads, [("1", "roit", 0, moment)]))
    # and where BigQuery refuses to read a table by months without a condition on its date
    monkeypatch.setenv("LEDGERHOUSE_BIGQUERY_REQUIRE_PARTITION_FILTER", "true")
    for table in source_tables("roit"):
        if table.name in ("accounts_payable", "accounts_payable__installments"):
            warehouse.add("erp", table.name, Table([(c.name, TYPES[str(c.type)]) for c in table.columns]))
    dbt = DbtOnZetaSql(warehouse, tmp_path_factory.mktemp("empty"), {})
    named = ("+fct_extraction_month", "stg_dlt__loads", "stg_roit__accounts_payable_installments")
    results = dbt.run("build", *WITHOUT_TESTS, "--select", *named)
    assert failures(results) == []
    assert warehouse.rows("finance", "fct_extraction_month").rows == []
    assert len(warehouse.rows("finance_staging", "stg_dlt__loads").rows) == 1
    assert {name for name in warehouse.datasets if name.startswith("analytics")} == set()
    [view] = [sql for sql in warehouse.statements if "`erp`.`accounts_payable__installments`" in sql]
    for column in ("account_payable_issue_date", "issue_date"):
        assert f"where `{column}` >= date '0001-01-01' or `{column}` is null)" in view
    assert view.count("`erp`.`accounts_payable") == 2


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        (
            "select date_add(timestamp '2026-01-31 00:00:00+00', interval 1 month)",
            "DATE_ADD does not support",
        ),
        ("select a.x from `p.d.t` as a left join `p.d.t` as b on a.x < b.x", "OUTER JOIN cannot be used"),
        ("select sum(x) as x from `p.d.t` having sum(x) > 0", "Aggregations of aggregations"),
        ("select list_filter([1], x -> x > 0)", "Lambda is not supported|Function not found"),
        ("select cast(money as string) from `p.d.t`", "written differently"),
        ("select row_number() over (order by x) as n from `p.d.t` qualify m = 1", "Unrecognized name: m"),
        ("select x from `p.d.t` where x = 'one'", "No matching signature"),
        (
            "select (select max(b.x) from `p.d.t` as b where b.x < a.x) from `p.d.t` as a",
            "Correlated subqueries",
        ),
        ("select initcap('a')", "Function not found: initcap"),
    ],
)
def test_what_bigquery_refuses_is_refused_here(zetasql: ZetaSql, sql: str, reason: str) -> None:
    warehouse = Warehouse(zetasql, "p")
    warehouse.add("d", "t", Table([("x", "INT64"), ("money", "BIGNUMERIC")], [(1, Decimal(2))]))
    with pytest.raises(Refused, match=reason):
        warehouse.run(sql)


def test_a_subquery_that_can_become_a_join_is_taken(zetasql: ZetaSql) -> None:
    warehouse = Warehouse(zetasql, "p")
    warehouse.add("d", "t", Table([("x", "INT64")], [(1,)]))
    sql = "select x from `p.d.t` as a where exists (select 1 from `p.d.t` as b where b.x = a.x and b.x > 0)"
    assert warehouse.run(sql)[1].rows == [(1,)]


def test_an_outer_join_on_an_equality_and_more_is_taken(zetasql: ZetaSql) -> None:
    warehouse = Warehouse(zetasql, "p")
    warehouse.add("d", "t", Table([("x", "INT64"), ("y", "INT64")], [(1, 1), (2, 1)]))
    sql = "select a.x, b.x from `p.d.t` as a left join `p`.`d`.`t` as b on a.y = b.y and a.x < b.x order by 1"
    assert warehouse.run(sql)[1].rows == [(1, 2), (2, None)]
