"""What every stream is, and what it is given while it extracts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

from sources.kit.jobs import Upcoming, Warehouse
from sources.kit.tables import (
    HISTORY_SUFFIX,
    VERSION,
    KnownVersions,
    LoadReport,
    Record,
    Spool,
    TableShape,
    TableWriter,
    Tally,
    WriteOptions,
    warehouse_tables,
)
from sources.kit.transport import Client, Clock, SystemClock

_LOADS = "_dlt_loads"
Kind = Literal["window", "log", "snapshot", "job", "queue", "recheck"]


@dataclass(frozen=True)
class Window:
    """A range of a stream's cursor, from ``start`` up to ``end``, both UTC.

    The APIs take both ends as inclusive, so a record exactly at ``end`` comes with two windows, and is the
    same row after both: nothing is filtered on our side.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a window's ends need a time zone")
        if self.start > self.end:
            raise ValueError(f"the window ends ({self.end:%Y-%m-%dT%H:%MZ}) before it starts")

    def split(self, length: timedelta) -> list[Window]:
        """The same range in pieces of at most ``length``, in order, touching each other."""
        pieces, start = [], self.start
        while start + length < self.end:
            pieces.append(Window(start, start + length))
            start += length
        return [*pieces, Window(start, self.end)]


@dataclass
class Context:
    """What a stream works with during one load.

    Args:
        client: requests with the source's credentials.
        warehouse: the destination, for the ledger and for what is known already.
        report: where the stream says what it found.
        spool_dir: where temporary files lie.
        full_refresh: everything is read again; marks do not count.
        marks: up to where each stream has been loaded, as far as is known.
        resume: for a host that loads a stream without windows in several packages: a stream that has filled one
            leaves here, under its name, where it goes on when it is run again. ``None``: one package holds all.
        upcoming: for a host that loads one window after another: those that come after this one, for streams that
            begin them early.
    """

    settings: Any
    client: Client
    warehouse: Warehouse
    report: LoadReport = field(default_factory=LoadReport)
    clock: Clock = field(default_factory=SystemClock)
    write: WriteOptions = field(default_factory=WriteOptions)
    spool_dir: Path | None = None
    full_refresh: bool = False
    marks: dict[str, datetime | None] = field(default_factory=dict)
    resume: dict[str, Any] | None = None
    upcoming: Upcoming = field(default_factory=Upcoming)


class KeyApi(Protocol):
    """What a sweep needs of an API. Raises ``SourceError`` where it cannot be asked."""

    def held(self, context: Context, keys: Sequence[str]) -> int:
        """How many of these keys there are at the source."""
        ...

    def has(self, context: Context, key: str) -> bool:
        """Whether there is a record of that key, by asking for the record itself."""
        ...


class Stream(ABC):
    """One resource of a source: a kind of extraction, and the models of the records that it brings.

    ``extract`` yields dlt items. It may raise ``SourceError`` (see the transport's tree of errors): then the
    load of this resource fails as a whole, its mark stays, and the other resources go on.
    """

    kind: ClassVar[Kind]
    windowed: ClassVar[bool] = False
    # Rows that are missing in a full refresh are gone at the source. Never so for what cannot be fetched again.
    finds_deletes: ClassVar[bool] = False
    # How the source is asked which keys it has, where it can be: then the stream can be swept without being read.
    keys: KeyApi | None = None

    def __init__(self, name: str, *models: type[Record], description: str = "") -> None:
        self.name = name
        self.models = models
        self.description = description

    @property
    def tables(self) -> tuple[TableShape, ...]:
        """Every table that the stream fills, each once."""
        shapes = {shape.name: shape for model in self.models for shape in warehouse_tables(model)}
        return tuple(shapes.values())

    @abstractmethod
    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        """dlt items of one load: of ``window`` where the stream is windowed, of everything new elsewhere."""

    def expected(self, context: Context, window: Window | None) -> int | None:
        """How many records the API says there are; ``None`` where it does not say. Changes nothing there."""
        return None

    def requests(self, context: Context, window: Window | None) -> str:
        """In words, what ``extract`` would ask for; for ``plan``."""
        return "1 request"

    def pending(self, context: Context) -> Sequence[Window]:
        """Windows that an earlier load began and did not finish, to be taken first."""
        return ()

    def absent(self, context: Context, keys: Sequence[str]) -> Sequence[str]:
        """Those of some keys that are missing in a list whose record cannot be had either; all of them where
        single records cannot be asked for."""
        return keys

    def disown(self, context: Context, load_ids: Sequence[str]) -> None:  # noqa: B027 - most keep no such thing
        """These loads are committed and did not add up: what says that they need not be done again is undone."""

    def cursor(self) -> str | None:
        """The column by which the stream is windowed, if it is."""
        return None

    def left_out(self, settings: Any) -> str | None:
        """Why the settings leave the stream out: it is listed, asks for nothing, and its mark stays."""
        return None

    def pieces(self, context: Context, whole: Window) -> list[Window]:
        """The windows into which a range is cut, in order, touching each other: each is a load of its own."""
        return whole.split(timedelta(days=context.settings.window_days))


def write_records(context: Context, model: type[Record], spool: Spool, tally: Tally) -> Iterator[Any]:
    """dlt items for what was spooled, without records older than what the warehouse holds, and without those
    of an append-only table that it holds already."""
    _skip_older(context, model, spool)
    known = _known_versions(context, model, spool)
    yield from TableWriter(model, tally, context.write, known).write(spool)


def _known_versions(context: Context, model: type[Record], spool: Spool) -> KnownVersions | None:
    """How to find out which versions the history holds; ``None`` when it can hold none of these.

    What a load has left that was never committed does not count: it goes, and would take the version with it.
    """
    table = model.table
    assert table is not None
    history = table.name + HISTORY_SUFFIX
    if not table.history or not context.warehouse.has_table(history):
        return None
    if table.version is not None:
        highest = context.warehouse.highest(history, table.version)
        versions = list(spool.versions().values())
        if None not in versions and (highest is None or highest < min(versions, default=highest)):
            return None

    committed = f"select load_id from {{{_LOADS}}} where status = 0"
    unfinished = f"select {VERSION} from {{{history}}} where _dlt_load_id not in ({committed})"
    orphans = context.warehouse.query(unfinished) if context.warehouse.has_table(_LOADS) else []

    def known(versions: Sequence[str]) -> set[str]:
        keys = ((version,) for version in versions)
        held = context.warehouse.known(history, (VERSION,), keys)
        return {version for (version,) in held - set(orphans)}

    return known


class _BeforeAll:
    """The version of a record that has none: any other is higher."""

    def __lt__(self, other: object) -> bool:
        return True

    def __gt__(self, other: object) -> bool:
        return False

    __le__ = __lt__
    __ge__ = __gt__


_BEFORE_ALL = _BeforeAll()


def _skip_older(context: Context, model: type[Record], spool: Spool) -> None:
    table = model.table
    assert table is not None
    if table.append_only:
        for key in context.warehouse.known(table.name, table.key, spool.versions()):
            spool.drop(key)
        return
    if table.version is None or len(table.key) != 1:
        return
    versions = {
        key[0]: _BEFORE_ALL if version is None else version for key, version in spool.versions().items()
    }
    for key in context.warehouse.newer(table.name, table.key[0], table.version, versions):
        spool.drop((key,))
