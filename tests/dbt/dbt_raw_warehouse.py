"""A DuckDB file with raw tables as the extraction makes them, filled load by load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.dbt_sources import SOURCES, SourceTable, source_tables

TYPES = {
    "text": "VARCHAR",
    "decimal": "DECIMAL(38,10)",
    "bigint": "BIGINT",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP WITH TIME ZONE",
    "json": "JSON",
}
Row = Mapping[str, Any]


class RawWarehouse:
    """Creates the raw tables of the named sources; ``load`` adds one committed load.

    A record's lists become its child tables, and where the model keeps history, versions are added too.
    """

    def __init__(self, path: Path, sources: Sequence[str] = SOURCES) -> None:
        self.path = path
        self.tables: dict[tuple[str, str], SourceTable] = {}
        with duckdb.connect(str(path)) as connection:
            connection.execute("SET TimeZone='UTC'")
            for source in sources:
                connection.execute(f"CREATE SCHEMA {source}")
                for table in source_tables(source):
                    self.tables[source, table.name] = table
                    columns = ", ".join(f'"{c.name}" {TYPES[str(c.type)]}' for c in table.columns)
                    connection.execute(f'CREATE TABLE {source}."{table.name}" ({columns})')

    def load(
        self, source: str, at: str, records: Mapping[str, Sequence[Row]], *, committed: bool = True
    ) -> str:
        """Load records by table at a time (``YYYY-MM-DD HH:MM``, UTC), as one package; returns its id."""
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        load_id = f"{moment.timestamp():.7f}"
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("SET TimeZone='UTC'")
            for table, rows in records.items():
                for row in rows:
                    self._store(connection, source, table, dict(row), load_id)
            if committed:
                connection.execute(
                    f"INSERT INTO {source}._dlt_loads VALUES (?, ?, 0, ?)", [load_id, source, moment]
                )
        return load_id

    def note(self, source: str, table: str, rows: Sequence[Row]) -> None:
        """Write rows that belong to no load: control totals, confirmations."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("SET TimeZone='UTC'")
            for row in rows:
                self._insert(connection, source, table, row)

    def remove(self, source: str, table: str, id_: str) -> None:
        """Take a record out of its table as full refreshes once did; its history stays."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(f"DELETE FROM {source}.{table} WHERE id = ?", [id_])

    def mark(self, source: str, table: str, id_: str, at: str) -> None:
        """Mark a record as gone at the source, as a sweep does at a time (``YYYY-MM-DD HH:MM``, UTC)."""
        with duckdb.connect(str(self.path)) as connection:
            connection.execute("SET TimeZone='UTC'")
            sql = f"UPDATE {source}.{table} SET _deleted_at = ?::timestamptz WHERE id = ?"
            connection.execute(sql, [f"{at}:00+00", id_])

    def _store(self, connection: Any, source: str, table: str, record: dict[str, Any], load_id: str) -> None:
        lists = {name: record.pop(name) for name in list(record) if isinstance(record[name], list)}
        declared = self.tables[source, table]
        self._delete(connection, source, table, declared.key, [record[name] for name in declared.key])
        self._insert(connection, source, table, record | {"_dlt_load_id": load_id})
        version = hashlib.sha256(
            json.dumps([record, lists], default=str, sort_keys=True).encode()
        ).hexdigest()
        history = f"{table}__history"
        keeps_history = (source, history) in self.tables
        is_new = (
            keeps_history
            and not connection.execute(
                f"SELECT 1 FROM {source}.{history} WHERE _version = ?", [version]
            ).fetchall()
        )
        if is_new:
            self._insert(connection, source, history, record | {"_version": version, "_dlt_load_id": load_id})
        for name, elements in lists.items():
            child = f"{table}__{name}"
            keys = {
                child_key: record[parent_key]
                for child_key, parent_key in self.tables[source, child].parent_key
            }
            self._delete(connection, source, child, list(keys), list(keys.values()))
            for position, element in enumerate(elements):
                row = {**keys, "position": position, **element, "_dlt_load_id": load_id}
                self._insert(connection, source, child, row)
                if is_new and (source, f"{child}__history") in self.tables:
                    self._insert(connection, source, f"{child}__history", row | {"_version": version})

    @staticmethod
    def _delete(connection: Any, source: str, table: str, key: Sequence[str], values: Sequence[Any]) -> None:
        if not key:  # the files of reports have none: a window is replaced as a whole
            return
        where = " AND ".join(f'"{name}" = ?' for name in key)
        connection.execute(f'DELETE FROM {source}."{table}" WHERE {where}', list(values))

    def _insert(self, connection: Any, source: str, table: str, row: Row) -> None:
        known = {column.name for column in self.tables[source, table].columns}
        assert set(row) <= known, f"{source}.{table} has no column {sorted(set(row) - known)}"
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" for _ in row)
        connection.execute(f'INSERT INTO {source}."{table}" ({names}) VALUES ({marks})', list(row.values()))
