"""A ledger in memory, a vendor that makes exports, and what stands in for the downloader."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from sources.kit.jobs import Part, Progress
from sources.kit.jobs._ledger import COLUMNS
from sources.kit.tables import Column
from sources.kit.transport import Downloaded, SignedUrl


class Warehouse:
    """The part of a warehouse that a ledger needs, in memory."""

    def __init__(self) -> None:
        self._connection = duckdb.connect()
        self._connection.execute("set timezone = 'America/Sao_Paulo'")

    def _run(self, sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
        return self._connection.execute(sql.format(_jobs="_jobs").replace("%s", "?"), list(params)).fetchall()

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self._run(sql, params)

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        self._connection.begin()
        for sql, params in statements:
            self._run(sql, params)
        self._connection.commit()

    def has_table(self, name: str) -> bool:
        return bool(self._run("select 1 from duckdb_tables() where table_name = %s", [name]))

    def create_table(self, name: str, columns: Sequence[Column]) -> None:
        types = {"timestamp": "timestamptz", "text": "varchar", "bigint": "bigint"}
        body = ", ".join(f"{column.name} {types[str(column.type)]}" for column in columns)
        self._connection.execute(f"create table if not exists {name} ({body})")


class QuickWarehouse:
    """The same on SQLite, for tests that write a ledger hundreds of times; a moment is kept as its ISO text."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)

    def close(self) -> None:
        self._connection.close()

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        values = [value.isoformat() if isinstance(value, datetime) else value for value in params]
        found = self._connection.execute(sql.format(_jobs="_jobs").replace("%s", "?"), values).fetchall()
        return [tuple(map(_moment, row)) for row in found]

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        self._connection.execute("begin")
        for sql, params in statements:
            self.query(sql, *params)
        self._connection.execute("commit")

    def has_table(self, name: str) -> bool:
        return bool(self.query("select 1 from sqlite_master where name = %s", name))

    def create_table(self, name: str, columns: Sequence[Column]) -> None:
        body = ", ".join(column.name for column in columns)
        self._connection.execute(f"create table if not exists {name} ({body})")


def _moment(value: Any) -> Any:
    is_moment = isinstance(value, str) and value[4:5] == value[7:8] == "-" and value[10:11] == "T"
    return datetime.fromisoformat(value) if is_moment else value


class Crash(BaseException):
    """The process is killed here."""


class Api:
    """A vendor that remembers what was asked of it. ``before`` and ``after`` run around each call."""

    def __init__(self, *, keys_for: timedelta | None = None, ready_after: int = 2) -> None:
        self.idempotent_for = keys_for
        self.ready_after = ready_after
        self.created: list[tuple[str | None, datetime, datetime]] = []
        self.polls: dict[str, int] = {}
        self.answers: dict[str, Progress] = {}
        self.listed: Callable[[str], list[Part]] = lambda job: [a_part(job, 0), a_part(job, 1)]
        self.before: Callable[[str], None] = lambda call: None
        self.after: Callable[[str], None] = lambda call: None

    def create(self, start: datetime, end: datetime, idempotency_key: str | None) -> str:
        self.before("create")
        keys = [key for key, _, _ in self.created]
        if idempotency_key is None or idempotency_key not in keys:
            self.created.append((idempotency_key, start, end))
            remote = f"export-{len(self.created) - 1}"
        else:
            remote = f"export-{keys.index(idempotency_key)}"
        self.after("create")
        return remote

    def progress(self, remote_id: str) -> Progress:
        self.before("progress")
        self.polls[remote_id] = self.polls.get(remote_id, 0) + 1
        working = Progress.WORKING if self.polls[remote_id] <= self.ready_after else Progress.READY
        found = self.answers.get(remote_id, working)
        self.after("progress")
        return found

    def parts(self, remote_id: str) -> Sequence[Part]:
        self.before("parts")
        found = self.listed(remote_id)
        self.after("parts")
        return found


def a_part(job: str, number: int, link: str = "https://storage.example/a") -> Part:
    return Part(number, f"{job}-item-{number}", SignedUrl(link))


class Downloads:
    """In place of the downloader."""

    def __init__(self) -> None:
        self.links: list[str] = []
        self.renewed: list[str] = []
        self.fail: Exception | None = None
        self.before: Callable[[str], None] = lambda call: None

    def download(
        self, link: SignedUrl, to: Path, *, renew: Any, size: int | None, sha256: str | None
    ) -> Downloaded:
        self.before("download")
        if self.fail is not None:
            raise self.fail
        self.links.append(link.url)
        self.renewed.append(renew().url)
        to.write_bytes(b"part")
        return Downloaded(to, 4, f"hash of {to.name[-1]}")


def rows(warehouse: Warehouse | QuickWarehouse) -> list[dict[str, Any]]:
    names = [column.name for column in COLUMNS]
    found = warehouse.query(f"select {', '.join(names)} from _jobs order by requested_at, id")
    return [dict(zip(names, row, strict=True)) for row in found]


def states(warehouse: Warehouse) -> list[str]:
    return [row["state"] for row in rows(warehouse) if row["part"] is None]
