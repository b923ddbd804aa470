"""Models → the dbt project's source files, so that extraction and staging cannot disagree on a column.

``python -m pipelines.dbt_sources`` writes ``models/staging/<source>/_<source>__sources.yml``; a test holds the
committed files against what the models give. Staging reads its columns from there (macro ``raw_rows``).
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sources.kit.tables import DELETED_AT, REJECTS, Column, Record, TableShape, Type, warehouse_tables
from sources.solvimon.reports import report_tables
from sources.tereina.confirm import COLUMNS as CONFIRMATION_COLUMNS

from .load import CONTROL_COLUMNS

SOURCES = ("roit", "tereina", "solvimon")
STAGING = Path(__file__).resolve().parents[1] / "dbt_models" / "models" / "staging"

LOAD_ID = Column("_dlt_load_id", Type.TEXT, "The load that brought the row.")
# A source is behind when no load of it was committed for so long. Of the loads and not of each table: a table in which
# nothing changed is not old.
WARN_AFTER_HOURS, ERROR_AFTER_HOURS = 24, 48
VERSION = "_version"
TOMBSTONE = "_tombstone"
# The columns by which a source tells its tenants apart; a child takes its parent's.
TENANT_COLUMNS = ("master_id", "master", "platform_id")


@dataclass(frozen=True)
class SourceTable:
    """What dbt must know of a raw table."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    tenant: str | None = None
    parent: str | None = None
    parent_key: tuple[tuple[str, str], ...] = ()
    freshness: dict[str, object] | None = None
    partition: Column | None = None


def source_tables(source: str) -> list[SourceTable]:
    """The raw tables of a source, each once, in the order of its models, the tables of every source last."""
    models = importlib.import_module(f"sources.{source}.models")
    tables: dict[str, SourceTable] = {}
    for name in models.__all__:
        model = getattr(models, name)
        if isinstance(model, type) and issubclass(model, Record) and model.table is not None:
            tables |= {table.name: table for table in _tables_of(model)}
    if source == "solvimon":
        tables |= {table.name: table for table in _report_tables()}
    return [*tables.values(), *_bookkeeping(source), _loads()]


def _tables_of(model: type[Record]) -> Iterator[SourceTable]:
    for shape in warehouse_tables(model):
        yield _table(shape)


def _table(shape: TableShape) -> SourceTable:
    columns = tuple(column for column in shape.columns if column.name != TOMBSTONE)
    names = {column.name for column in columns}
    tenant = next((name for name in TENANT_COLUMNS if name in names), None)
    parent, key = _parent(shape, VERSION in names) if shape.is_child else (None, ())
    technical = (LOAD_ID, DELETED_AT) if shape.marks_deletes else (LOAD_ID,)
    about = SourceTable(shape.name, shape.description, (*columns, *technical), shape.key, tenant, parent, key)
    return replace(about, partition=shape.partition)


def _parent(shape: TableShape, is_history: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The root's table and, for each column of its key, the child's column that carries it."""
    pairs = tuple(zip(shape.parent_key, shape.root.key, strict=True))
    if is_history:
        return f"{shape.root.name}__history", (*pairs, (VERSION, VERSION))
    return shape.root.name, pairs


def _bookkeeping(source: str) -> Iterator[SourceTable]:
    """Tables that are written beside the loads: their rows belong to no load package (macro ``noted_rows``)."""
    about = "Control totals: what the source gave and what the load left, one row per table, window, currency, status."
    yield SourceTable("_controls", about, CONTROL_COLUMNS)
    if source == "tereina":
        about = "One row per batch that was to be confirmed to Tereina."
        yield SourceTable("_confirmations", about, CONFIRMATION_COLUMNS, ("batch_id",))


def _loads() -> SourceTable:
    columns = (
        Column("load_id", Type.TEXT, "The id of the load."),
        Column("schema_name", Type.TEXT, "The schema that was loaded."),
        Column("status", Type.BIGINT, "0 when the load was committed."),
        Column("inserted_at", Type.TIMESTAMP, "When the load was committed, UTC."),
    )
    freshness: dict[str, object] = {
        "loaded_at_field": "inserted_at",
        "freshness": {
            "warn_after": {"count": WARN_AFTER_HOURS, "period": "hour"},
            "error_after": {"count": ERROR_AFTER_HOURS, "period": "hour"},
            "filter": "status = 0",
        },
    }
    about = "One row per committed load."
    return SourceTable("_dlt_loads", about, columns, ("load_id",), freshness=freshness)


def _report_tables() -> Iterator[SourceTable]:
    """The reports with the columns that are known beforehand; those that only a file's header names are text in
    the warehouse, and reach staging when they are asked for there."""
    for shape in report_tables():
        if shape.name != REJECTS:
            yield _table(shape)


def render(source: str) -> str:
    """The source file of a source, as dbt reads it; the same text for the same models."""
    lines = [
        "# Written by `python -m pipelines.dbt_sources` from the models of the extraction. Do not edit.",
        "version: 2",
        "",
        "sources:",
        f"  - name: {source}",
        f"    schema: \"{{{{ env_var('LEDGERHOUSE_DATASET_{source.upper()}', '{source}') }}}}\"",
        f"    description: Raw tables of {source}, as the extraction loads them.",
        "    tables:",
    ]
    for table in source_tables(source):
        lines += _render_table(table)
    return "\n".join(lines) + "\n"


def _render_table(table: SourceTable) -> Iterator[str]:
    yield f"      - name: {table.name}"
    yield f"        description: {json.dumps(table.description, ensure_ascii=False)}"
    meta = {
        "key": list(table.key),
        "partition": {"name": table.partition.name, "type": table.partition.type}
        if table.partition
        else None,
        "tenant": table.tenant,
        "parent": table.parent,
        "parent_key": [list(pair) for pair in table.parent_key] or None,
    }
    told = {name: value for name, value in meta.items() if value}
    if config := ({"meta": told} if told else {}) | (table.freshness or {}):
        yield f"        config: {json.dumps(config)}"
    yield "        columns:"
    for column in table.columns:
        description = json.dumps(column.description, ensure_ascii=False)
        yield f"          - {{name: {column.name}, data_type: {column.type}, description: {description}}}"


def main() -> None:
    """Write the source files of all sources into the dbt project."""
    for source in SOURCES:
        path = STAGING / source / f"_{source}__sources.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(source), encoding="utf-8")


if __name__ == "__main__":
    main()
