"""dlt's BigQuery destination, with merges that are one transaction and read no more partitions than they must.

A merge deletes the rows whose keys were loaded and inserts what was loaded. A row may have moved to another month
since, so its old months are looked up first, by key: two narrow columns are read whole, and of the others only
the months in which something is replaced. All of it is one script: nobody sees the table without its rows, and a
load beside it cannot move a row in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import dlt
from dlt.common.destination import PreparedTableSchema
from dlt.common.destination.client import FollowupJobRequest, LoadJob
from dlt.common.schema import TColumnSchema
from dlt.destinations.impl.bigquery.bigquery import BigQueryClient, BigQueryMergeJob
from dlt.destinations.impl.bigquery.bigquery_adapter import (
    CLUSTER_COLUMNS_HINT,
    PARTITION_HINT,
    TABLE_DESCRIPTION_HINT,
)
from dlt.destinations.job_client_impl import SqlLoadJob
from dlt.destinations.sql_client import SqlClientBase

from ._google import DltCredentials, GoogleCredentials

# The months whose rows a merge replaces.
_MONTHS = "_months"
_TYPES = {"date": "DATE", "timestamp": "TIMESTAMP"}
_FIRST = {"date": "DATE '0001-01-01'", "timestamp": "TIMESTAMP '0001-01-01 00:00:00+00'"}


class _Script(SqlLoadJob):
    """Statements that are sent as they are, in one request: transactions are written in them."""

    @contextmanager
    def maybe_transaction(self, sql: str) -> Iterator[None]:
        yield


class _Merge(BigQueryMergeJob):
    @classmethod
    def generate_sql(
        cls, table_chain: Sequence[PreparedTableSchema], sql_client: SqlClientBase[Any]
    ) -> list[str]:
        statements = super().generate_sql(table_chain, sql_client)
        if len(statements) == 1:
            return statements
        declared, months = _scope(table_chain[0], sql_client, statements)
        return [*declared, "BEGIN TRANSACTION", *months, "COMMIT TRANSACTION"]


def _scope(
    table: PreparedTableSchema, sql_client: SqlClientBase[Any], statements: list[str]
) -> tuple[list[str], list[str]]:
    """What is declared before the transaction, and its statements, with deletes that name their months."""
    partition = table.get(PARTITION_HINT)
    if not isinstance(partition, dict):
        return [], statements
    [(name, template)] = partition.items()
    column = sql_client.escape_column_name(name)
    kind = str(table["columns"][name]["data_type"])
    month = template.format(column_name=f"d.{column}")
    scoped: list[str] = []
    for statement in statements:
        head, deletes, matching = statement.partition("DELETE FROM ")
        if head or not deletes:
            scoped.append(statement)
            continue
        rows = f"FROM {matching.rstrip('; ')}"
        found = f"SELECT DISTINCT {month} {rows} AND d.{column} >= {_FIRST[kind]}"
        scoped.append(f"SET {_MONTHS} = ARRAY({found})")
        scoped.append(f"DELETE {rows} AND {month} IN UNNEST({_MONTHS})")
        if table["columns"][name].get("nullable", True):
            scoped.append(f"DELETE {rows} AND d.{column} IS NULL")
    return [f"DECLARE {_MONTHS} ARRAY<{_TYPES[kind]}>"], scoped


class _Client(BigQueryClient):
    def prepare_load_table(self, table_name: str) -> PreparedTableSchema:
        table = super().prepare_load_table(table_name)
        assert table is not None
        if self._is_staging:
            # what waits there is read once, whole
            for hint in (PARTITION_HINT, CLUSTER_COLUMNS_HINT, TABLE_DESCRIPTION_HINT):
                table.pop(hint, None)  # type: ignore[typeddict-item]
        return table

    def _get_column_def_sql(self, column: TColumnSchema, table: PreparedTableSchema = None) -> str:  # type: ignore[assignment]
        if self._is_staging:
            column = {**column, "description": None}
        return str(super()._get_column_def_sql(column, table))

    @property
    def _is_staging(self) -> bool:
        return bool(self.sql_client.dataset_name == self.sql_client.staging_dataset_name)

    def _create_merge_followup_jobs(
        self, table_chain: Sequence[PreparedTableSchema]
    ) -> list[FollowupJobRequest]:
        return [_Merge.from_table_chain(table_chain, self.sql_client)]

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        if SqlLoadJob.is_sql_job(file_path):
            return _Script(file_path)
        return super().create_load_job(table, file_path, load_id, restore)


class _BigQuery(dlt.destinations.bigquery):
    @property
    def client_class(self) -> type[BigQueryClient]:
        return _Client


def dlt_destination(credentials: GoogleCredentials, project: str, location: str) -> Any:
    """dlt's destination, with these credentials and otherwise as it is configured."""
    return _BigQuery(
        credentials=DltCredentials.of(credentials, project),
        project_id=project,
        location=location,
        destination_name="bigquery",
    )
