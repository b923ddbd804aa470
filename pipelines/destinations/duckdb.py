"""DuckDB: one file beside the user's other files."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import duckdb

from pipelines.errors import UsageError
from pipelines.registry import SOURCES
from sources.kit.tables import TableShape

from ._datasets import dataset_names, dbt_datasets
from ._locks import LOCK_WAIT_SECONDS, dlt_destination, is_locked, patiently, set_options
from ._work import WorkFolder

DEFAULT_DATABASE = Path("ledgerhouse.duckdb")
# Of a load: without a limit DuckDB's buffers grow with the data, and below 300 MB a merge spills all the time. The
# models join whole tables, and dbt's profile has a limit of their own.
DEFAULT_MEMORY_LIMIT = "512MB"
# The newest format that every DuckDB 1.x client (most BI tools) opens. It is chosen when the file is made.
STORAGE_VERSION = "v1.2.0"


class DuckDb:
    """A DuckDB file. It is opened for each query and closed again: other processes get their turn between.

    Args:
        path: the file; it need not exist yet, its folder must.
        options: of the DuckDB instance, such as ``memory_limit`` and ``threads``.
        sleep: how to wait for another process that has the file open.
        datasets: what the datasets are called, where not by their own names.
    """

    name = "duckdb"
    json_type: Literal["json", "text"] = "json"

    def __init__(
        self,
        path: Path,
        options: dict[str, Any] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        datasets: Mapping[str, str] | None = None,
    ) -> None:
        self.path = path.absolute()
        self._options = options or {}
        self._sleep = sleep
        self._datasets = {source: source for source in SOURCES} | dict(datasets or {})
        self._work = WorkFolder(self.path.with_name(self.path.name + ".work"))
        self._read_only = True

    @classmethod
    def configured(cls, database: Path | None) -> DuckDb:
        """From ``--database``, else ``DESTINATION__DUCKDB__CREDENTIALS``, else ``ledgerhouse.duckdb``."""
        from pipelines.configuration import setting

        path, options = _credentials(setting("destination.duckdb.credentials"))
        for name in ("memory_limit", "threads"):
            value = setting(f"destination.duckdb.{name}")
            if value is not None:
                options[name] = value
        return cls(database or path or DEFAULT_DATABASE, options, datasets=dataset_names())

    def dlt(self) -> Any:
        return dlt_destination(str(self.path), self._instance_options())

    def staging(self) -> Any:
        return None

    def describe(self) -> str:
        return f"DuckDB {self.path}"

    def exists(self) -> bool:
        return self.path.exists()

    def check(self) -> str:
        self._check_place()
        if not self.path.exists():
            return f"{self.path} will be created"
        # opening it is the proof that it can be written: DuckDB writes nothing by it
        self._open(read_only=False).close()
        return f"{self.path} can be written"

    def prepare(self) -> None:
        self._check_place()
        if not self.path.exists():
            try:
                duckdb.connect(
                    str(self.path), config={"storage_compatibility_version": STORAGE_VERSION}
                ).close()
            except duckdb.Error as error:
                raise UsageError(f"cannot create {self.path}: {_reason(error)}") from error
        self._read_only = False
        self._connect().close()

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        with closing(self._connect()) as connection:
            return connection.execute(sql, list(params)).fetchall()

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        with closing(self._connect()) as connection:
            connection.execute(sql, list(params))

    def dataset(self, name: str) -> str:
        return self._datasets.get(name, name)

    def table(self, dataset: str, name: str) -> str:
        return f"{_quoted(self.dataset(dataset))}.{_quoted(name)}"

    def tables(self, dataset: str) -> frozenset[str]:
        rows = self.query(
            "select table_name from information_schema.tables where table_schema = ?", [self.dataset(dataset)]
        )
        return frozenset(str(name) for (name,) in rows)

    def conditions(self, shapes: Iterable[TableShape]) -> Mapping[str, str]:
        return {}

    def load_bytes(self, dataset: str, shapes: Sequence[TableShape]) -> int | None:
        return None

    def query_bytes(self, sql: str) -> int | None:
        return None

    def dbt_environment(self) -> dict[str, str]:
        environment = {
            "LEDGERHOUSE_TARGET": self.name,
            "LEDGERHOUSE_DATABASE": str(self.path),
        }
        for name in ("memory_limit", "threads"):
            if name in self._options:
                environment[f"LEDGERHOUSE_{name.upper()}"] = str(self._options[name])
        return environment | dbt_datasets(self._datasets)

    def work_dir(self) -> Path:
        return self._work.path()

    def close(self) -> None:
        self._work.close()

    def _check_place(self) -> None:
        if not self.path.parent.is_dir():
            raise UsageError(
                f"the folder {self.path.parent} does not exist: make it, or choose another --database"
            )
        if self.path.is_dir():
            raise UsageError(f"{self.path} is a folder: --database names a file")
        if self.path.name.partition(".")[0] in self._datasets.values():
            raise UsageError(
                f"call the database file something else than {self.path.name}:"
                " DuckDB could not tell the file from the dataset of that name"
            )

    def _instance_options(self) -> dict[str, Any]:
        """Without a prepared database nothing is written beside it either, so nothing spills."""
        spill = {} if self._read_only else {"temp_directory": str(self.work_dir() / "spill")}
        return {"memory_limit": DEFAULT_MEMORY_LIMIT} | self._options | spill

    def _connect(self) -> duckdb.DuckDBPyConnection:
        connection = self._open(self._read_only)
        try:
            set_options(connection, self._instance_options())
            connection.execute("SET TimeZone = 'UTC'")
        except duckdb.Error as error:
            connection.close()
            raise UsageError(f"DESTINATION__DUCKDB__...: {_reason(error)}") from error
        return connection

    def _open(self, read_only: bool) -> duckdb.DuckDBPyConnection:
        try:
            return patiently(lambda: duckdb.connect(str(self.path), read_only=read_only), self._sleep)
        except duckdb.IOException as error:
            if is_locked(error):
                raise UsageError(_locked_message(self.path, error)) from error
            raise UsageError(f"cannot open {self.path}: {_reason(error)}") from error
        except duckdb.Error as error:
            raise UsageError(f"cannot open {self.path}: {_reason(error)}") from error


def _credentials(value: Any) -> tuple[Path | None, dict[str, Any]]:
    """The file and the instance's options of ``DESTINATION__DUCKDB__CREDENTIALS`` as dlt reads it."""
    from pipelines.configuration import setting

    prefix = "destination.duckdb.credentials"
    if isinstance(value, str):
        path: str | None = value.removeprefix("duckdb:///")
    else:
        path = setting(f"{prefix}.database")
    options = setting(f"{prefix}.global_config", dict) if not isinstance(value, str) else None
    return Path(path) if path else None, dict(options or {})


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _reason(error: Exception) -> str:
    """DuckDB's own words, on one line and without its category."""
    line = str(error).strip().splitlines()[0]
    return re.sub(r"^[A-Z][\w ]* Error: ", "", line)


def _locked_message(path: Path, error: Exception) -> str:
    holder = re.search(r"\(PID (\d+)\)", str(error))
    who = f"process {holder[1]}" if holder else "another process"
    return f"{path} is open in {who}: waited {LOCK_WAIT_SECONDS:.0f} s; close it there and try again"
