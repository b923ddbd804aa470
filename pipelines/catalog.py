"""What there is: every source, resource, table and column, from the models that make them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sources.kit.streams import SourceSpec, Stream
from sources.kit.tables import DELETED_AT, REJECTS, TableShape

from .errors import UsageError


@dataclass(frozen=True)
class ColumnEntry:
    """A column; ``codes`` are the values that are known of it, others may come."""

    name: str
    type: str
    nullable: bool
    personal: bool
    codes: list[str]
    description: str


@dataclass(frozen=True)
class TableEntry:
    """A table with its key; a child's ``parent_key`` is the part of it that names the parent."""

    name: str
    description: str
    key: list[str]
    parent_key: list[str]
    columns: list[ColumnEntry]


@dataclass(frozen=True)
class ResourceEntry:
    """A resource: how it is extracted, and what it fills."""

    source: str
    name: str
    kind: str
    cursor: str | None
    description: str
    tables: list[TableEntry]


def catalog(specs: Sequence[SourceSpec], resource: str | None = None) -> list[ResourceEntry]:
    """The resources of the sources, or the one called ``resource``; also a table's name finds it.

    Raises ``UsageError`` naming the known ones.
    """
    if resource is None:
        return [_entry(spec, stream) for spec in specs for stream in spec.streams]
    found = [(spec, stream) for spec in specs if (stream := spec.stream(resource)) is not None]
    if not found:
        known = ", ".join(f"{spec.name}.{stream.name}" for spec in specs for stream in spec.streams)
        raise UsageError(f"unknown resource {resource!r}; known: {known}")
    return [_entry(spec, stream) for spec, stream in found]


def as_documents(entries: Sequence[ResourceEntry]) -> list[dict[str, Any]]:
    """The entries as JSON values."""
    return [asdict(entry) for entry in entries]


def _entry(spec: SourceSpec, stream: Stream) -> ResourceEntry:
    tables = [_table(shape) for shape in stream.tables if shape.name != REJECTS]
    return ResourceEntry(spec.name, stream.name, stream.kind, stream.cursor(), stream.description, tables)


def _table(shape: TableShape) -> TableEntry:
    return TableEntry(
        name=shape.name,
        description=shape.description,
        key=list(shape.key),
        parent_key=list(shape.parent_key),
        columns=list(_columns(shape)),
    )


def _columns(shape: TableShape) -> Iterator[ColumnEntry]:
    for column in (*shape.columns, *((DELETED_AT,) if shape.marks_deletes else ())):
        yield ColumnEntry(
            name=column.name,
            type=str(column.type),
            nullable=column.nullable,
            personal=column.personal,
            codes=sorted(column.codes or ()),
            description=column.description,
        )
