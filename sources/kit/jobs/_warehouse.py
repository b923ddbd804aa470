"""The destination of the pipeline that runs, for what must be known or written outside a load package."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from sources.kit.tables import DELETED, Column, column_hint
from sources.kit.transport import Clock, SystemClock

from ._script import as_script, without_nulls

# How many keys one statement asks for: far below every warehouse's limit on parameters.
_KEYS_PER_QUERY = 1000
# A DuckDB file is open in one process at a time. Others hold it for moments, so waiting is worth while.
_LOCK_ATTEMPTS = 40
_LOCK_WAIT_SECONDS = 0.5
# Tells the columns of a table and reads nothing, also where what is read is paid for.
_COLUMNS_OF = "select * from {{{}}} where 1 = 0 limit 0"


class Warehouse(Protocol):
    """What the ledger and the streams need of a destination. Thread-safe; every statement commits."""

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Rows of a select. ``{name}`` stands for a table of the dataset, ``%s`` for a parameter."""
        ...

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        """Statements that change something, in one transaction."""
        ...

    def has_table(self, name: str) -> bool:
        """Whether the dataset has the table."""
        ...

    def create_table(self, name: str, columns: Sequence[Column]) -> None:
        """Makes the dataset and the table unless they exist."""
        ...

    def unmarked(self, table: str) -> str:
        """The condition that leaves out the rows that are marked as gone at the source."""
        ...

    def every(self, table: str) -> str:
        """The condition that is true of every row, for statements that change a table: a warehouse may take none
        without one."""
        ...

    def highest(self, table: str, column: str) -> Any:
        """The greatest value of a column; ``None`` when the table has no rows or is not there."""
        ...

    def newer(self, table: str, key: str, version: str, versions: Mapping[Any, Any]) -> set[Any]:
        """Those keys whose version in the warehouse is higher than the one given. One that was gone and comes
        again counts as it comes."""
        ...

    def known(self, table: str, key: Sequence[str], keys: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        """Those keys that the table holds."""
        ...


class DltWarehouse:
    """The warehouse behind a dlt pipeline, through the pipeline's own SQL client.

    Make it in the main thread (dlt loses its context in others); use it from any.

    Args:
        pipeline: it has the destination and the dataset.
        clock: for waiting.
        conditions: for tables that may not be read without one, the condition that is true of every row.
    """

    def __init__(
        self, pipeline: Any, clock: Clock | None = None, conditions: Mapping[str, str] | None = None
    ) -> None:
        self._client = pipeline.sql_client()
        self._conditions = conditions or {}
        self._lock = threading.RLock()
        self._clock = clock or SystemClock()
        self._known: set[str] = set()
        self._marked: set[str] = set()

    @contextmanager
    def _open(self) -> Iterator[Any]:
        with self._lock:
            for attempt in range(_LOCK_ATTEMPTS):
                try:
                    self._client.open_connection()
                    break
                except Exception as error:
                    if "lock" not in str(error).lower() or attempt == _LOCK_ATTEMPTS - 1:
                        raise
                    self._clock.sleep(_LOCK_WAIT_SECONDS)
            try:
                yield self._client
            finally:
                self._client.close_connection()

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        with self._open() as client:
            sql, params = without_nulls(self._named(sql, self._conditions), params)
            rows = client.execute_sql(sql, *params)
            return [tuple(row) for row in rows or ()]

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None:
        if not statements:
            return
        with self._open() as client:
            if not client.capabilities.supports_ddl_transactions:
                # a transaction of a connection is a session there: three requests more, and one is enough
                named = [(self._named(sql), params) for sql, params in statements]
                script, parameters = as_script(named)
                client.execute_sql(script, **parameters)
                return
            with client.begin_transaction():
                for sql, params in statements:
                    client.execute_sql(self._named(sql), *params)

    def has_table(self, name: str) -> bool:
        if name in self._known:
            return True
        try:
            self.query(f"select 1 from {{{name}}} limit 0")
        except DatabaseUndefinedRelation:
            return False
        self._known.add(name)
        return True

    def create_table(self, name: str, columns: Sequence[Column]) -> None:
        if self.has_table(name):
            return
        with self._open() as client:
            if not client.has_dataset():
                client.create_dataset()
            types = client.capabilities.get_type_mapper()
            body = ", ".join(
                f"{client.escape_column_name(c.name)} "
                f"{types.to_destination_type(column_hint(c, ()), {'name': name})}"
                for c in columns
            )
            client.execute_sql(
                f"create table if not exists {client.make_qualified_table_name(name)} ({body})"
            )

    def unmarked(self, table: str) -> str:
        if table not in self._marked:
            sql = self._named(_COLUMNS_OF.format(table), self._conditions)
            with self._open() as client, client.execute_query(sql) as rows:
                # a table that an earlier release has filled has no such column before it is loaded again
                if DELETED not in {column[0] for column in rows.description}:
                    return "1 = 1"
            self._marked.add(table)
        return f"{DELETED} is null"

    def every(self, table: str) -> str:
        return f"({self._conditions.get(table, '1 = 1')})"

    def highest(self, table: str, column: str) -> Any:
        return self.query(f"select max({column}) from {{{table}}}")[0][0] if self.has_table(table) else None

    def newer(self, table: str, key: str, version: str, versions: Mapping[Any, Any]) -> set[Any]:
        if not versions:
            return set()
        highest = self.highest(table, version)
        if highest is None or highest <= min(versions.values()):
            return set()
        found: set[Any] = set()
        unmarked = self.unmarked(table)
        for keys in _chunks(versions, _KEYS_PER_QUERY):
            marks = ", ".join(["%s"] * len(keys))
            sql = f"select {key}, {version} from {{{table}}} where {key} in ({marks}) and {unmarked}"
            rows = self.query(sql, *keys)
            found |= {k for k, held in rows if held is not None and held > versions[k]}
        return found

    def known(self, table: str, key: Sequence[str], keys: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        wanted = set(keys)
        if not wanted or not self.has_table(table):
            return set()
        found: set[tuple[Any, ...]] = set()
        for firsts in _chunks({k[0] for k in wanted}, _KEYS_PER_QUERY):
            marks = ", ".join(["%s"] * len(firsts))
            sql = f"select {', '.join(key)} from {{{table}}} where {key[0]} in ({marks})"
            found |= {row for row in self.query(sql, *firsts) if row in wanted}
        return found

    def _named(self, sql: str, conditions: Mapping[str, str] | None = None) -> str:
        return sql.format_map(TableNames(self._client.make_qualified_table_name, conditions or {}))


class TableNames(dict[str, str]):
    """What ``{name}`` stands for in a statement: the table, or its rows where it is not read without a condition."""

    def __init__(self, qualified: Callable[[str], Any], conditions: Mapping[str, str]) -> None:
        super().__init__()
        self._qualified = qualified
        self._conditions = conditions

    def __missing__(self, name: str) -> str:
        table = str(self._qualified(name))
        condition = self._conditions.get(name)
        return f"(select * from {table} where {condition})" if condition else table


def _chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for value in values:
        chunk.append(value)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
