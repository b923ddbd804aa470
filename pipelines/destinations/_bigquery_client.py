"""dlt's BigQuery destination, with merges that are one transaction and read no more partitions than they must.

A merge deletes the rows whose keys were loaded and inserts what was loaded. A row may have moved to another month
since, so its old months are looked up first, by key: two narrow columns are read whole, and of the others only
the months in which something is replaced. Children carry their parent's date and are merged alike. All of it is one
script: nobody sees the table without its rows, and a load beside it cannot move a row in between.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dlt
import pyarrow.parquet as pq
from dlt.common.destination import PreparedTableSchema
from dlt.common.destination.client import FollowupJobRequest, LoadJob
from dlt.common.schema import TColumnSchema
from dlt.common.schema.typing import TTableSchemaColumns
from dlt.common.storages.load_package import LoadJobInfo
from dlt.destinations.impl.bigquery.bigquery import BigQueryClient, BigQueryMergeJob
from dlt.destinations.impl.bigquery.bigquery_adapter import (
    CLUSTER_COLUMNS_HINT,
    PARTITION_EXPIRATION_DAYS_HINT,
    PARTITION_HINT,
    TABLE_DESCRIPTION_HINT,
)
from dlt.destinations.job_client_impl import SqlLoadJob
from dlt.destinations.job_impl import FinalizedLoadJobWithFollowupJobs
from dlt.destinations.sql_client import SqlClientBase

from ._google import DltCredentials, GoogleCredentials

# Of a table that BigQuery is told to refuse without a condition on its date.
_REQUIRED = "x-bigquery-require-partition-filter"
# The months whose rows a merge replaces.
_MONTHS = "_months"
_TYPES = {"date": "DATE", "timestamp": "TIMESTAMP"}
# The descriptions of tables have other names for some types than SQL.
_NAMES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL"}
_FIRST = {"date": "DATE '0001-01-01'", "timestamp": "TIMESTAMP '0001-01-01 00:00:00+00'"}


@dataclass(frozen=True)
class Options:
    """What may be set of the tables that are made from here on, and of what is asked of them.

    Args:
        expire_days: BigQuery removes months that are older.
        labels: on each table, for who reads the bill.
        most_bytes: a query that would be billed for more is refused.
        require_filter: BigQuery refuses what reads a table by months and names none.
    """

    expire_days: int | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    most_bytes: int | None = None
    require_filter: bool = False


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
            return [_filtered(table_chain[0], sql_client, statements[0])]
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
        dated = f"{rows} AND d.{column} >= {_FIRST[kind]}"
        scoped.append(f"SET {_MONTHS} = ARRAY(SELECT DISTINCT {month} {dated})")
        scoped.append(f"DELETE {dated} AND {month} IN UNNEST({_MONTHS})")
        if table["columns"][name].get("nullable", True):
            scoped.append(f"DELETE {rows} AND d.{column} IS NULL")
    return [f"DECLARE {_MONTHS} ARRAY<{_TYPES[kind]}>"], scoped


def _filtered(table: PreparedTableSchema, sql_client: SqlClientBase[Any], statement: str) -> str:
    """A merge that only inserts, with a condition on the table's date that is true of every row: a table may take
    none without one."""
    partition = table.get(PARTITION_HINT)
    if not isinstance(partition, dict) or _REQUIRED not in table:
        return statement
    [name] = partition
    column, kind = f"d.{sql_client.escape_column_name(name)}", str(table["columns"][name]["data_type"])
    head, on, matching = statement.partition(" WHEN NOT MATCHED")
    return f"{head.rstrip()} AND ({column} >= {_FIRST[kind]} OR {column} IS NULL){on}{matching}"


class _Client(BigQueryClient):
    options = Options()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.options.most_bytes is not None:
            self.sql_client._default_query.maximum_bytes_billed = self.options.most_bytes

    def initialize_storage(self, truncate_tables: Iterable[str] | None = None) -> None:
        """As dlt does it for any warehouse. For BigQuery it adds a script about tables whose columns are guessed: there
        are none here, and an empty script is a job too, twice a load."""
        super(BigQueryClient, self).initialize_storage(truncate_tables or ())

    def prepare_load_table(self, table_name: str) -> PreparedTableSchema:
        table = super().prepare_load_table(table_name)
        assert table is not None
        if self._is_staging:
            # what waits there is read once, whole
            for hint in (PARTITION_HINT, CLUSTER_COLUMNS_HINT, TABLE_DESCRIPTION_HINT):
                table.pop(hint, None)  # type: ignore[typeddict-item]
        elif PARTITION_HINT in table:
            if self.options.expire_days:
                table[PARTITION_EXPIRATION_DAYS_HINT] = self.options.expire_days  # type: ignore[typeddict-unknown-key]
            if self.options.require_filter:
                table[_REQUIRED] = True  # type: ignore[literal-required]
        return table

    def _get_table_update_sql(
        self, table_name: str, new_columns: Sequence[TColumnSchema], generate_alter: bool
    ) -> list[str]:
        statements: list[str] = super()._get_table_update_sql(table_name, new_columns, generate_alter)
        ours = list(self._our_options(table_name))
        if ours and statements and not generate_alter:
            statement, options, more = statements[0].rpartition("\nOPTIONS (")
            ours[0] = f"\nOPTIONS ({ours[0]}"
            statements[0] = (
                f"{statement}{', '.join([*ours, more])}" if options else f"{more}{', '.join(ours)})"
            )
        return statements

    def _our_options(self, table_name: str) -> Iterator[str]:
        """The options of a table that dlt does not know."""
        if self.options.labels:
            labels = ", ".join(f"('{name}', '{value}')" for name, value in self.options.labels.items())
            yield f"labels=[{labels}]"
        if _REQUIRED in self.prepare_load_table(table_name):
            yield "require_partition_filter=true"

    def get_storage_tables(self, table_names: Iterable[str]) -> Iterable[tuple[str, TTableSchemaColumns]]:
        """The columns that each table has now: its description is free, and a query for it would be billed."""
        for name in table_names:
            qualified = self.sql_client.make_qualified_table_name(name, quote=False)
            not_found = importlib.import_module("google.api_core.exceptions").NotFound
            try:
                table = self.sql_client.native_connection.get_table(
                    qualified, timeout=self.config.http_timeout
                )
            except not_found:
                yield name, {}
                continue
            columns: TTableSchemaColumns = {}
            for held in table.schema:
                kind = self._from_db_type(_NAMES.get(held.field_type, held.field_type), None, None)
                columns[held.name] = {
                    "name": held.name,
                    "nullable": held.is_nullable,
                    "data_type": kind["data_type"],
                }
            yield name, columns

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
        table, *nested = table_chain
        return [_Merge.from_table_chain([self._as_it_lies(table), *nested], self.sql_client)]

    def _as_it_lies(self, table: PreparedTableSchema) -> PreparedTableSchema:
        """The table as it is there: one that an earlier release made may have no months, and to look for them
        would be to read it three times. Its description is free."""
        months = table.get(PARTITION_HINT)
        if not isinstance(months, dict):
            return table
        name = self.sql_client.make_qualified_table_name(str(table["name"]), quote=False)
        with self.sql_client:
            held = self.sql_client.native_connection.get_table(name, timeout=self.config.http_timeout)
        if held.time_partitioning is not None and held.time_partitioning.field in months:
            return table
        return {key: value for key, value in table.items() if key != PARTITION_HINT}  # type: ignore[return-value]

    def create_load_job(
        self, table: PreparedTableSchema, file_path: str, load_id: str, restore: bool = False
    ) -> LoadJob:
        if SqlLoadJob.is_sql_job(file_path):
            return _Script(file_path)
        if _has_no_rows(file_path):
            return FinalizedLoadJobWithFollowupJobs.from_file_path(file_path)
        return super().create_load_job(table, file_path, load_id, restore)

    def create_table_chain_completed_followup_jobs(
        self,
        table_chain: Sequence[PreparedTableSchema],
        completed_table_chain_jobs: Sequence[LoadJobInfo] | None = None,
    ) -> list[FollowupJobRequest]:
        files = [job.file_path for job in completed_table_chain_jobs or ()]
        if files and all(map(_has_no_rows, files)):
            return []
        jobs: list[FollowupJobRequest] = super().create_table_chain_completed_followup_jobs(
            table_chain, completed_table_chain_jobs
        )
        return jobs


def _has_no_rows(file_path: str) -> bool:
    """Whether a file of the package brings nothing: each table comes with every load, mostly without rows.

    To load it and to merge it would be two jobs, which take seconds each. One that lies in a bucket may have rows.
    """
    file = Path(file_path)
    return file.suffix == ".parquet" and file.exists() and pq.read_metadata(file).num_rows == 0


class _BigQuery(dlt.destinations.bigquery):
    options = Options()

    @property
    def client_class(self) -> type[BigQueryClient]:
        return type("Client", (_Client,), {"options": self.options})


def dlt_destination(
    credentials: GoogleCredentials, project: str, location: str, options: Options | None = None
) -> Any:
    """dlt's destination, with these credentials and otherwise as it is configured."""
    destination = _BigQuery(
        credentials=DltCredentials.of(credentials, project),
        project_id=project,
        location=location,
        destination_name="bigquery",
    )
    destination.options = options or Options()
    return destination


def bucket(url: str, credentials: GoogleCredentials, project: str) -> Any:
    """dlt's destination for files on their way, in a bucket of Cloud Storage."""
    return dlt.destinations.filesystem(bucket_url=url, credentials=DltCredentials.of(credentials, project))
