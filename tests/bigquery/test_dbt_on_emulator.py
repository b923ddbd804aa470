"""The dbt project on the emulator: what dbt-bigquery builds there is what dbt builds on DuckDB, from the same loads.

A server is asked here, by jobs, pages of rows, temporary tables and merges. What the SQL means to Google's own
analyzer and executor is in test_dbt_on_zetasql.py.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from bq_compared import columns_of, difference, rows
from bq_dbt import DATASETS, RUN_ONLY, WITHOUT_TESTS, WITHOUT_UNIT_TESTS, failures, run
from bq_loaded import Loaded
from bq_server import LOCATION, PROJECT, Server
from dbt_project import AS_OF, Dbt

VARIABLES = {
    "as_of_date": AS_OF,
    "calendar_start_date": "2024-01-01",
    "calendar_end_date": "2027-12-31",
    "using_discount_terms": True,
    # to plan windows over windows takes the emulator twice as long with each more
    "bank_match_rounds": 2,
}
# Of the tables that say when a build found what: the other columns are as on DuckDB.
OF_A_BUILD = {"fingerprint", "changed_at", "changed_until", "settings", "built_at"}


@dataclass
class Projects:
    """The dbt project on both warehouses."""

    loaded: Loaded
    server: Server
    folder: Path

    def build(self, *words: str, on_duckdb: tuple[str, ...] = WITHOUT_UNIT_TESTS) -> list[Any]:
        """A build on each, with data tests on DuckDB; what became of each node on the emulator."""
        database = Path(self.loaded.duckdb.destination.describe().removeprefix("DuckDB "))
        Dbt(database, VARIABLES).run("build", *on_duckdb, *words)
        place = {
            "LEDGERHOUSE_BIGQUERY_PROJECT": PROJECT,
            "LEDGERHOUSE_BIGQUERY_LOCATION": LOCATION,
            "LEDGERHOUSE_BIGQUERY_ENDPOINT": self.server.url,
            # dbt writes the next statement while the emulator, another process, runs one
            "LEDGERHOUSE_THREADS": "2",
        }
        # Google's analyzer has the tests
        return run(("build", *WITHOUT_TESTS, *words), self.folder, place, VARIABLES)

    def rows(self, dataset: str, table: str) -> list[list[tuple[Any, ...]]]:
        """The rows of a table on each, in columns that both must have."""
        ours, theirs = (side.destination for side in self.loaded.both)
        columns = columns_of(theirs, dataset, table)
        assert columns_of(ours, dataset, table) == columns, table
        compared = sorted(columns - OF_A_BUILD if table in RUN_ONLY else columns)
        return [rows(each, dataset, table, compared) for each in (ours, theirs)]


@pytest.fixture(scope="module")
def built(
    loaded: Loaded, server: Server, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Projects, list[Any]]:
    projects = Projects(loaded, server, tmp_path_factory.mktemp("dbt"))
    return projects, projects.build()


def test_every_model_and_seed_is_built(built: tuple[Projects, list[Any]]) -> None:
    _, results = built
    assert failures(results) == []
    kinds = Counter(str(each.node.resource_type) for each in results)
    assert kinds["model"] > 150
    assert kinds["seed"] > 5


def test_every_table_and_view_has_the_rows_that_duckdb_has_to_the_last_digit(
    built: tuple[Projects, list[Any]],
) -> None:
    projects, _ = built
    differences, filled = {}, 0
    for dataset in DATASETS:
        ours, theirs = (side.destination.tables(dataset) for side in projects.loaded.both)
        assert ours == theirs
        for table in sorted(theirs):
            mine, others = projects.rows(dataset, table)
            filled += bool(mine)
            if different := difference(mine, others):
                differences[f"{dataset}.{table}"] = different
    assert differences == {}
    assert filled > 150


@pytest.mark.parametrize(
    ("document", "mart", "where", "measure"),
    [
        ("source_document_id", "fct_payable_document", "source_name = 'roit'", "open_amount"),
        ("source_document_id", "fct_payable_document", "source_name = 'tereina'", "paid"),
        ("invoice_id", "fct_revenue_invoice", "tax_amount != 0", "gross"),
    ],
)
def test_a_number_is_explained_as_on_duckdb(
    built: tuple[Projects, list[Any]], document: str, mart: str, where: str, measure: str
) -> None:
    loaded = built[0].loaded
    duckdb = loaded.duckdb.destination
    partly = f"paid_amount != 0 and open_amount != 0 and {where}"
    [(found,)] = duckdb.query(f"select min({document}) from {duckdb.table('analytics', mart)} where {partly}")
    assert loaded.same("explain", found, measure)["entries"]


def test_a_later_run_merges_the_documents_that_changed(built: tuple[Projects, list[Any]]) -> None:
    projects, _ = built
    before, _ = projects.rows("analytics", "fct_payable_event")
    for side in projects.loaded.both:
        side.enter()
        actions = side.sandbox.states["roit"].actions
        actions["update_payables"](count=3)
        actions["pay_payables"](count=3)
        assert side.run("load", "roit", "--resource", "accounts_payable").code == 0
    sent = len(projects.server.sent.queries())
    selected = ("--select", "+config.materialized:incremental")
    # what is not built again is not yet what the changed rows make it
    results = projects.build(*selected, on_duckdb=WITHOUT_TESTS)
    assert failures(results) == []
    merges = [sql for sql in projects.server.sent.queries()[sent:] if "merge into" in sql]
    merged = {
        each.node.name: each.node.schema for each in results if each.node.config.materialized == "incremental"
    }
    assert len(merges) == len(merged) > 5
    for table, dataset in merged.items():
        mine, others = projects.rows(dataset, table)
        assert difference(mine, others) == [], table
    after, _ = projects.rows("analytics", "fct_payable_event")
    assert difference(after, before) != []
