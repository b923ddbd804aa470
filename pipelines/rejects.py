"""Records that did not fit their model: what there are, and one of them whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sources.kit.streams import SourceSpec, Stream
from sources.kit.tables import REJECTS, Record, reject_id

from .destinations import Destination
from .errors import UsageError

COLUMNS = "reject_id, table_name, key, reason, field, raw, rejected_at"
# An id may be given by its beginning, but not by so little of it that it is a guess.
_SHORTEST_ID = 8


@dataclass(frozen=True)
class RejectGroup:
    """Rejects of one table that have one reason in one field. ``example`` is the id of one of them;
    ``replayable`` whether some of them are records that another try may load."""

    source: str
    table: str
    reason: str
    field: str | None
    count: int
    first: datetime
    last: datetime
    example: str
    replayable: bool = False


@dataclass(frozen=True)
class Reject:
    """One reject. ``raw`` is the record as it came, but for what may not be kept."""

    source: str
    id: str
    table: str
    key: str | None
    reason: str
    field: str | None
    raw: str | None
    rejected_at: datetime

    @property
    def record(self) -> bytes:
        """What is kept of the record."""
        return (self.raw or "").encode()

    @property
    def is_whole(self) -> bool:
        """Whether that is what came, byte for byte: nothing was masked, nothing left out."""
        return reject_id(self.table, self.key, self.record) == self.id

    @property
    def is_file(self) -> bool:
        """Whether it is no record but what should have become some: a document, a row of a report."""
        return bool(self.raw) and not self.record.lstrip().startswith(b"{")


def groups(
    specs: Sequence[SourceSpec], destination: Destination, table: str | None = None
) -> list[RejectGroup]:
    """The rejects by table, reason and field, the most first. Raises ``UsageError`` when there is no database."""
    found = []
    for spec in with_rejects(specs, destination):
        sql = (
            "select table_name, reason, field, count(*), min(rejected_at), max(rejected_at), min(reject_id),"
            f" max(case when raw like '{{%' then 1 else 0 end) from {destination.table(spec.name, REJECTS)}"
            f"{' where table_name = ?' if table else ''} group by 1, 2, 3 order by 4 desc, 1, 2, 3"
        )
        for *about, has_record in destination.query(sql, [table] if table else []):
            group = RejectGroup(spec.name, *about)
            can = bool(has_record) and model_of(spec, group.table) is not None
            found.append(replace(group, replayable=can))
    return found


def each(specs: Sequence[SourceSpec], destination: Destination, table: str | None = None) -> list[Reject]:
    """The rejects one by one, in the order in which they came, without what is kept of the records."""
    columns = COLUMNS.replace("raw", "null")
    return [
        Reject(spec.name, *row)
        for spec in with_rejects(specs, destination)
        for row in destination.query(
            f"select {columns} from {destination.table(spec.name, REJECTS)}"
            f"{' where table_name = ?' if table else ''} order by rejected_at, reject_id",
            [table] if table else [],
        )
    ]


def find(specs: Sequence[SourceSpec], destination: Destination, id_or_beginning: str) -> Reject:
    """One reject, whole. Raises ``UsageError`` when none has such an id, or several do."""
    if len(id_or_beginning) < _SHORTEST_ID:
        raise UsageError(
            f"{id_or_beginning!r} is too short: give at least {_SHORTEST_ID} characters of the id"
        )
    found = [
        Reject(spec.name, *row)
        for spec in with_rejects(specs, destination)
        for row in destination.query(
            f"select {COLUMNS} from {destination.table(spec.name, REJECTS)} where starts_with(reject_id, ?)",
            [id_or_beginning],
        )
    ]
    if len(found) != 1:
        count = f"{len(found)} rejects have" if found else "no reject has"
        raise UsageError(f"{count} an id that begins with {id_or_beginning!r}: see ledgerhouse rejects list")
    return found[0]


def with_rejects(specs: Sequence[SourceSpec], destination: Destination) -> list[SourceSpec]:
    """The sources that have rejects. Raises ``UsageError`` when there is no database."""
    if not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet: ledgerhouse load makes it")
    return [spec for spec in specs if REJECTS in destination.tables(spec.name)]


def model_of(spec: SourceSpec, table: str) -> tuple[Stream, type[Record]] | None:
    """The model of a table's records and the stream that brings them; ``None`` where no model makes its rows."""
    for stream in spec.streams:
        for model in stream.models:
            if model.table is not None and model.table.name == table:
                return stream, model
    return None
