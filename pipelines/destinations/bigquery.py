"""BigQuery: the project and the credentials that dlt's configuration names."""

from __future__ import annotations

import importlib
import json
import os
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pipelines.configuration import setting
from pipelines.errors import UsageError
from sources.kit.jobs import without_nulls
from sources.kit.tables import TableShape, Type

from ._cost import MONTHS, Size, merge_bytes
from ._datasets import dataset_names, dbt_datasets
from ._google import GoogleCredentials, find
from ._work import WorkFolder

DEFAULT_LOCATION = "US"
WORK_PARENT = Path(".ledgerhouse") / "work"
DBT_PREFIX = "LEDGERHOUSE_BIGQUERY_"
QUERY_TIMEOUT_SECONDS = 300
# As dlt's own default for the same requests; Google's is ten minutes.
RETRY_SECONDS = 60
# The least value of each type that a table may lie by.
FIRST_DAY = {Type.DATE: "date '0001-01-01'", Type.TIMESTAMP: "timestamp '0001-01-01 00:00:00+00'"}
_LABEL = re.compile(r"[a-z][a-z0-9_-]{0,62}")
_NAME = re.compile(r"[A-Za-z0-9_-]+")


class BigQuery:
    """Datasets of one project. Free-form objects are text there: its JSON type keeps numbers as floats."""

    name = "bigquery"
    json_type: Literal["json", "text"] = "text"

    def __init__(self) -> None:
        self._work = WorkFolder(WORK_PARENT.absolute())

    def dlt(self) -> Any:
        from ._bigquery_client import dlt_destination

        return dlt_destination(self._found, self._project, self._location, _options())

    def staging(self) -> Any:
        url = setting("destination.bigquery.staging_bucket")
        if url is None:
            return None
        if not str(url).startswith("gs://"):
            raise UsageError(f"DESTINATION__BIGQUERY__STAGING_BUCKET: {url!r} is no bucket (gs://...)")
        from ._bigquery_client import bucket

        return bucket(str(url), self._found, self._project)

    def describe(self) -> str:
        return f"BigQuery {self._project}"

    def exists(self) -> bool:
        return True

    def check(self) -> str:
        """Runs a query without bytes and lists datasets: what a load needs first, and nothing is made."""
        for right, ask in (
            ("run queries (bigquery.jobs.create)", lambda: self.query("select 1")),
            ("list datasets (bigquery.datasets.get)", self._list_datasets),
        ):
            try:
                ask()
            except UsageError as error:
                raise UsageError(f"{self._found.what} cannot {right}: {error}") from error
        where = f"project {self._project}, location {self._location}"
        return f"{self._found.what}; queries run in {where}; whether datasets can be made shows in the first load"

    def _list_datasets(self) -> None:
        self._call(lambda: list(self._client.list_datasets(max_results=1)))

    def prepare(self) -> None:
        """Nothing has to be made: dlt makes the datasets. Wrong credentials are noticed here, not later."""
        self.query("select 1")

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        client = self._client
        sql, params = without_nulls(sql, params, "?")

        def run() -> Any:
            retry = _bigquery().DEFAULT_RETRY.with_timeout(RETRY_SECONDS)
            job = client.query(sql, job_config=self._job(params), retry=retry, timeout=RETRY_SECONDS)
            return job.result(timeout=QUERY_TIMEOUT_SECONDS)

        return [tuple(row.values()) for row in self._call(run)]

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        self.query(sql, params)

    def dataset(self, name: str) -> str:
        return self._datasets.get(name, name)

    def table(self, dataset: str, name: str) -> str:
        dataset = self.dataset(dataset)
        for part in (dataset, name):
            if not _NAME.fullmatch(part):
                raise ValueError(f"{part!r} is no name of a dataset or table")
        return f"`{self._project}`.`{dataset}`.`{name}`"

    def tables(self, dataset: str) -> frozenset[str]:
        client = self._client
        not_found = importlib.import_module("google.api_core.exceptions").NotFound
        try:
            listed = self._call(
                lambda: list(client.list_tables(f"{self._project}.{self.dataset(dataset)}")), not_found
            )
        except not_found:
            return frozenset()
        return frozenset(str(table.table_id) for table in listed)

    def conditions(self, shapes: Iterable[TableShape]) -> Mapping[str, str]:
        if not _requires_filter():
            return {}
        return {
            shape.name: f"{shape.partition.name} >= {FIRST_DAY[shape.partition.type]} or {shape.partition.name} is null"
            for shape in shapes
            if shape.partition
        }

    def load_bytes(self, dataset: str, shapes: Sequence[TableShape]) -> int | None:
        """From what the tables hold now, which BigQuery tells for free; see ``_cost`` for what is assumed."""
        held = self.tables(dataset)
        named = {shape.name: shape for shape in shapes if shape.name in held}
        return sum(merge_bytes(shape, self._size(dataset, name), MONTHS) for name, shape in named.items())

    def query_bytes(self, sql: str) -> int | None:
        """A dry run: it is free, and knows the columns and months that the query names."""
        exceptions = importlib.import_module("google.api_core.exceptions")
        unable = (exceptions.NotFound, exceptions.BadRequest)
        job = self._job(())
        job.dry_run, job.use_query_cache = True, False
        try:
            return int(
                self._call(lambda: self._client.query(sql, job_config=job), unable).total_bytes_processed
            )
        except unable:
            return None

    def _size(self, dataset: str, name: str) -> Size:
        table = self._call(lambda: self._client.get_table(f"{self._project}.{self.dataset(dataset)}.{name}"))
        # what is null and what has just come lie in a partition too, so that there is always one
        months = (
            max(int(table.to_api_repr().get("numPartitions") or 1), 1) if table.time_partitioning else None
        )
        return Size(int(table.num_rows or 0), int(table.num_bytes or 0), months)

    def dbt_environment(self) -> dict[str, str]:
        """The project's profile wants a key as a file: it is written into the working folder."""
        environment = {
            "LEDGERHOUSE_TARGET": self.name,
            "LEDGERHOUSE_BIGQUERY_PROJECT": self._project,
            "LEDGERHOUSE_BIGQUERY_LOCATION": self._location,
            "LEDGERHOUSE_BIGQUERY_MAXIMUM_BYTES_BILLED": str(self._most_bytes or 0),
            "LEDGERHOUSE_BIGQUERY_REQUIRE_PARTITION_FILTER": str(_requires_filter()).lower(),
        } | dbt_datasets(self._datasets)
        if self._found.acts_for:
            environment["LEDGERHOUSE_BIGQUERY_IMPERSONATE"] = self._found.acts_for
        if self._found.key:
            keyfile = self.work_dir() / "key.json"
            keyfile.touch(mode=0o600)
            keyfile.write_text(json.dumps(dict(self._found.key)), encoding="utf-8")
            environment["LEDGERHOUSE_BIGQUERY_METHOD"] = "service-account"
            environment["LEDGERHOUSE_BIGQUERY_KEYFILE"] = str(keyfile)
        # what the user says about dbt's own connection wins
        return environment | {
            name: value for name, value in os.environ.items() if name.startswith(DBT_PREFIX)
        }

    def work_dir(self) -> Path:
        return self._work.path()

    def close(self) -> None:
        self._work.close()

    @cached_property
    def _found(self) -> GoogleCredentials:
        try:
            _bigquery()
        except ImportError as error:
            raise UsageError("BigQuery needs its libraries: pip install 'ledgerhouse[bigquery]'") from error
        # Google's client would use a library that is not needed for what is asked here
        warnings.filterwarnings("ignore", "Cannot create BigQuery Storage client")
        return find()

    @property
    def _project(self) -> str:
        project = setting("destination.bigquery.project_id") or self._found.project
        if not project:
            raise UsageError(f"set DESTINATION__BIGQUERY__PROJECT_ID: {self._found.what} names no project")
        return str(project)

    @cached_property
    def _datasets(self) -> dict[str, str]:
        return dataset_names()

    @property
    def _most_bytes(self) -> int | None:
        return _positive("maximum_bytes_billed")

    @property
    def _location(self) -> str:
        return str(setting("destination.bigquery.location") or DEFAULT_LOCATION)

    @cached_property
    def _client(self) -> Any:
        project = self._project
        return _bigquery().Client(project, credentials=self._found.native, location=self._location)

    def _call(
        self, request: Callable[[], Any], expected: type[Exception] | tuple[type[Exception], ...] = ()
    ) -> Any:
        """The answer of a request; what Google refuses, but for an expected error, becomes one line."""
        errors = (
            importlib.import_module("google.api_core.exceptions").GoogleAPICallError,
            importlib.import_module("google.auth.exceptions").GoogleAuthError,
        )
        try:
            return request()
        except errors as error:
            if isinstance(error, expected):
                raise
            raise UsageError(f"BigQuery {self._project}: {str(error).splitlines()[0]}") from error

    def _job(self, params: Sequence[Any]) -> Any:
        bigquery = _bigquery()
        marks = [bigquery.ScalarQueryParameter(None, _type(value), value) for value in params]
        job = bigquery.QueryJobConfig(query_parameters=marks)
        if self._most_bytes is not None:
            job.maximum_bytes_billed = self._most_bytes
        return job


