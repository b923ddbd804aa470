"""Raw tables as the extraction makes them, filled load by load, in a DuckDB file or in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

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
Name = tuple[str, str]


class RawWarehouse:
    """Creates the raw tables of the named sources; ``load`` adds one committed load.

    A record's lists become its child tables, and where the model keeps history, versions are added too. Rows are
    gathered in Python and written table by table, which takes a hundredth of the time of a statement each.
    """

    def __init__(
        self,
        where: Path | duckdb.DuckDBPyConnection,
        sources: Sequence[str] = SOURCES,
        only: Sequence[str] | None = None,
    ) -> None:
        self.where = where
        self.tables: dict[Name, SourceTable] = {}
        self.versions: set[tuple[str, str]] = set()
        statements = []
        for source in sources:
            statements.append(f"CREATE SCHEMA {source}")
            for table in source_tables(source):
                if only is not None and table.name not in only:
                    continue
                self.tables[source, table.name] = table
                columns = ", ".join(f'"{c.name}" {TYPES[str(c.type)]}' for c in table.columns)
                statements.append(f'CREATE TABLE {source}."{table.name}" ({columns})')
        self._execute(lambda connection: connection.execute("; ".join(statements)))

    def load(
        self, source: str, at: str, records: Mapping[str, Sequence[Row]], *, committed: bool = True
    ) -> str:
        """Load records by table at a time (``YYYY-MM-DD HH:MM``, UTC), as one package; returns its id."""
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
        load_id = f"{moment.timestamp():.7f}"
        package = _Package(self, source, load_id)
        for table, rows in records.items():
            for row in rows:
                package.store(table, dict(row))
        if committed:
            commit = {"load_id": load_id, "schema_name": source, "status": 0, "inserted_at": moment}
            package.insert("_dlt_loads", commit)
        self._execute(package.write)
        return load_id

    def note(self, source: str, table: str, rows: Sequence[Row]) -> None:
        """Write rows that belong to no load: control totals, confirmations."""
        package = _Package(self, source, "")
        for row in rows:
            package.insert(table, row)
        self._execute(package.write)

    def remove(self, source: str, table: str, id_: str) -> None:
        """Take a record out of its table as full refreshes once did; its history stays."""
        self._execute(lambda c: c.execute(f"DELETE FROM {source}.{table} WHERE id = ?", [id_]))

    def mark(self, source: str, table: str, id_: str, at: str) -> None:
        """Mark a record as gone at the source, as a sweep does at a time (``YYYY-MM-DD HH:MM``, UTC)."""
        sql = f"UPDATE {source}.{table} SET _deleted_at = ?::timestamptz WHERE id = ?"
        self._execute(lambda c: c.execute(sql, [f"{at}:00+00", id_]))

    def unmark(self, source: str, table: str) -> None:
        """Take all marks away: what was thought gone is there."""
        self._execute(lambda c: c.execute(f"UPDATE {source}.{table} SET _deleted_at = NULL"))

    def commit(self, source: str, load_id: str, at: datetime) -> None:
        """Commit a load that was not, as of a time."""
        row = {"load_id": load_id, "schema_name": source, "status": 0, "inserted_at": at}
        self.note(source, "_dlt_loads", [row])

    def _execute(self, work: Any) -> None:
        if isinstance(self.where, Path):
            with duckdb.connect(str(self.where)) as connection:
                connection.execute("SET TimeZone='UTC'")
                work(connection)
        else:
            work(self.where)


class _Package:
    """What one load deletes and inserts, gathered; of a key that comes twice the last one stays."""

    def __init__(self, raw: RawWarehouse, source: str, load_id: str) -> None:
        self.raw, self.source, self.load_id = raw, source, load_id
        self.inserts: dict[str, list[Row]] = {}
        self.deletes: dict[str, dict[tuple[Any, ...], tuple[str, ...]]] = {}

    def store(self, table: str, record: dict[str, Any]) -> None:
        lists = {name: record.pop(name) for name in list(record) if isinstance(record[name], list)}
        self._replace(table, {name: record[name] for name in self.raw.tables[self.source, table].key})
        self.insert(table, record | {"_dlt_load_id": self.load_id})
        version = hashlib.sha256(
            json.dumps([record, lists], default=str, sort_keys=True).encode()
        ).hexdigest()
        history = f"{table}__history"
        is_new = (self.source, history) in self.raw.tables and (history, version) not in self.raw.versions
        if is_new:
            self.raw.versions.add((history, version))
            self.insert(history, record | {"_version": version, "_dlt_load_id": self.load_id})
        for name, elements in lists.items():
            self._store_children(f"{table}__{name}", record, elements, version if is_new else None)

    def _store_children(
        self, child: str, record: Row, elements: Sequence[Row], new_version: str | None
    ) -> None:
        parent_key = self.raw.tables[self.source, child].parent_key
        keys = {child_key: record[key] for child_key, key in parent_key}
        self._replace(child, keys)
        for position, element in enumerate(elements):
            row = {**keys, "position": position, **element, "_dlt_load_id": self.load_id}
            self.insert(child, row)
            if new_version is not None and (self.source, f"{child}__history") in self.raw.tables:
                self.insert(f"{child}__history", row | {"_version": new_version})

    def _replace(self, table: str, key: Row) -> None:
        if not key:  # the files of reports have none: a window is replaced as a whole
            return
        values = tuple(key.values())
        if values in self.deletes.setdefault(table, {}):
            rows = self.inserts.get(table, [])
            self.inserts[table] = [row for row in rows if tuple(row[name] for name in key) != values]
        self.deletes[table][values] = tuple(key)

    def insert(self, table: str, row: Row) -> None:
        known = {column.name for column in self.raw.tables[self.source, table].columns}
        assert set(row) <= known, f"{self.source}.{table} has no column {sorted(set(row) - known)}"
        self.inserts.setdefault(table, []).append(row)

    def write(self, connection: duckdb.DuckDBPyConnection) -> None:
        for table, keys in self.deletes.items():
            names = next(iter(keys.values()))
            connection.register("gone", texts([dict(zip(names, key, strict=True)) for key in keys], names))
            same = " AND ".join(f'old."{name}"::varchar = gone."{name}"' for name in names)
            connection.execute(f'DELETE FROM {self.source}."{table}" AS old USING gone WHERE {same}')
            connection.unregister("gone")
        for table, rows in self.inserts.items():
            names = tuple(dict.fromkeys(name for row in rows for name in row))
            listed = ", ".join(f'"{name}"' for name in names)
            types = {c.name: TYPES[str(c.type)] for c in self.raw.tables[self.source, table].columns}
            cast = ", ".join(f'"{name}"::{types[name]}' for name in names)
            connection.register("added", texts(rows, names))
            connection.execute(f'INSERT INTO {self.source}."{table}" ({listed}) SELECT {cast} FROM added')
            connection.unregister("added")


def texts(rows: Sequence[Row], names: Sequence[str]) -> pa.Table:
    """Every value as its text, so that no number passes through a float; the table's types read it back."""
    return pa.table(
        {name: pa.array([_text(row.get(name)) for row in rows], type=pa.string()) for name in names}
    )


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else str(value)
