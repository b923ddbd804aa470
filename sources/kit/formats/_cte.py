"""CT-e (model 57) and CT-e OS (model 67), layout 4.00 → rows of the fiscal tables.

A simplified CT-e is read as well. It has a price, its components and the documents by delivery (``det``): they
fill the same tables as those of other CT-e, with the number of their delivery.
"""

from lxml import etree

from sources.kit.formats._access_key import is_access_key
from sources.kit.formats._cte_header import HEADER_FIELDS, INFO
from sources.kit.formats._documents import EXTRA_FIELD, POSITION, Record, each_document, number_lists
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import FieldSpec, Layout, Row, TableSpec, decimal, text, typed
from sources.kit.formats._xml import parse_xml

ID_PREFIX = "CTe"
NAMESPACES = ("http://www.portalfiscal.inf.br/cte", "")
MODEL_IN_KEY = slice(20, 22)
PARENT_KEY = FieldSpec("cte_access_key", "text", "Access key of the CT-e")
TAKERS = {"0": "sender", "1": "dispatcher", "2": "receiver", "3": "recipient"}
"""Who takes the service, by the code of his role; under 4 he is named by himself."""

DELIVERY = typed(
    "^det/@nItem", "delivery_number", "int", "Simplified CT-e: number of the delivery that it belongs to"
)

DELIVERIES = (
    typed("@nItem", "number", "int", "Number of the delivery, from 1"),
    text("cMunIni", "origin__municipality_code", "Where it begins: municipality, IBGE's code"),
    text("xMunIni", "origin__municipality", "Where it begins: municipality, name"),
    text("cMunFim", "destination__municipality_code", "Where it ends: municipality, IBGE's code"),
    text("xMunFim", "destination__municipality", "Where it ends: municipality, name"),
    decimal("vPrest", "service_value", "Value of the service"),
    decimal("vRec", "receivable_value", "Amount to be received"),
)

DOCUMENTS = (
    text("chave|chNFe", "access_key", "Access key of the NF-e or DC-e that is carried"),
    text("mod", "model", "Model of the document: 55 NF-e, 99 DC-e, others on paper"),
    text(
        "tpDoc", "type_code", "Other documents: 00 declaration, 10 pipeline, 59 CF-e SAT, 65 NFC-e, 99 others"
    ),
    text("descOutros", "description", "Other documents: what it is"),
    text("serie", "series", "Paper invoice: series"),
    text("nDoc", "number", "Number, of what has no access key"),
    typed("dEmi", "issued_on", "date", "Date of issue, of what has no access key"),
    decimal("vBC", "icms_base", "Paper invoice: ICMS base"),
    decimal("vICMS", "icms_value", "Paper invoice: ICMS"),
    decimal("vBCST", "icms_st_base", "Paper invoice: base of the ICMS by substitution"),
    decimal("vST", "icms_st_value", "Paper invoice: ICMS by substitution"),
    decimal("vProd", "products_value", "Paper invoice: products"),
    decimal("vNF|vDocFisc", "value", "Value, of what has no access key"),
    text("nCFOP", "cfop", "Paper invoice: predominant operation code"),
    decimal("nPeso", "weight", "Paper invoice: weight in kg"),
    text("nRoma", "manifest_number", "Paper invoice: manifest"),
    text("nPed", "purchase_order", "Paper invoice: purchase order"),
    text("PIN", "suframa_pin", "SUFRAMA's PIN"),
    typed("dPrev", "expected_delivery_date", "date", "When delivery is expected"),
    DELIVERY,
)
"""One row for each document carried, of whichever of the layout's four kinds."""

PREVIOUS = (
    text("chCTe", "access_key", "Access key of the earlier CT-e"),
    text("tpDoc", "type_code", "Paper: type of document"),
    text("serie", "series", "Paper: series"),
    text("subser", "subseries", "Paper: subseries"),
    text("nDoc", "number", "Paper: number"),
    typed("dEmi", "issued_on", "date", "Paper: date of issue"),
    text(
        "tpPrest",
        "provision_type",
        "Simplified CT-e: 1 all of the earlier one's invoices are carried, 2 some",
    ),
    DELIVERY,
)