def _options() -> Any:
    """What is set of the tables that a load makes. Raises ``UsageError`` for what BigQuery would refuse."""
    from ._bigquery_client import Options

    days, most_bytes = _positive("partition_expiration_days"), _positive("maximum_bytes_billed")
    labels = setting("destination.bigquery.labels", dict) or {}
    for name, value in labels.items():
        if not _LABEL.fullmatch(str(name)) or not re.fullmatch(r"[a-z0-9_-]{0,63}", str(value)):
            raise UsageError(
                f"DESTINATION__BIGQUERY__LABELS: {name!r} = {value!r} is no label"
                " (lower-case letters, digits, - and _; the name begins with a letter)"
            )
    told = {str(name): str(value) for name, value in labels.items()}
    return Options(days, told, most_bytes, _requires_filter())


def _requires_filter() -> bool:
    return bool(setting("destination.bigquery.require_partition_filter", bool))


def _positive(name: str) -> int | None:
    """A setting that is a number of at least 1."""
    value: int | None = setting(f"destination.bigquery.{name}", int)
    if value is not None and value < 1:
        raise UsageError(f"DESTINATION__BIGQUERY__{name.upper()}: {value} is too small, the least is 1")
    return value


def _bigquery() -> Any:
    return importlib.import_module("google.cloud.bigquery")


def _type(value: Any) -> str:
    """BigQuery's type of a parameter. A bool is an int in Python, and a datetime a date: they come first."""
    kinds = ((bool, "BOOL"), (int, "INT64"), (Decimal, "BIGNUMERIC"), (datetime, "TIMESTAMP"), (date, "DATE"))
    return next((name for kind, name in kinds if isinstance(value, kind)), "STRING")
