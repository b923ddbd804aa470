"""The export stream: document exports, the files inside them, and the NF-e among those files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from sources.kit.formats import ArchiveRefused, FormatError, Member, kind, parse_xml, read_archive, read_nfe
from sources.kit.jobs import Job, JobApi, PartFile
from sources.kit.streams import Context, JobStream, Window, write_records
from sources.kit.tables import Refusal, Spool, TableWriter, Tally
from sources.kit.transport import WrongAnswer

from .api import Exports
from .models import ExportFile, ExportRequest, Nfe, document_record

# How many small records are handed over at a time: enough to decode them in one go.
_BATCH = 500


@dataclass
class _Target:
    """A spool with the tally of its table, and the records that wait to go in."""

    spool: Spool
    tally: Tally
    waiting: list[bytes] = field(default_factory=list)

    def add(self, record: bytes) -> None:
        self.waiting.append(record)
        if len(self.waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        self.spool.add(self.waiting)
        self.waiting = []


class ExportStream(JobStream):
    """One export a window of ``createAt``; the archives are read file by file, never unpacked to disk."""

    def __init__(self) -> None:
        super().__init__(
            "export_files",
            ExportRequest,
            ExportFile,
            Nfe,
            description="Document exports: the requests, their files, and the NF-e among them.",
        )

    def api(self, context: Context) -> JobApi:
        return Exports(context)

    def consume(self, context: Context, window: Window, job: Job, files: Iterator[PartFile]) -> Iterator[Any]:
        targets = {model: self._target(context, window, model) for model in (ExportRequest, ExportFile, Nfe)}
        refusals: list[Refusal] = []
        assert job.remote_id is not None
        request = Exports(context).show(job.remote_id)
        targets[ExportRequest].add(request)
        parts = 0
        for part in files:
            parts += 1
            self._read_part(job, part, targets, refusals)
        self._check(request, parts, targets[ExportFile])
        for model, target in targets.items():
            target.flush()
            yield from write_records(context, model, target.spool, target.tally)
        yield from TableWriter(Nfe, targets[Nfe].tally, context.write).refuse(refusals)

    def _target(self, context: Context, window: Window, model: Any) -> _Target:
        tally = context.report.tally(model.table.name, window.start, window.end)
        return _Target(Spool(model, tally, context.spool_dir), tally)

    def _read_part(
        self, job: Job, part: PartFile, targets: dict[Any, _Target], refusals: list[Refusal]
    ) -> None:
        try:
            for member in read_archive(part.file.path):
                access_key = None
                for record, key in _documents(member, refusals):
                    targets[Nfe].add(record)
                    access_key = key
                targets[ExportFile].add(_file_row(job, part, member, access_key))
        except ArchiveRefused as error:
            raise WrongAnswer(f"part {part.part.number} of export {job.remote_id}: {error}") from None

    def _check(self, request: bytes, parts: int, files: _Target) -> None:
        """What the API announced against what came. A missing part is a failure; the number of documents
        may count otherwise than by file, so a difference there is only noted."""
        said = msgspec.json.decode(request)
        announced = said.get("totalOfParts") or 0
        if parts < announced:
            raise WrongAnswer(f"the export has {announced} parts and {parts} could be had")
        files.flush()
        quantity = said.get("quantity")
        if isinstance(quantity, int) and quantity != len(files.spool):
            files.tally.notes.append(
                f"the export announced {quantity} documents and held {len(files.spool)} files"
            )


def _documents(member: Member, refusals: list[Refusal]) -> Iterator[tuple[bytes, str]]:
    """The NF-e in a file, each as a record with its access key; a file that only says so is refused."""
    if not member.path.lower().endswith(".xml"):
        return
    try:
        root = parse_xml(member.content)
        if kind(root) != "nfe":
            return
        invoices = read_nfe(root)
    except FormatError as error:
        refusals.append(Refusal(member.path, str(error), member.content))
        return
    for invoice in invoices:
        yield document_record(invoice), str(invoice["nfe"][0]["access_key"])


def _file_row(job: Job, part: PartFile, member: Member, access_key: str | None) -> bytes:
    return msgspec.json.encode(
        {
            "export_request_id": job.remote_id,
            "part_id": part.part.id,
            "path": member.path,
            "size": member.size,
            "sha256": member.sha256,
            "content_type": member.content_type,
            "access_key": access_key,
            "stored_at": None,
        }
    )
