"""Events of NF-e and CT-e: cancellations, correction letters, manifestations, … → rows of the fiscal tables.

An event changes a document that was authorised before, and comes as a file of its own. Sources: the public
schemas leiauteEvento_v1.00.xsd (NF-e) and eventoCTeTiposBasico_v4.00.xsd (CT-e).
"""

from lxml import etree

from sources.kit.formats._access_key import is_access_key
from sources.kit.formats._documents import EXTRA_FIELD, Record, each_document
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import FieldSpec, Layout, TableSpec, moment, text, typed, under
from sources.kit.formats._xml import parse_xml

REGISTERED = frozenset({"134", "135", "136", "155"})
"""Status of an event that counts: tied to its document (with a warning), not tied yet, after the term."""

CANCELLATIONS = frozenset({"110111", "110112"})
"""Cancellation, and cancellation of an NFC-e by the one that substitutes it."""

NFE_DETAILS = (
    text("detEvento/@versao", "detail_version", "Version of the layout of its details"),
    text("detEvento/descEvento", "description", "Event in words"),
    text("detEvento/nProt", "document_protocol", "Protocol of the invoice that is cancelled"),
    text("detEvento/xJust", "justification", "Why", personal=True),
    text("detEvento/xCorrecao", "correction", "What is corrected", personal=True),
    text("detEvento/xCondUso", "correction_terms", "The legal terms that a correction letter repeats"),
    text(
        "detEvento/chNFeRef", "substitute_access_key", "Access key of the NFC-e in the cancelled one's place"
    ),
)

CTE_DETAILS = (
    text("detEvento/@versaoEvento", "detail_version", "Version of the layout of its details"),
    text("detEvento/*/descEvento", "description", "Event in words"),
    text("detEvento/*/nProt", "document_protocol", "Protocol of the CT-e that is cancelled"),
    text("detEvento/*/xJust|detEvento/*/xObs", "justification", "Why", personal=True),
    text("detEvento/*/indDesacordoOper", "disagreement", "1 when the taker disagrees with the service"),
    text("detEvento/*/xCondUso", "correction_terms", "The legal terms that a correction letter repeats"),
)


def _fields(event: str, answer: str, key: str, details: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
    """The columns of an event: its element, that of the authority's answer, and what names the document."""
    return (
        *under(
            f"{event}/infEvento",
            text(key, "access_key", "Access key of the document, check digit verified"),
            text("tpEvento", "event_type", "110110 correction, 110111 cancellation, 2102xx manifestation, …"),
            typed("nSeqEvento", "sequence", "int", "Sequence of the event of this type, from 1"),
            text("@Id", "event_id", "Id of the event"),
            text("cOrgao", "agency_code", "Agency, IBGE's code; 91 national"),
            text("tpAmb", "environment", "1 production, 2 homologation"),
            text("CNPJ|CPF", "author_tax_id", "CNPJ or CPF of the author", personal=True),
            *moment("dhEvento", "occurred_at", "When it happened"),
            text("verEvento", "event_version", "Version of the event's layout"),
            *details,
        ),
        *under(
            f"{answer}/infEvento",
            text("@Id", "registration_id", "Id of the registration's element"),
            text(key, "registered_access_key", "Access key that the registration names; never another"),
            text("tpEvento", "registered_event_type", "Type of event that the registration names"),
            text("nSeqEvento", "registered_sequence", "Sequence that the registration names"),
            text("tpAmb", "registered_environment", "1 production, 2 homologation"),
            text("cOrgao", "registered_agency_code", "Agency that registered it, IBGE's code"),
            text("verAplic", "software", "Version of the tax authority's software"),
            text("xEvento", "registered_description", "Event in the authority's words"),
            text("nProt", "protocol", "Protocol number of the event"),
            text("cStat", "status_code", "Status: 134 to 136 registered, 155 cancelled late"),
            text("xMotivo", "status_reason", "Status in words"),
            text("CNPJDest|CPFDest", "recipient_tax_id", "CNPJ or CPF of the recipient", personal=True),
            text("emailDest", "recipient_email", "E-mail of the recipient", personal=True),
            *moment("dhRegEvento", "registered_at", "When the tax authority registered it"),
        ),
        text(
            f"@versao|{event}/@versao|{answer}/@versao", "layout_version", "Version of the event's envelope"
        ),
        FieldSpec(
            "is_registered", "bool", "Whether the tax authority registered it; null without its answer"
        ),
        FieldSpec("is_cancellation", "bool", "Whether it is a cancellation; it counts once it is registered"),
        EXTRA_FIELD,
    )


NFE_EVENT = Layout(
    {"nfe_events": TableSpec("", _fields("evento", "retEvento", "chNFe", NFE_DETAILS))},
    namespaces=("http://www.portalfiscal.inf.br/nfe", ""),
    anchors=("procEventoNFe", "envEvento"),
)
CTE_EVENT = Layout(
    {"cte_events": TableSpec("", _fields("eventoCTe", "retEventoCTe", "chCTe", CTE_DETAILS))},
    namespaces=("http://www.portalfiscal.inf.br/cte", ""),
    anchors=("procEventoCTe",),
)

EVENT_TABLES = {name: spec.fields for name, spec in (NFE_EVENT.tables | CTE_EVENT.tables).items()}
"""The columns of each table, in order: what models, tables and the data dictionary are made from."""


def read_nfe_events(document: bytes | etree._Element) -> list[Record]:
    """The events of a file: ``procEventoNFe``, a bare ``evento``, or each one of an ``envEvento`` batch.

    An event's key is access key, type and sequence. Raises FormatError when the file is none of these, when
    the access key is missing or wrong or not the registration's, when there is no type or sequence, or when a
    value is not of its column's type; in a batch one bad event refuses the file.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = each_document(root, ("procEventoNFe",), ("evento",), "envEvento")
    return [_checked(NFE_EVENT.read(element, at), "nfe_events") for element, at in found]


def read_cte_events(document: bytes | etree._Element) -> list[Record]:
    """The event of a file: ``procEventoCTe`` or a bare ``eventoCTe``. Raises FormatError as for an NF-e."""
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = each_document(root, ("procEventoCTe",), ("eventoCTe",), "envEventoCTe")
    return [_checked(CTE_EVENT.read(element, at), "cte_events") for element, at in found]


def _checked(record: Record, table: str) -> Record:
    (header,) = record[table]
    if not is_access_key(header["access_key"] or ""):
        raise FormatError(f"{table}: the access key is missing or its check digit is wrong")
    if header["event_type"] is None or header["sequence"] is None:
        raise FormatError(f"{table}: the event has no type or no sequence")
    if header["registered_access_key"] not in (None, header["access_key"]):
        raise FormatError(f"{table}: the registration is another document's")
    if header["status_code"] is not None:
        header["is_registered"] = header["status_code"] in REGISTERED
    header["is_cancellation"] = header["event_type"] in CANCELLATIONS
    return record
