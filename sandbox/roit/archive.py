"""The files of an export, packed into the zip archives that are its parts."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..core.world import World
from .documents import CANCELLATIONS, Document
from .fiscal.cte import make_cte
from .fiscal.cte_simplified import is_simplified, make_simplified
from .fiscal.nfe import make_cancellation, make_nfe
from .fiscal.nfse import make_nfse
from .fiscal.nfse_events import make_nfse_cancellation
from .skeleton import moment_of

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + b"made up" + bytes.fromhex("ffd9")
PHOTO_EVERY = 5
"""Every so many service invoices come with a photo."""

BROKEN: tuple[tuple[str, bytes], ...] = (
    (
        "quebrado.xml",
        b'<?xml version="1.0"?><nfeProc xmlns="http://www.portalfiscal.inf.br/nfe"><NFe><infNFe',
    ),
    ("pagina.xml", b"<!doctype html><html><body><p>Session expired<br></body></html>"),
    ("vazio.xml", b""),
    ("outro.xml", b'<?xml version="1.0" encoding="UTF-8"?><order xmlns="urn:made-up"><id>1</id></order>'),
    ("binario.xml", bytes(range(256))),
    ("leia-me.txt", "Anotações do fornecedor\n".encode("latin-1")),
)
"""Files that are no fiscal document, or none any more: the option `bad_files`."""


@dataclass(frozen=True)
class File:
    """A file in an archive."""

    path: str
    content: bytes


def files_of(world: World, document: Document, types: Iterable[str]) -> Iterator[File]:
    """The files of a document whose extension is among `types`."""
    facts, wanted = document.facts, set(types)
    name = facts.access_key or f"nfse_{facts.supplier.tax_id}_{facts.number}"
    if ".xml" in wanted:
        if facts.kind == "NFE":
            yield File(f"{name}-nfe.xml", make_nfe(world, facts))
        elif facts.kind == "CTE":
            make_freight = make_simplified if is_simplified(facts) else make_cte
            yield File(f"{name}-cte.xml", make_freight(facts))
        else:
            yield File(f"{name}.xml", make_nfse(facts))
        if document.cancelled:
            make = make_nfse_cancellation if document.is_service else make_cancellation
            yield File(f"{name}-{CANCELLATIONS[facts.kind]}-canc.xml", make(facts))
    if ".pdf" in wanted:
        yield File(f"{name}.pdf", PDF + name.encode())
    if ".jpg" in wanted and document.is_service and document.index % PHOTO_EVERY == 0:
        yield File(f"{name}.jpg", JPEG + name.encode())


def arrange(files: list[tuple[int, File]], per_part: int, bad_files: int) -> list[list[File]]:
    """Files with their `createAt`, spread over parts: every other part with folders, one file twice in each."""
    mixed = [file for _, file in files]
    months = {file.path: moment_of(at).strftime("%Y/%m") for at, file in files}
    for number in range(bad_files):
        name, content = BROKEN[number % len(BROKEN)]
        mixed.insert((number * 7 + 3) % (len(mixed) + 1), File(f"{number:03}_{name}", content))
    parts = [mixed[start : start + per_part] for start in range(0, len(mixed), per_part)]
    arranged = []
    for number, part in enumerate(parts):
        placed = (
            [File(f"{months.get(f.path, 'sem data')}/{f.path}", f.content) for f in part]
            if number % 2
            else part
        )
        # The same file under a second path: exports do that when a document sits in two folders.
        twice = [File(f"copia/{part[0].path}", part[0].content)] if len(part) > 2 else []
        arranged.append([*placed, *twice])
    return arranged


def pack(files: list[File], rng: random.Random) -> bytes:
    """A zip of the files, stored or deflated."""
    buffer = io.BytesIO()
    method = rng.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.path, (2026, 1, 1, 0, 0, 0)), file.content, method)
    return buffer.getvalue()