COMPONENTS = (
    text("xNome", "name", "Component of the price, in the issuer's words: FRETE PESO, PEDAGIO, …"),
    decimal("vComp", "value", "Amount"),
    DELIVERY,
)

QUANTITIES = (
    text("cUnid", "unit_code", "00 m³, 01 kg, 02 tonne, 03 unit, 04 litre, 05 MMBTU"),
    text("tpMed", "measure", "What is measured, in the issuer's words: PESO BRUTO, CAIXAS, …"),
    decimal("qCarga", "quantity", "Quantity"),
)

INSTALLMENTS = (
    text("nDup", "number", "Number of the installment"),
    typed("dVenc", "due_date", "date", "Due date"),
    decimal("vDup", "value", "Amount"),
)

COMPLEMENTS = (text("chCTe", "access_key", "Access key of the CT-e whose value this one completes"),)


def _list(paths: str, fields: tuple[FieldSpec, ...]) -> TableSpec:
    places = "|".join(f"{INFO}/{path}" for path in paths.split("|"))
    return TableSpec(places, (PARENT_KEY, POSITION, *fields, EXTRA_FIELD))


CTE = Layout(
    {
        "cte": TableSpec("", HEADER_FIELDS),
        "cte__documents": _list(
            "infCTeNorm/infDoc/*|det/infNFe|det/infDocAnt/infNFeTranspParcial", DOCUMENTS
        ),
        "cte__previous_documents": _list("infCTeNorm/docAnt/emiDocAnt/idDocAnt/*|det/infDocAnt", PREVIOUS),
        "cte__components": _list("vPrest/Comp|det/Comp", COMPONENTS),
        "cte__quantities": _list("infCTeNorm/infCarga/infQ|infCarga/infQ", QUANTITIES),
        "cte__installments": _list("infCTeNorm/cobr/dup|cobr/dup", INSTALLMENTS),
        "cte__complements": _list("infCteComp", COMPLEMENTS),
        "cte__deliveries": _list("det", DELIVERIES),
    },
    namespaces=NAMESPACES,
    anchors=(
        *("cteProc", "cteOSProc", "cteSimpProc", "enviCTe", "infCte", "infDoc", "idDocAnt", "infQ", "dup"),
        "det",
    ),
)

CTE_TABLES = {name: spec.fields for name, spec in CTE.tables.items()}
"""The columns of each table, in order: what models, tables and the data dictionary are made from."""


def read_cte(document: bytes | etree._Element) -> list[Record]:
    """The CT-e of a file: ``cteProc``, a bare ``CTe``, the same of a CT-e OS or a simplified one, or a batch.

    Raises FormatError when it is none of these, when an access key is missing or wrong or not the
    protocol's, or when a value is not of its column's type; in a batch one bad document refuses the file.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    found = each_document(
        root, ("cteProc", "cteOSProc", "cteSimpProc"), ("CTe", "CTeOS", "CTeSimp"), "enviCTe", at="*"
    )
    return [_checked(CTE.read(element, at)) for element, at in found]


def _checked(record: Record) -> Record:
    (header,) = record["cte"]
    key = header["access_key"] = (header["access_key"] or "").removeprefix(ID_PREFIX)
    if not is_access_key(key):
        raise FormatError("cte: the access key is missing or its check digit is wrong")
    if header["protocol__access_key"] not in (None, key):
        raise FormatError("cte: the protocol is another document's")
    _name_taker(header)
    for row in record["cte__documents"]:
        if row["model"] is None and row["access_key"] is not None:
            row["model"] = row["access_key"][MODEL_IN_KEY]
    return number_lists(record, PARENT_KEY.name, key)


def _name_taker(header: Row) -> None:
    """A taker that is one of the parties is only pointed to: his columns are filled from theirs."""
    party = TAKERS.get(header["taker__role"])
    if party is None:
        return
    for column in [name for name in header if name.startswith(f"{party}__")]:
        own = f"taker__{column.removeprefix(f'{party}__')}"
        if own in header and header[own] is None:
            header[own] = header[column]
