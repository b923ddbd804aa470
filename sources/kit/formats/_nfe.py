"""NF-e and NFC-e, layout 4.00, and their events → rows of the fiscal tables."""

from lxml import etree

from sources.kit.formats._access_key import is_access_key
from sources.kit.formats._documents import EXTRA_FIELD, POSITION, Record, each_document, number_lists
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import FieldSpec, Layout, TableSpec, decimal, moment, text, typed, under
from sources.kit.formats._nfe_header import HEADER_FIELDS
from sources.kit.formats._nfe_items import ICMS, OTHER_TAXES, PARENT_KEY, PRODUCT
from sources.kit.formats._nfe_reform import SELECTIVE_TAX, ibs_and_cbs
from sources.kit.formats._xml import parse_xml

ID_PREFIX = "NFe"
NAMESPACES = ("http://www.portalfiscal.inf.br/nfe", "")

PAYMENTS = (
    text("indPag", "term", "0 at sight, 1 on term"),
    text("tPag", "method", "Means: 01 cash, 03 credit card, 15 boleto, 17 and 20 PIX, 90 none, …"),
    text("xPag", "method_description", "Means in words"),
    decimal("vPag", "value", "Amount"),
    typed("dPag", "paid_on", "date", "When it was paid"),
    text("CNPJPag", "establishment_tax_id", "CNPJ of the establishment that took the payment"),
    text("UFPag", "establishment_state", "State of that establishment"),
    *under(
        "card",
        text("tpIntegra", "integration_type", "1 integrated with the till, 2 not"),
        text("CNPJ", "institution_tax_id", "CNPJ of the payment institution"),
        text("tBand", "brand", "Brand of the card"),
        text("cAut", "authorization", "Authorisation of the transaction"),
        text("CNPJReceb", "beneficiary_tax_id", "CNPJ of the beneficiary"),
        text("idTermPag", "terminal", "Payment terminal"),
        prefix="card__",
    ),
)

INSTALLMENTS = (
    text("nDup", "number", "Number of the installment"),
    typed("dVenc", "due_date", "date", "Due date"),
    decimal("vDup", "value", "Amount"),
)

REFERENCES = (
    text("refNFe|refNFeSig|refCTe", "referenced_access_key", "Access key of the NF-e or CT-e referred to"),
    text("refNF/cUF|refNFP/cUF", "state_code", "Paper invoice: state, IBGE's code"),
    text("refNF/AAMM|refNFP/AAMM", "issue_month", "Paper invoice: year and month, YYMM"),
    FieldSpec(
        "issuer_tax_id",
        "text",
        "Paper invoice: CNPJ or CPF",
        True,
        ("refNF/CNPJ", "refNFP/CNPJ", "refNFP/CPF"),
    ),
    text("refNFP/IE", "issuer_state_registration", "Paper invoice: state registration", personal=True),
    text("refNF/mod|refNFP/mod|refECF/mod", "model", "Model of the paper invoice or coupon"),
    text("refNF/serie|refNFP/serie", "series", "Paper invoice: series"),
    text("refNF/nNF|refNFP/nNF", "number", "Paper invoice: number"),
    text("refECF/nECF", "coupon_printer", "Fiscal coupon: number of the printer"),
    text("refECF/nCOO", "coupon_number", "Fiscal coupon: number"),
)

SITUATIONS = {
    "authorised": frozenset({"100", "150"}),
    "cancelled": frozenset({"101", "151", "155"}),
    "denied": frozenset({"110", "205", "301", "302", "303"}),
}
"""What the status of a protocol says of the invoice. Source: Manual de Orientação do Contribuinte, Anexo I."""

REGISTERED = frozenset({"135", "136", "155"})
"""Status of an event that counts: tied to its invoice, not tied yet, registered after the term."""

CANCELLATIONS = frozenset({"110111", "110112"})
"""Cancellation, and cancellation of an NFC-e by the one that substitutes it."""

