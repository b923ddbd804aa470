"""What the archives of exports hold, file by file, on its way into the tables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sources.kit.formats import ArchiveLimits, ArchiveRefused, Member, read_archive
from sources.kit.jobs import Job, PartFile
from sources.kit.streams import Context, Window, write_records
from sources.kit.tables import Record, Refusal, Spool, TableWriter, Tally
from sources.kit.transport import WrongAnswer

from .file_store import FileStore
from .fiscal_files import MODELS, Documents, is_xml, read_documents
from .models import ExportFile, ExportRequest

# How many small records are handed over at a time: enough to decode them in one go.
_BATCH = 500
# Refused files are handed on whole, and wait in memory until they are so many bytes.
_REFUSED_BYTES = 4 * 1024**2


@dataclass
class _Target:
    """A spool with the tally of its table, the records that wait to go in, and the files that are refused."""

    spool: Spool
    tally: Tally
    waiting: list[bytes] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)

    def add(self, *records: bytes) -> None:
        self.waiting += records
        if len(self.waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        self.spool.add(self.waiting)
        self.waiting = []


class BadExport(WrongAnswer):
    """An export whose archives cannot be used: hostile, broken, or not all there."""


class Harvest:
    """Everything that the exports of one window bring. A document may be in several of them: one row comes out.

    Archives are read file by file and never unpacked to disk; memory holds one file at a time.
    """

    def __init__(self, context: Context, window: Window) -> None:
        self._context = context
        self._targets = {model: self._target(model, window) for model in (ExportRequest, ExportFile, *MODELS)}
        url = context.settings.keep_files
        self._store = FileStore(url) if url else None
        self._limits = ArchiveLimits(max_member_bytes=context.settings.export_max_file_bytes)
        # a file that cannot be read has its row all the same: it counts as refused, and not as another file
        self._unreadable: list[Refusal] = []
        self._unreadable_tally = context.report.tally("unreadable files", window.start, window.end)
        self._refused_bytes = 0
        self._unknown = 0

    def _target(self, model: type[Record], window: Window) -> _Target:
        assert model.table is not None
        tally = self._context.report.tally(model.table.name, window.start, window.end)
        return _Target(Spool(model, tally, self._context.spool_dir), tally)

    def take(self, job: Job, request: bytes, parts: Iterator[PartFile]) -> Iterator[Any]:
        """Reads the parts of a finished export, whose own record is ``request``.

        Gives dlt items for the files that are refused: a bad file inside a sound archive. Raises
        ``BadExport`` for an archive that is hostile or broken, or when a part is missing.
        """
        self._targets[ExportRequest].add(request)
        read = files = 0
        for part in parts:
            read += 1
            try:
                for member in read_archive(part.file.path, self._limits):
                    files += 1
                    self._take_file(job, part, member)
                    if self._refused_bytes > _REFUSED_BYTES:
                        yield from self._hand_on_refused()
            except ArchiveRefused as error:
                raise BadExport(f"part {part.part.number} of export {job.remote_id}: {error}") from None
        self._compare(request, read, files)

    def items(self) -> Iterator[Any]:
        """dlt items for all that was taken."""
        if self._unknown:
            note = f"{self._unknown} XML files are of a kind that is not read"
            self._targets[ExportFile].tally.notes.append(note)
        yield from self._hand_on_refused()
        for model, target in self._targets.items():
            target.flush()
            yield from write_records(self._context, model, target.spool, target.tally)

    def _take_file(self, job: Job, part: PartFile, member: Member) -> None:
        found = read_documents(member)
        self._unknown += found.is_unknown
        if found.model is not None:
            self._targets[found.model].add(*found.records)
        if found.refused is not None:
            refused = self._targets[found.model].refused if found.model else self._unreadable
            refused.append(Refusal(member.path, found.refused, member.content))
            self._refused_bytes += member.size
        stored_at = self._keep(member, found)
        row = _file_row(job, part, member) | {"access_key": found.access_key, "stored_at": stored_at}
        self._targets[ExportFile].add(msgspec.json.encode(row))

    def _keep(self, member: Member, found: Documents) -> str | None:
        """Where the file is kept: what became no row, and everything where XML is wanted too."""
        is_parsed = is_xml(member) and bool(found.records)
        if self._store is None or (is_parsed and not self._context.settings.keep_xml):
            return None
        return self._store.keep(member)

    def _hand_on_refused(self) -> Iterator[Any]:
        for model, target in self._targets.items():
            yield from TableWriter(model, target.tally, self._context.write).refuse(target.refused)
            target.refused = []
        writer = TableWriter(ExportFile, self._unreadable_tally, self._context.write)
        yield from writer.refuse(self._unreadable)
        self._unreadable = []
        self._refused_bytes = 0

    def _compare(self, request: bytes, parts: int, files: int) -> None:
        """What the API announced against what came. A missing part is a failure; the number of documents may
        count otherwise than by file, so a difference there is only noted."""
        said = msgspec.json.decode(request)
        announced = said.get("totalOfParts") or 0
        if parts < announced:
            raise BadExport(f"the export has {announced} parts and {parts} could be had")
        quantity = said.get("quantity")
        if isinstance(quantity, int) and quantity != files:
            self._targets[ExportFile].tally.notes.append(
                f"the export announced {quantity} documents and held {files} files"
            )


def _file_row(job: Job, part: PartFile, member: Member) -> dict[str, Any]:
    return {
        "export_request_id": job.remote_id,
        "part_id": part.part.id,
        "path": member.path,
        "size": member.size,
        "sha256": member.sha256,
        "content_type": member.content_type,
    }
