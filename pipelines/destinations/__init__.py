"""Where the tables go. This package is the only place that knows which warehouse it is.

One module a strategy, all with the face of ``Destination``; the heavy libraries are imported when used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

from pipelines.errors import UsageError
from sources.kit.tables import TableShape

DESTINATIONS = ("duckdb", "bigquery")


class Destination(Protocol):
    """A warehouse: what dlt and dbt need of it, and small queries beside them.

    ``query`` and ``execute`` take ``?`` for parameters; timestamps come back in UTC, decimals as ``Decimal``.
    """

    name: str
    # The dlt type of a free-form object: what keeps its text byte for byte.
    json_type: Literal["json", "text"]

    def dlt(self) -> Any:
        """The destination object for ``dlt.pipeline``."""
        ...

    def staging(self) -> Any:
        """dlt's destination for files on their way to the warehouse; ``None`` when they are sent to it itself."""
        ...

    def describe(self) -> str:
        """Where it is, in a few words, without secrets; for reports."""
        ...

    def exists(self) -> bool:
        """Whether there is something to read. Changes nothing."""
        ...

    def check(self) -> str:
        """What was found good about it, in words; ``UsageError`` if it could not be loaded. Changes nothing."""
        ...

    def prepare(self) -> None:
        """Makes it ready to be loaded. ``UsageError`` says in one line why it cannot be."""
        ...

    def query(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a select. Reads only, unless ``prepare`` was called before."""
        ...

    def execute(self, sql: str, params: Sequence[Any] = ()) -> None:
        """One statement that changes something; committed when the call returns. Needs ``prepare``."""
        ...

    def dataset(self, name: str) -> str:
        """What a dataset is called here: a source's, or ``analytics`` for the models; see ``_datasets``."""
        ...

    def table(self, dataset: str, name: str) -> str:
        """The table's qualified and quoted name; ``dataset`` as ``dataset()`` takes it."""
        ...

    def tables(self, dataset: str) -> frozenset[str]:
        """The names of the dataset's tables and views; none when there is no such dataset."""
        ...

    def conditions(self, shapes: Iterable[TableShape]) -> Mapping[str, str]:
        """For each of these tables that may not be read without a condition on its date, one that is true of every
        row."""
        ...

    def load_bytes(self, dataset: str, shapes: Sequence[TableShape]) -> int | None:
        """Bytes that one load of these tables would read and be billed for, by estimate; ``None`` where nothing
        is billed."""
        ...

    def query_bytes(self, sql: str) -> int | None:
        """Bytes that a query would read and be billed for, as the warehouse itself says; ``None`` where nothing is
        billed, or where the query cannot run yet. Runs nothing."""
        ...

    def dbt_environment(self) -> dict[str, str]:
        """What the dbt project reads from the environment to reach the same place."""
        ...

    def work_dir(self) -> Path:
        """A private folder for working files, the same until ``close``; personal data may lie in it."""
        ...

    def close(self) -> None:
        """Removes the working folder."""
        ...


def make(name: str, database: Path | None = None) -> Destination:
    """The destination called ``name``; ``database`` is the file of a local one.

    Reads dlt's configuration, so it is called after ``configuration.use``. Raises ``UsageError``.
    """
    if name == "duckdb":
        from .duckdb import DuckDb

        return DuckDb.configured(database)
    if name == "bigquery":
        if database is not None:
            raise UsageError("--database names a DuckDB file: leave it out for bigquery")
        from .bigquery import BigQuery

        return BigQuery()
    raise UsageError(f"unknown destination {name!r}; known: {', '.join(DESTINATIONS)}")


__all__ = ["DESTINATIONS", "Destination", "make"]
