"""What is gone at the source: found by a sweep, or by a load that read everything, and marked (``_deleted_at``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pipelines.dataset import chunks
from sources.kit.streams import Context, KeySweep, Stream, Window
from sources.kit.tables import DELETED, REJECTS, Column, Type
from sources.kit.transport import DataError

from ._marks import Marks, Where
from .request import LoadRequest, Sweep

TABLE = "_sweeps"
COLUMNS = (
    Column("table_name", Type.TEXT, "The table."),
    Column(
        "range_from", Type.TIMESTAMP, "Where in its cursor the sweep began, UTC; null: with all there is."
    ),
    Column("range_to", Type.TIMESTAMP, "Where in its cursor the sweep ended, UTC; null: with all there is."),
    Column("gone", Type.BIGINT, "Records that were found to be gone, and marked."),
    Column("back", Type.BIGINT, "Records that were marked and are at the source again."),
    Column("swept_at", Type.TIMESTAMP, "When the sweep ended, UTC."),
)
_DAY = timedelta(days=1)
# A daily run that begins a little earlier than the day before is due all the same.
_EARLY = timedelta(hours=1)
# Where in the cursor a sweep begins and ends; none: with all there is.
Ends = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class Loaded:
    """What a load brought: the ids of its packages, the range that they cover, where there is one, and the keys
    that it has asked for in vain."""

    load_ids: Sequence[str]
    whole: Window | None
    gone: Set[str] = frozenset()


@dataclass
class Found:
    """How many records were found to be gone, and how many to be there again; or why nobody could look."""

    gone: int = 0
    back: int = 0
    unable: str | None = None

    def __add__(self, other: Found) -> Found:
        return Found(self.gone + other.gone, self.back + other.back, self.unable or other.unable)

    def notes(self) -> Iterator[str]:
        """The same in words."""
        if self.gone:
            yield f"{self.gone} records are gone at the source and were marked"
        if self.back:
            yield f"{self.back} records that were gone are at the source again"
        if self.unable:
            yield f"not swept, find what is gone with --full-refresh: {self.unable}"


def find_deletes(context: Context, stream: Stream, request: LoadRequest, loaded: Loaded) -> Found:
    """Looks for what is gone where the request asks for it, or it is due, and marks it.

    A full refresh tells by what it did not bring; so does any load of a list that is read whole each time. Other
    streams are swept by their keys, where their API can be asked for keys. What a load has asked for in vain, one
    by one, is gone without any sweep. Raises ``DataError`` and marks nothing when more of the table is missing than
    ``max_deleted_share``.
    """
    if request.windows or not _has_tables(context, stream):
        return Found()
    if request.full_refresh and stream.finds_deletes:
        found = _not_brought(context, stream, loaded, loaded.whole)
    else:
        found = _asked_in_vain(context, stream, loaded.gone)
    return found + _swept(context, stream, request, loaded)


def _swept(context: Context, stream: Stream, request: LoadRequest, loaded: Loaded) -> Found:
    """The sweep of a stream, where one is wanted and the stream can be swept."""
    reads_whole = stream.kind == "snapshot" and stream.finds_deletes
    if not (reads_whole or stream.keys) or not _wanted(context, stream, request):
        return Found()
    ends = (None, None) if reads_whole else _range(context, request)
    if reads_whole:
        found = _not_brought(context, stream, loaded, None)
    else:
        found = _Sweep(context, stream, ends).run()
        if found.unable and request.sweep is Sweep.ALWAYS:
            raise DataError(found.unable, hint="find what is gone with --full-refresh")
    if not found.unable:
        _note(context, stream, ends, found)
    return found


def _wanted(context: Context, stream: Stream, request: LoadRequest) -> bool:
    """Whether the stream is to be swept now."""
    if request.sweep is not Sweep.DUE:
        return request.sweep is Sweep.ALWAYS
    days = context.settings.sweep_every_days
    if not days or not context.warehouse.has_table(TABLE):
        return bool(days)
    sql = f"select max(swept_at) from {{{TABLE}}} where table_name = %s and range_to is null"
    last: datetime | None = context.warehouse.query(sql, _table(stream).name)[0][0]
    return last is None or context.clock.now() - last >= days * _DAY - _EARLY


def _range(context: Context, request: LoadRequest) -> Ends:
    """Where in the cursor a sweep begins and ends: as the request says, or as far back as the settings say."""
    if request.since or request.until:
        return request.since, request.until or context.clock.now()
    days = context.settings.sweep_days
    return (context.clock.now() - days * _DAY if days else None), None


def _note(context: Context, stream: Stream, ends: Ends, found: Found) -> None:
    """Writes down that the table was swept."""
    context.warehouse.create_table(TABLE, COLUMNS)
    row = (_table(stream).name, *ends, found.gone, found.back, context.clock.now())
    # a parameter that is null has no type of its own, which a warehouse may want to know
    said = {column.name: value for column, value in zip(COLUMNS, row, strict=True) if value is not None}
    marks = ", ".join(["%s"] * len(said))
    sql = f"insert into {{{TABLE}}} ({', '.join(said)}) values ({marks})"
    context.warehouse.execute((sql, tuple(said.values())))


class _Sweep:
    """Asks for the keys that the warehouse holds, page by page, in two passes: none is marked before all were
    counted, and those that are missing are few enough."""

    def __init__(self, context: Context, stream: Stream, ends: Ends) -> None:
        self._context = context
        self._stream = stream
        self._ends = ends
        self._marks = Marks(context.warehouse, stream, _table(stream))

    def run(self) -> Found:
        api = self._stream.keys
        assert api is not None
        sweep = KeySweep(api, self._context)
        refusal = sweep.refusal()
        if refusal is not None:
            return Found(unable=str(refusal))
        sets = self._short(sweep)
        found, now = Found(), self._context.clock.now()
        for first, last in sets:
            gone = sweep.gone(self._between(first, last))
            self._marks.mark([(key,) for key in gone], now)
            found.gone += len(gone)
        for page in self._pages(f"{DELETED} is not null and {DELETED} < %s", now):
            back = sweep.back(page)
            self._marks.unmark([(key,) for key in back])
            found.back += len(back)
        return found

    def _short(self, sweep: KeySweep) -> list[tuple[str, str]]:
        """The first and the last key of every set that is not whole at the source."""
        missing, sets = 0, []
        for page in self._pages(f"{DELETED} is null"):
            for keys, short in sweep.short(page):
                missing += short
                sets.append((keys[0], keys[-1]))
        self._marks.brake(missing, self._context.settings.max_deleted_share)
        return sets

    def _between(self, first: str, last: str) -> list[str]:
        (name,) = _table(self._stream).key
        where, params = self._within(f"{DELETED} is null and {name} >= %s and {name} <= %s", first, last)
        return [str(key) for (key,) in self._marks.keys(where, *params)]

    def _pages(self, where: str, *params: Any) -> Iterator[list[str]]:
        where, params = self._within(where, *params)
        return self._marks.pages(where, *params)

    def _within(self, where: str, *params: Any) -> Where:
        cursor = self._stream.cursor() or _table(self._stream).version
        bounds = [
            (f" and {cursor} {comparison} %s", end)
            for comparison, end in zip((">=", "<="), self._ends, strict=True)
            if end is not None
        ]
        return where + "".join(sql for sql, _ in bounds), (*params, *(end for _, end in bounds))


def _asked_in_vain(context: Context, stream: Stream, gone: Set[str]) -> Found:
    if not gone:
        return Found()
    marks, (name,) = Marks(context.warehouse, stream, _table(stream)), _table(stream).key
    keys = [
        key
        for some in chunks(sorted(gone))
        for key in marks.keys(f"{DELETED} is null and {name} in ({', '.join(['%s'] * len(some))})", *some)
    ]
    marks.brake(len(keys), context.settings.max_deleted_share)
    marks.mark(keys, context.clock.now())
    return Found(len(keys))


def _not_brought(context: Context, stream: Stream, loaded: Loaded, within: Window | None) -> Found:
    """Marks the rows that a load which read everything did not bring, within the range that it read. A record
    that came and was rejected stays as it was, and so does one that can be had by its key."""
    missing = []
    for model in stream.models:
        table = model.table
        if table is None:
            continue
        marks = Marks(context.warehouse, stream, table)
        where, params = _missing(table.name, table.key[0], stream.cursor(), loaded.load_ids, within)
        marks.brake(marks.count(where, *params), context.settings.max_deleted_share)
        missing.append((marks, where, params))
    found, now = Found(), context.clock.now()
    for marks, where, params in missing:
        keys = marks.keys(where, *params)
        if keys and len(keys[0]) == 1:
            keys = [(key,) for key in stream.absent(context, [str(key) for (key,) in keys])]
        marks.mark(keys, now)
        found.gone += len(keys)
    return found


def _missing(
    name: str, key: str, cursor: str | None, load_ids: Sequence[str], within: Window | None
) -> Where:
    marks = ", ".join(["%s"] * len(load_ids))
    rejected = f"select key from {{{REJECTS}}} where table_name = %s and key is not null"
    where = f"{DELETED} is null and _dlt_load_id not in ({marks}) and {key} not in ({rejected})"
    params: tuple[Any, ...] = (*load_ids, name)
    if cursor is not None and within is not None:
        where += f" and {cursor} >= %s and {cursor} <= %s"
        params = (*params, within.start, within.end)
    return where, params


def _has_tables(context: Context, stream: Stream) -> bool:
    tables = [model.table for model in stream.models if model.table is not None]
    return bool(tables) and all(context.warehouse.has_table(table.name) for table in tables)


def _table(stream: Stream) -> Any:
    return stream.models[0].table
