"""Events of the national NFS-e: cancellations, confirmations and rejections by the parties, … → rows.

Source: the public schemas tiposEventos_v1.00.xsd and tiposEventos_v1.01.xsd. An event is a file of its own, in which
the environment that registered it has wrapped its author's request. Notes in ABRASF tell of their cancellation
themselves.
"""

import re

from lxml import etree

from sources.kit.formats._documents import EXTRA_FIELD, Record
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import FieldSpec, Layout, TableSpec, moment, text, typed, under
from sources.kit.formats._xml import local_name, parse_xml

TABLE = "nfse_events"
EVENT, REQUEST = "evento", "pedRegEvento"
REGISTERED = f"{EVENT}/infEvento"
REQUESTS = (f"{REGISTERED}/{REQUEST}/infPedReg", f"{REQUEST}/infPedReg")
ACCESS_KEY = re.compile(r"[0-9A-Z]{50}")
DETAIL = re.compile(r"e([0-9]{6})")
"""The element with the details of an event is named after its type."""

CANCELLATIONS = frozenset({"101101", "105102", "105104", "305101"})
"""By the issuer, by substitution, granted after an analysis, and by the municipality ex officio."""

TYPES = (
    *("e101101", "e105102", "e101103", "e105104", "e105105", "e202201", "e203202", "e204203", "e205204"),
    *("e202205", "e203206", "e204207", "e205208", "e305101", "e305102", "e305103"),
)
"""Those of both versions. The details of any other are kept, and its type is read all the same."""


def _asked(*fields: FieldSpec) -> tuple[FieldSpec, ...]:
    """Columns of the request, alone or inside its registration."""
    return tuple(
        field._replace(paths=tuple(f"{request}/{path}" for request in REQUESTS for path in field.paths))
        for field in fields
    )


def _detail(paths: str, name: str, description: str, *, personal: bool = False) -> FieldSpec:
    """A column of the details, whichever type the event is of."""
    places = "|".join(f"{kind}/{path}" for kind in TYPES for path in paths.split("|"))
    return text(places, name, description, personal=personal)


FIELDS = (
    *_asked(text("chNFSe", "access_key", "Access key of the note, 50 characters")),
    FieldSpec(
        "event_type",
        "text",
        "101101 cancellation, 105102 by substitution, 101103 request of one, 105104 granted, 105105 not granted, "
        "202201 to 205204 confirmations, 202205 to 204207 rejections, 205208 rejection annulled, 305101 cancelled, "
        "305102 blocked and 305103 unblocked ex officio",
    ),
    *under(
        REGISTERED,
        typed("nSeqEvento", "sequence", "int", "Sequence of the event of this type, from 1"),
        text("@Id", "event_id", "Id of the event"),
        text(
            "ambGer",
            "issuing_environment",
            "1 the municipality's system, 2 the national one, 3 the shared one",
        ),
        text("nDFSe|nDFe", "national_document_number", "Number of the event in its environment"),
        text("verAplic", "software", "Version of the software that registered it"),
        *moment("dhProc", "registered_at", "When it was registered"),
    ),
    *_asked(
        text("@Id", "request_id", "Id of the request"),
        typed(
            "nPedRegEvento",
            "request_number",
            "int",
            "Layout 1.00: number of the request of this type, from 1",
        ),
        text("tpAmb", "environment", "1 production, 2 homologation"),
        text("verAplic", "request_software", "Version of the software that asked for it"),
        text("CNPJAutor|CPFAutor", "author_tax_id", "CNPJ or CPF of the author", personal=True),
        *moment("dhEvento", "occurred_at", "When it happened"),
        _detail("xDesc", "description", "Event in words"),
        _detail("cMotivo|infRej/cMotivo", "reason_code", "Why, as a code, which each type has its own of"),
        _detail(
            "xMotivo|infRej/xMotivo|infAnRej/xMotivo|xProcAdm",
            "justification",
            "Why, in words",
            personal=True,
        ),
        _detail(
            "chSubstituta", "substitute_access_key", "Access key of the note in the cancelled one's place"
        ),
        _detail(
            "CPFAgTrib|infAnRej/CPFAgTrib", "agent_tax_id", "CPF of the municipality's agent", personal=True
        ),
        _detail("nProcAdm", "administrative_process", "Number of the municipality's administrative process"),
        _detail(
            "idEvManifRej|infAnRej/idEvManifRej|idBloqOfic",
            "referenced_event_id",
            "Id of the rejection that is annulled, or of the block that ends",
        ),
        _detail(
            "codEvento",
            "blocked_event_type",
            "First of the types of event that a block keeps out, as eNNNNNN",
        ),
    ),
    text(f"{EVENT}/@versao", "layout_version", "Version of the event's layout"),
    text(
        f"{REGISTERED}/{REQUEST}/@versao|{REQUEST}/@versao",
        "request_layout_version",
        "Version of the request's layout",
    ),
    FieldSpec("is_registered", "bool", "Whether it is registered; null for a request alone"),
    FieldSpec("is_cancellation", "bool", "Whether it cancels the note; it counts once it is registered"),
    EXTRA_FIELD,
)

NFSE_EVENT = Layout(
    {TABLE: TableSpec("", FIELDS)},
    namespaces=("http://www.sped.fazenda.gov.br/nfse", ""),
    anchors=(EVENT, REQUEST),
)

NFSE_EVENT_TABLES = {name: spec.fields for name, spec in NFSE_EVENT.tables.items()}
"""The columns of the table, in order: what the model, the table and the data dictionary are made from."""


def read_nfse_events(document: bytes | etree._Element) -> list[Record]:
    """The event of a file: a registered ``evento``, or the ``pedRegEvento`` that asks for one.

    An event's key is access key, type and sequence; where a request has only its own number, that is its sequence.
    Raises FormatError when the file is neither, when the access key is missing or is none, when there is no type or
    no number, or when a value is not of its column's type.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    name = local_name(str(root.tag))
    if name not in (EVENT, REQUEST):
        raise FormatError(f"the root element is none of {EVENT} and {REQUEST}")
    record = NFSE_EVENT.read(root, name)
    (header,) = record[TABLE]
    header["event_type"] = _type(root)
    if header["sequence"] is None:
        header["sequence"] = header["request_number"]
    if ACCESS_KEY.fullmatch(header["access_key"] or "") is None:
        raise FormatError(f"{TABLE}: the access key is missing or is none")
    if header["event_type"] is None or header["sequence"] is None:
        raise FormatError(f"{TABLE}: the event has no type or no sequence")
    header["is_registered"] = True if header["registered_at"] is not None else None
    header["is_cancellation"] = header["event_type"] in CANCELLATIONS
    return [record]


def _type(root: etree._Element) -> str | None:
    for request in root.iter("{*}infPedReg", "infPedReg"):
        for child in request:
            found = DETAIL.fullmatch(local_name(str(child.tag)))
            if found is not None:
                return found[1]
    return None
