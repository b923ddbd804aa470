"""NF-e and NFC-e, layout 4.00, and their events → rows of the fiscal tables."""

from collections.abc import Iterator

from lxml import etree

from sources.kit.formats._access_key import is_access_key
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import FieldSpec, Layout, Row, TableSpec, decimal, moment, text, typed, under
from sources.kit.formats._nfe_header import HEADER_FIELDS
from sources.kit.formats._nfe_items import EXTRA_FIELD, ICMS, OTHER_TAXES, PARENT_KEY, POSITION, PRODUCT
from sources.kit.formats._nfe_reform import IBS_AND_CBS, SELECTIVE_TAX
from sources.kit.formats._xml import local_name, parse_xml

Record = dict[str, list[Row]]
"""The rows of one document by table; the header table has exactly one."""

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
        text("detEvento/descEvento", "description", "Event in words"),
        text("detEvento/nProt", "invoice_protocol", "Protocol of the invoice that is cancelled"),
        text("detEvento/xJust", "justification", "Why", personal=True),
        text("detEvento/xCorrecao", "correction", "What is corrected", personal=True),
    ),
    *under(
        "retEvento/infEvento",
        text("nProt", "protocol", "Protocol number of the event"),
        text("cStat", "status_code", "Status: 135 and 136 registered, 155 cancelled late"),
        text("xMotivo", "status_reason", "Status in words"),
        *moment("dhRegEvento", "registered_at", "When the tax authority registered it"),
    ),
    EXTRA_FIELD,
)

NFE = Layout(
    {
        "nfe": TableSpec("", HEADER_FIELDS),
        "nfe__items": TableSpec(
            "NFe/infNFe/det",
            (PARENT_KEY, POSITION, *PRODUCT, *ICMS, *OTHER_TAXES, *IBS_AND_CBS, *SELECTIVE_TAX, EXTRA_FIELD),
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
NFE_EVENT = Layout({"nfe_event": TableSpec("", EVENT)}, NAMESPACES, anchors=("procEventoNFe", "envEvento"))

NFE_TABLES = {name: spec.fields for name, spec in (NFE.tables | NFE_EVENT.tables).items()}
"""The columns of each table, in order: what models, tables and the data dictionary are made from."""


def read_nfe(document: bytes | etree._Element) -> list[Record]:
    """The invoices of a file: ``nfeProc``, a bare ``NFe``, or each one of an ``enviNFe`` batch.

    Raises FormatError when it is none of these, when an access key is missing or wrong or not the
    protocol's, or when a value is not of its column's type; in a batch one bad invoice refuses the file.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    return [
        _checked(NFE.read(element, at), "nfe") for element, at in _each(root, "nfeProc", "NFe", "enviNFe")
    ]


def read_nfe_events(document: bytes | etree._Element) -> list[Record]:
    """The events of a file: ``procEventoNFe``, a bare ``evento``, or each one of an ``envEvento`` batch.

    Raises FormatError as ``read_nfe`` does. An event's key is access key, type and sequence.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = _each(root, "procEventoNFe", "evento", "envEvento")
    return [_checked(NFE_EVENT.read(element, at), "nfe_event") for element, at in found]


def _each(root: etree._Element, whole: str, part: str, batch: str) -> Iterator[tuple[etree._Element, str]]:
    """The documents under ``root``, each with its place in the layout."""
    name = local_name(str(root.tag))
    if name == whole:
        yield root, ""
    elif name == part:
        yield root, part
    elif name == batch:
        yield from ((child, part) for child in root if local_name(str(child.tag)) == part)
    else:
        raise FormatError(f"the root element is none of {whole}, {part} and {batch}")


def _checked(record: Record, table: str) -> Record:
    (header,) = record[table]
    key = header["access_key"] = (header["access_key"] or "").removeprefix(ID_PREFIX)
    if not is_access_key(key):
        raise FormatError(f"{table}: the access key is missing or its check digit is wrong")
    if header.get("protocol__access_key") not in (None, key):
        raise FormatError(f"{table}: the protocol is another invoice's")
    for name, rows in record.items():
        if name != table:
            for position, row in enumerate(rows):
                row["nfe_access_key"], row["position"] = key, position
    return record
