"""A source's dataset in a destination: dlt's view of it, and one for those who only look."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import dlt

from sources.kit.jobs import TableNames
from sources.kit.tables import Column, TableShape

from .destinations import Destination

if TYPE_CHECKING:
    from sources.kit.streams import SourceSpec

# How many keys one statement asks for: far below every warehouse's limit on parameters.
KEYS_PER_STATEMENT = 500


def committed_pipeline(source: str, destination: Destination) -> Any:
    """The source's pipeline in an empty folder: what counts of earlier runs is what the destination has
    committed, and no package that another one left is in its way."""
    folder = tempfile.mkdtemp(prefix=f"{source}-", dir=destination.work_dir())
    pipeline = dlt.pipeline(
        source,
        pipelines_dir=folder,
        destination=destination.dlt(),
        staging=destination.staging(),
        dataset_name=destination.dataset(source),
    )
    pipeline.sync_destination()
    return pipeline


def chunks(values: Sequence[Any], size: int = KEYS_PER_STATEMENT) -> Iterator[Sequence[Any]]:
    """The values in pieces that one statement can take."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def marks_of(values: Sequence[Any]) -> str:
    """As many parameters of ``Destination.query`` as there are values."""
    return ", ".join("?" for _ in values)


class ReadOnlyWarehouse:
    """What streams need of a destination, for those who ask what they would do (``Warehouse``).

    A destination that is not there yet is one without tables. What a stream would note is not written. ``shapes``
    are the tables that may need a condition to be read.
    """

    def __init__(self, source: str, destination: Destination, shapes: Iterable[TableShape] = ()) -> None:
        self._names = table_names(source, destination, shapes)
        self._destination = destination
        self._tables = destination.tables(source) if destination.exists() else frozenset()

    def query(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        named = sql.format_map(self._names).replace("%s", "?")
        return self._destination.query(named, params)

    def execute(self, *statements: tuple[str, tuple[Any, ...]]) -> None: ...

    def has_table(self, name: str) -> bool:
        return name in self._tables

    def create_table(self, name: str, columns: Sequence[Column]) -> None: ...

    def unmarked(self, table: str) -> str:
        return "1 = 1"  # a plan may count what is gone

    def every(self, table: str) -> str:
        return "1 = 1"

    def highest(self, table: str, column: str) -> Any:
        return self.query(f"select max({column}) from {{{table}}}")[0][0] if self.has_table(table) else None

    def newer(self, table: str, key: str, version: str, versions: Mapping[Any, Any]) -> set[Any]:
        if not self.has_table(table):
            return set()
        rows = (
            row
            for keys in chunks(list(versions))
            for row in self.query(
                f"select {key}, {version} from {{{table}}} where {key} in ({marks_of(keys)})", *keys
            )
        )
        return {found for found, held in rows if held is not None and held > versions[found]}

    def known(self, table: str, key: Sequence[str], keys: Iterable[tuple[Any, ...]]) -> set[tuple[Any, ...]]:
        wanted = set(keys)
        if not self.has_table(table):
            return set()
        firsts = list({first for first, *_ in wanted})
        found: set[tuple[Any, ...]] = set()
        for some in chunks(firsts):
            sql = f"select {', '.join(key)} from {{{table}}} where {key[0]} in ({marks_of(some)})"
            found |= {row for row in self.query(sql, *some) if row in wanted}
        return found


def table_names(source: str, destination: Destination, shapes: Iterable[TableShape]) -> TableNames:
    """What the tables of a source are called in a select, each with the condition that it may need."""
    return TableNames(partial(destination.table, source), destination.conditions(shapes))


def shapes_of(spec: SourceSpec) -> Iterator[TableShape]:
    """Every table of a source."""
    return (shape for stream in spec.streams for shape in stream.tables)
