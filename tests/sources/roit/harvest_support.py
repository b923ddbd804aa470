"""Archives made up here, and what is made of them without an API, a pipeline or a warehouse."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from sources.kit.formats import access_key_check_digit
from sources.kit.jobs import Job, Part, PartFile
from sources.kit.streams import Context, Window
from sources.kit.tables import TableShape, WriteOptions
from sources.kit.transport import Downloaded, SignedUrl
from sources.roit.harvest import Harvest

START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
WINDOW = Window(START, END)
DONE: dict[str, Any] = {"id": "export-1", "status": "done", "totalOfParts": 1}


def access_key(number: int = 1, model: str = "55") -> str:
    first_43 = f"35260311222333000181{model}001{number:09d}112345678"
    return f"{first_43}{access_key_check_digit(first_43)}"


def nfe(number: int = 1, total: str = "10.00", note: str = "") -> bytes:
    """A small invoice; ``note`` is text of its own."""
    return f"""<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe"><NFe><infNFe Id="NFe{access_key(number)}">
<ide><mod>55</mod><nNF>{number}</nNF></ide><total><ICMSTot><vNF>{total}</vNF></ICMSTot></total>
<infAdic><infCpl>{note}</infCpl></infAdic></infNFe></NFe></nfeProc>""".encode()


def cte(number: int = 1) -> bytes:
    return f"""<CTe xmlns="http://www.portalfiscal.inf.br/cte"><infCte Id="CTe{access_key(number, "57")}">
<vPrest><vTPrest>5.00</vTPrest></vPrest></infCte></CTe>""".encode()


def zipped(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method, compresslevel=1) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return buffer.getvalue()


class Capture:
    """Stands in for dlt: keeps the rows of each table."""

    def __init__(self) -> None:
        self.tables: dict[str, list[dict[str, Any]]] = {}

    def items(self, shapes: Mapping[str, TableShape], tables: Mapping[str, pa.Table]) -> Iterator[Any]:
        for name, table in tables.items():
            rows = [row for row in table.to_pylist() if not row.get("_tombstone")]
            self.tables.setdefault(name, []).extend(rows)
            yield name


class Held:
    """A warehouse that holds documents in some versions."""

    def __init__(self, versions: Mapping[str, datetime | None]) -> None:
        self.versions = versions

    def newer(self, table: str, key: str, version: str, given: Mapping[Any, Any]) -> set[Any]:
        held = ((found, self.versions.get(found)) for found in given)
        return {found for found, at in held if at is not None and at > given[found]}


class Harvested:
    """A harvest under way: ``take`` archives, then look at ``rows``."""

    def __init__(
        self,
        folder: Path,
        keep_files: str | None = None,
        keep_xml: bool = False,
        max_file_bytes: int = 64 * 1024**2,
        **versions: datetime,
    ) -> None:
        self.capture, self.folder = Capture(), folder
        settings = SimpleNamespace(
            keep_files=keep_files, keep_xml=keep_xml, export_max_file_bytes=max_file_bytes
        )
        write = WriteOptions(emitter=self.capture)  # type: ignore[arg-type]
        self.context = Context(settings, None, Held(versions), write=write, spool_dir=folder)  # type: ignore[arg-type]
        self.harvest = Harvest(self.context, WINDOW)

    def take(self, *archives: bytes, said: Mapping[str, Any] = DONE) -> Harvested:
        job = Job("export_files", START, END, remote_id="export-1")
        list(self.harvest.take(job, json.dumps(said).encode(), self._parts(archives)))
        return self

    def _parts(self, archives: Sequence[bytes]) -> Iterator[PartFile]:
        for number, content in enumerate(archives):
            path = self.folder / f"part-{number}"
            path.write_bytes(content)
            part = Part(number, f"part-{number}", SignedUrl("https://storage.invalid/part"))
            yield PartFile(part, Downloaded(path, len(content), "0" * 64))

    def finish(self) -> dict[str, list[dict[str, Any]]]:
        """The rows of every table."""
        list(self.harvest.items())
        return self.capture.tables

    @property
    def notes(self) -> list[str]:
        return [note for tally in self.context.report.tallies for note in tally.notes]