EVENT = (
    *under(
        "evento/infEvento",
        text("chNFe", "access_key", "Access key of the invoice, check digit verified"),
        text("tpEvento", "event_type", "110110 correction, 110111 cancellation, 2102xx manifestation, …"),
        typed("nSeqEvento", "sequence", "int", "Sequence of the event of this type, from 1"),
        text("@Id", "event_id", "Id of the event"),
        text("cOrgao", "agency_code", "Agency, IBGE's code; 91 national"),
        text("tpAmb", "environment", "1 production, 2 homologation"),
        text("CNPJ|CPF", "author_tax_id", "CNPJ or CPF of the author", personal=True),
        *moment("dhEvento", "occurred_at", "When it happened"),
        text("verEvento", "event_version", "Version of the event's layout"),
        text("detEvento/@versao", "detail_version", "Version of the layout of its details"),
        text("detEvento/descEvento", "description", "Event in words"),
        text("detEvento/nProt", "invoice_protocol", "Protocol of the invoice that is cancelled"),
        text("detEvento/xJust", "justification", "Why", personal=True),
        text("detEvento/xCorrecao", "correction", "What is corrected", personal=True),
        text("detEvento/xCondUso", "correction_terms", "The legal terms that a correction letter repeats"),
        text(
            "detEvento/chNFeRef",
            "substitute_access_key",
            "Access key of the NFC-e that takes the cancelled one's place",
        ),
    ),
    *under(
        "retEvento/infEvento",
        text("@Id", "registration_id", "Id of the registration's element"),
        text("chNFe", "registered_access_key", "Access key that the registration names; never another"),
        text("tpEvento", "registered_event_type", "Type of event that the registration names"),
        text("nSeqEvento", "registered_sequence", "Sequence that the registration names"),
        text("tpAmb", "registered_environment", "1 production, 2 homologation"),
        text("cOrgao", "registered_agency_code", "Agency that registered it, IBGE's code"),
        text("verAplic", "software", "Version of the tax authority's software"),
        text("xEvento", "registered_description", "Event in the authority's words"),
        text("nProt", "protocol", "Protocol number of the event"),
        text("cStat", "status_code", "Status: 135 and 136 registered, 155 cancelled late"),
        text("xMotivo", "status_reason", "Status in words"),
        text("CNPJDest|CPFDest", "recipient_tax_id", "CNPJ or CPF of the recipient", personal=True),
        text("emailDest", "recipient_email", "E-mail of the recipient", personal=True),
        *moment("dhRegEvento", "registered_at", "When the tax authority registered it"),
    ),
    text("@versao|evento/@versao|retEvento/@versao", "layout_version", "Version of the event's envelope"),
    FieldSpec("is_registered", "bool", "Whether the tax authority registered it; null without its answer"),
    FieldSpec("is_cancellation", "bool", "Whether it is a cancellation; it counts once it is registered"),
    EXTRA_FIELD,
)

NFE = Layout(
    {
        "nfe": TableSpec("", HEADER_FIELDS),
        "nfe__items": TableSpec(
            "NFe/infNFe/det",
            (
                PARENT_KEY,
                POSITION,
                *PRODUCT,
                *ICMS,
                *OTHER_TAXES,
                *ibs_and_cbs("imposto/IBSCBS"),
                *SELECTIVE_TAX,
                EXTRA_FIELD,
            ),
        ),
        "nfe__payments": TableSpec("NFe/infNFe/pag/detPag", (PARENT_KEY, POSITION, *PAYMENTS, EXTRA_FIELD)),
        "nfe__installments": TableSpec(
            "NFe/infNFe/cobr/dup", (PARENT_KEY, POSITION, *INSTALLMENTS, EXTRA_FIELD)
        ),
        "nfe__references": TableSpec(
            "NFe/infNFe/ide/NFref", (PARENT_KEY, POSITION, *REFERENCES, EXTRA_FIELD)
        ),
    },
    namespaces=NAMESPACES,
    anchors=("nfeProc", "enviNFe", "infNFe", "det", "detPag", "dup", "NFref"),
)
NFE_EVENT = Layout({"nfe_events": TableSpec("", EVENT)}, NAMESPACES, anchors=("procEventoNFe", "envEvento"))

NFE_TABLES = {name: spec.fields for name, spec in (NFE.tables | NFE_EVENT.tables).items()}
"""The columns of each table, in order: what models, tables and the data dictionary are made from."""


def read_nfe(document: bytes | etree._Element) -> list[Record]:
    """The invoices of a file: ``nfeProc``, a bare ``NFe``, or each one of an ``enviNFe`` batch.

    Raises FormatError when it is none of these, when an access key is missing or wrong or not the
    protocol's, or when a value is not of its column's type; in a batch one bad invoice refuses the file.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = each_document(root, ("nfeProc",), ("NFe",), "enviNFe")
    return [_invoice(NFE.read(element, at)) for element, at in found]


def read_nfe_events(document: bytes | etree._Element) -> list[Record]:
    """The events of a file: ``procEventoNFe``, a bare ``evento``, or each one of an ``envEvento`` batch.

    Raises FormatError as ``read_nfe`` does. An event's key is access key, type and sequence.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = each_document(root, ("procEventoNFe",), ("evento",), "envEvento")
    return [_event(NFE_EVENT.read(element, at)) for element, at in found]


def _invoice(record: Record) -> Record:
    (header,) = record["nfe"]
    key = header["access_key"] = (header["access_key"] or "").removeprefix(ID_PREFIX)
    if not is_access_key(key):
        raise FormatError("nfe: the access key is missing or its check digit is wrong")
    if header["protocol__access_key"] not in (None, key):
        raise FormatError("nfe: the protocol is another invoice's")
    status = header["protocol__status_code"]
    header["situation"] = next((name for name, codes in SITUATIONS.items() if status in codes), None)
    return number_lists(record, PARENT_KEY.name, key)


def _event(record: Record) -> Record:
    (header,) = record["nfe_events"]
    if not is_access_key(header["access_key"] or ""):
        raise FormatError("nfe_events: the access key is missing or its check digit is wrong")
    if header["event_type"] is None or header["sequence"] is None:
        raise FormatError("nfe_events: the event has no type or no sequence")
    if header["registered_access_key"] not in (None, header["access_key"]):
        raise FormatError("nfe_events: the registration is another invoice's")
    if header["status_code"] is not None:
        header["is_registered"] = header["status_code"] in REGISTERED
    header["is_cancellation"] = header["event_type"] in CANCELLATIONS
    return record
