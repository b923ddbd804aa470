"""A DuckDB file is open for writing in one process at a time: waiting for the others, for a while."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import duckdb
from dlt.common.configuration import configspec
from dlt.destinations import duckdb as dlt_duckdb
from dlt.destinations.impl.duckdb.configuration import (
    DuckDbClientConfiguration,
    DuckDbConnectionPool,
    DuckDbCredentials,
)

# Another load holds the file for the seconds in which it writes a package; a query tool, as long as it is open.
LOCK_WAIT_SECONDS = 20.0
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 1.0

T = TypeVar("T")


def patiently(open_file: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """What ``open_file`` gives, tried again for ``LOCK_WAIT_SECONDS`` while another process has the file.

    Raises the ``duckdb.IOException`` of the last attempt.
    """
    waited, pause = 0.0, FIRST_PAUSE_SECONDS
    while True:
        try:
            return open_file()
        except duckdb.IOException as error:
            if not is_locked(error) or waited >= LOCK_WAIT_SECONDS:
                raise
        sleep(pause)
        waited += pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


def is_locked(error: duckdb.IOException) -> bool:
    """Whether the file could not be opened because another process has it."""
    return "Could not set lock" in str(error)


def set_options(connection: duckdb.DuckDBPyConnection, options: dict[str, Any]) -> None:
    """Sets the instance's options, but no temporary folder that is set already: once used, it is refused."""
    for name, value in options.items():
        if name == "temp_directory" and _setting(connection, name) == value:
            continue
        connection.execute(f"SET GLOBAL {name} = ?", [value])


def _setting(connection: duckdb.DuckDBPyConnection, name: str) -> Any:
    [(value,)] = connection.execute("select current_setting(?)", [name]).fetchall()
    return value


class _PatientPool(DuckDbConnectionPool):
    """dlt's connections, which wait for the file too."""

    def borrow_conn(self, *args: Any, **kwargs: Any) -> Any:
        return patiently(lambda: super(_PatientPool, self).borrow_conn(*args, **kwargs))

    @staticmethod
    def _apply_config(conn: Any, scope: Any, config: dict[str, Any]) -> None:
        if scope == "GLOBAL":
            set_options(conn, config)
        else:
            DuckDbConnectionPool._apply_config(conn, scope, config)


@configspec(init=False)
class _PatientCredentials(DuckDbCredentials):
    def on_resolved(self) -> None:
        super().on_resolved()
        self.conn_pool = _PatientPool(self)


@configspec(init=False)
class _PatientConfiguration(DuckDbClientConfiguration):
    credentials: _PatientCredentials = None  # type: ignore[assignment]


class _PatientDuckDb(dlt_duckdb):
    spec = _PatientConfiguration


def dlt_destination(path: str, options: dict[str, Any]) -> Any:
    """dlt's DuckDB destination for the file, with the instance's ``options``; it waits for a locked file."""
    return _PatientDuckDb(_PatientCredentials(path, global_config=options), destination_name="duckdb")
