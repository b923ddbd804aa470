"""NF-e and NFC-e, layout 4.00 → rows of the fiscal tables."""

from lxml import etree

from sources.kit.formats._access_key import is_access_key
from sources.kit.formats._documents import EXTRA_FIELD, POSITION, Record, each_document, number_lists
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import FieldSpec, Layout, TableSpec, decimal, text, typed, under
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

NFE_TABLES = {name: spec.fields for name, spec in NFE.tables.items()}
"""The columns of each table, in order: what models, tables and the data dictionary are made from."""


def read_nfe(document: bytes | etree._Element) -> list[Record]:
    """The invoices of a file: ``nfeProc``, a bare ``NFe``, or each one of an ``enviNFe`` batch.

    Raises FormatError when it is none of these, when an access key is missing or wrong or not the
    protocol's, or when a value is not of its column's type; in a batch one bad invoice refuses the file.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = each_document(root, ("nfeProc",), ("NFe",), "enviNFe")
    return [_invoice(NFE.read(element, at)) for element, at in found]


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
