"""The dbt project, built by dbt-bigquery on Google's analyzer and executor instead of a project of Google's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

import bq_dbt
import duckdb
from zetasql_client import Warehouse
from zetasql_engine import Table, ZetaSql

from pipelines.dbt_sources import SOURCES, source_tables

GOOGLE_PROJECT = "ledgerhouse"
# As the loads make them; free-form objects are text on BigQuery.
TYPES = {
    "text": "STRING",
    "decimal": "BIGNUMERIC",
    "bigint": "INT64",
    "bool": "BOOL",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "json": "STRING",
}


def raw_warehouse(engine: ZetaSql, database: Path) -> Warehouse:
    """The raw tables of every source as the models of the extraction have them, with the rows of a DuckDB file."""
    warehouse = Warehouse(engine, GOOGLE_PROJECT)
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute("SET TimeZone='UTC'")
        for source in SOURCES:
            for table in source_tables(source):
                columns = [(column.name, TYPES[str(column.type)]) for column in table.columns]
                names = ", ".join(f'"{name}"' for name, _ in columns)
                rows = connection.execute(f'select {names} from "{source}"."{table.name}"').fetchall()
                warehouse.add(source, table.name, Table(columns, rows))
    return warehouse


class DbtOnZetaSql:
    """dbt in this process; the artefacts go into a folder of their own."""

    def __init__(self, warehouse: Warehouse, folder: Path, variables: Mapping[str, Any]) -> None:
        self.warehouse = warehouse
        self._folder = folder
        self._variables = variables

    def run(self, *arguments: str) -> list[Any]:
        """The result of each node, those that failed too."""
        connect = mock.patch(
            "dbt.adapters.bigquery.connections.create_bigquery_client",
            return_value=self.warehouse.client(),
        )
        with connect:
            project = {"LEDGERHOUSE_BIGQUERY_PROJECT": GOOGLE_PROJECT}
            return bq_dbt.run(arguments, self._folder, project, self._variables)
