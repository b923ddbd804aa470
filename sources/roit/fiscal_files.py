"""The fiscal documents inside a file of an export: which reader and which table each kind of XML has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from sources.kit.formats import (
    FormatError,
    Kind,
    Member,
    kind,
    parse_xml,
    read_cte,
    read_cte_events,
    read_nfe,
    read_nfe_events,
    read_nfse,
    read_nfse_events,
)
from sources.kit.tables import Record

from .models import Cte, CteEvent, Nfe, NfeEvent, Nfse, NfseEvent, document_record

Reader = Callable[[etree._Element], list[dict[str, Any]]]

READERS: Mapping[Kind, tuple[type[Record], Reader]] = {
    "nfe": (Nfe, read_nfe),
    "nfe_event": (NfeEvent, read_nfe_events),
    "cte": (Cte, read_cte),
    "cte_event": (CteEvent, read_cte_events),
    "nfse_national": (Nfse, read_nfse),
    "nfse_abrasf": (Nfse, read_nfse),
    "nfse_event": (NfseEvent, read_nfse_events),
}
MODELS = (Nfe, NfeEvent, Cte, CteEvent, Nfse, NfseEvent)
XML = "application/xml"
ACCESS_KEY_LENGTH = 44


@dataclass(frozen=True)
class Documents:
    """What a file holds.

    Args:
        model: the table that its documents belong to; ``None`` for a file that is not parsed, or cannot be.
        records: its documents, as their model decodes them.
        access_key: that of its NF-e or CT-e, or of the one that its event is about.
        refused: why the file is not what it says. Then it has no records.
        is_unknown: it is XML of a kind that is not read.
    """

    model: type[Record] | None = None
    records: list[bytes] = field(default_factory=list)
    access_key: str | None = None
    refused: str | None = None
    is_unknown: bool = False


def is_xml(member: Member) -> bool:
    """By its bytes or by its name: a name that promises XML is held to it."""
    return member.content_type == XML or member.path.lower().endswith(".xml")


def read_documents(member: Member) -> Documents:
    """The documents of a file. Raises nothing: whatever is wrong with the file is said in ``refused``."""
    if not is_xml(member):
        return Documents()
    model: type[Record] | None = None
    try:
        root = parse_xml(member.content)
        found = kind(root)
        if found is None or found not in READERS:
            return Documents(is_unknown=True)
        model, read = READERS[found]
        parsed = read(root)
    except FormatError as error:
        return Documents(model, refused=str(error))
    return Documents(model, [document_record(rows) for rows in parsed], _access_key(parsed))


def _access_key(parsed: list[dict[str, Any]]) -> str | None:
    for rows in parsed:
        header = next(iter(rows.values()))[0]
        key: str | None = header.get("access_key")
        # that of a national NFS-e is longer, and is a column of the note alone
        if key is not None and len(key) == ACCESS_KEY_LENGTH:
            return key
    return None
