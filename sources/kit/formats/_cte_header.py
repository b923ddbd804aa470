"""CT-e layout 4.00, models 57 and 67: the columns of the document itself.

Source: the public schemas cteTiposBasico_v4.00.xsd and procCTe_v4.00.xsd, with the tax reform's groups. The
element that holds it is ``CTe``, ``CTeOS`` or ``CTeSimp``, so paths begin with ``*``. Codes stay codes, as
text. Amounts are in reais, rates in per cent.
"""

from sources.kit.formats._documents import EXTRA_FIELD
from sources.kit.formats._layout import FieldSpec, decimal, moment, text, typed, under
from sources.kit.formats._nfe_reform import ibs_and_cbs

INFO = "*/infCte"


def _party(path: str, address: str, who: str) -> tuple[FieldSpec, ...]:
    return under(
        path,
        text("CNPJ|CPF", "tax_id", f"CNPJ or CPF of the {who}", personal=True),
        text("xNome", "name", f"Registered name of the {who}", personal=True),
        text("xFant", "trade_name", f"Trade name of the {who}", personal=True),
        text("IE", "state_registration", f"State registration (IE) of the {who}", personal=True),
        text(f"{address}/xLgr", "street", "Street", personal=True),
        text(f"{address}/nro", "street_number", "Number in the street", personal=True),
        text(f"{address}/xCpl", "address_complement", "Complement of the address", personal=True),
        text(f"{address}/xBairro", "district", "District", personal=True),
        text(f"{address}/cMun", "municipality_code", "Municipality, IBGE's code"),
        text(f"{address}/xMun", "municipality", "Municipality, name"),
        text(f"{address}/UF", "state", "State, two letters; EX abroad"),
        text(f"{address}/CEP", "postal_code", "Postal code (CEP)", personal=True),
        text(f"{address}/cPais", "country_code", "Country, Banco Central's code"),
        text(f"{address}/xPais", "country", "Country, name"),
        text(f"fone|{address}/fone", "phone", "Telephone", personal=True),
        text("email", "email", "E-mail", personal=True),
        prefix=f"{who}__",
    )


IDENTIFICATION = (
    text(f"{INFO}/@Id", "access_key", "Access key: 44 characters, check digit verified"),
    text(f"{INFO}/@versao|@versao|protCTe/@versao", "layout_version", "Version of the layout"),
    *under(
        f"{INFO}/ide",
        text("cUF", "state_code", "State of the issuer, IBGE's code"),
        text("cCT", "numeric_code", "Random number inside the access key"),
        text("CFOP", "cfop", "Operation code (CFOP)"),
        text("natOp", "operation_nature", "Nature of the operation, in the issuer's words"),
        text("mod", "model", "Model: 57 CT-e, 67 CT-e OS"),
        text("serie", "series", "Series"),
        text("nCT", "number", "Number"),
        *moment("dhEmi", "issued_at", "When it was issued"),
        text("tpImp", "print_format", "Format of the printed form"),
        text("tpEmis", "emission_type", "1 normal, others contingency"),
        text("cDV", "check_digit", "Check digit as written beside the key"),
        text("tpAmb", "environment", "1 production, 2 homologation"),
        text(
            "tpCTe", "document_type", "0 normal, 1 complement of values, 3 substitution, 5 and 6 simplified"
        ),
        text("procEmi", "issuing_process", "Whose software issued it"),
        text("verProc", "issuing_software", "Version of the issuing software"),
        typed(
            "indGlobalizado", "is_globalised", "bool", "Whether one CT-e covers many senders or recipients"
        ),
        text("modal", "modal", "01 road, 02 air, 03 water, 04 rail, 05 pipeline, 06 several"),
        text(
            "tpServ", "service_type", "0 normal, 1 subcontract, 2 and 3 redispatch, 4 multimodal; 6 to 8 OS"
        ),
        text("cMunEnv", "sent_from__municipality_code", "Where it was sent from: municipality, IBGE's code"),
        text("xMunEnv", "sent_from__municipality", "Where it was sent from: municipality, name"),
        text("UFEnv", "sent_from__state", "Where it was sent from: state"),
        text("cMunIni", "origin__municipality_code", "Where the transport begins: municipality, IBGE's code"),
        text("xMunIni", "origin__municipality", "Where the transport begins: municipality, name"),
        text("UFIni", "origin__state", "Where the transport begins: state"),
        text("cMunFim", "destination__municipality_code", "Where it ends: municipality, IBGE's code"),
        text("xMunFim", "destination__municipality", "Where it ends: municipality, name"),
        text("UFFim", "destination__state", "Where it ends: state"),
        text("retira", "pickup", "Whether the receiver fetches the cargo: 0 yes, 1 no"),
        text("xDetRetira", "pickup_details", "Details of that", personal=True),
        *moment("dhCont", "contingency_at", "When contingency began"),
        text("xJust", "contingency_reason", "Why contingency was used"),
        text("gCompraGov/tpEnteGov", "government__entity_type", "Government purchase: kind of entity"),
        decimal("gCompraGov/pRedutor", "government__rate_reduction", "Government purchase: rate reduction"),
        text("gCompraGov/tpOperGov", "government__operation_type", "Government purchase: kind of operation"),
    ),
    text(
        f"{INFO}/ide/indIEToma|{INFO}/toma/indIEToma",
        "taker_taxpayer_type",
        "1 ICMS taxpayer, 2 exempt, 9 not a taxpayer",
    ),
)

PARTIES = (
    *_party(f"{INFO}/emit", "enderEmit", "issuer"),
    text(f"{INFO}/emit/IEST", "issuer__substitute_state_registration", "State registration as substitute"),
    text(f"{INFO}/emit/CRT", "issuer__tax_regime", "1 Simples, 2 Simples over the limit, 3 normal, 4 MEI"),
    *_party(f"{INFO}/rem", "enderReme", "sender"),
    *_party(f"{INFO}/exped", "enderExped", "dispatcher"),
    *_party(f"{INFO}/receb", "enderReceb", "receiver"),
    *_party(f"{INFO}/dest", "enderDest", "recipient"),
    text(f"{INFO}/toma/ISUF", "taker__suframa_registration", "SUFRAMA registration, of a simplified CT-e"),
    text(f"{INFO}/dest/ISUF", "recipient__suframa_registration", "SUFRAMA registration"),
    text(
        f"{INFO}/ide/toma3/toma|{INFO}/ide/toma4/toma|{INFO}/toma/toma",
        "taker__role",
        "Who takes (and pays) the service: 0 sender, 1 dispatcher, 2 receiver, 3 recipient, 4 another; "
        "for roles 0 to 3 the taker's columns are those of that party",
    ),
    *(
        field._replace(paths=(*field.paths, *(p.replace("ide/toma4", "toma") for p in field.paths)))
        for field in _party(f"{INFO}/ide/toma4", "enderToma", "taker")
    ),
)

VALUES = (
    decimal(f"{INFO}/vPrest/vTPrest|{INFO}/total/vTPrest", "total__service_value", "Value of the service"),
    decimal(f"{INFO}/vPrest/vTPrestLiq", "total__net_of_taxes_value", "Value of the service without taxes"),
    decimal(f"{INFO}/vPrest/vRec|{INFO}/total/vTRec", "total__receivable_value", "Amount to be received"),
    decimal(
        f"{INFO}/imp/vTotDFe|{INFO}/total/vTotDFe",
        "total__document_value",
        "Total of the document with IBS and CBS",
    ),
    decimal(f"{INFO}/imp/vTotTrib", "total__taxes_estimate", "All taxes, estimated for the consumer"),
)

TAXES = (
    *under(
        f"{INFO}/imp/ICMS/*",
        text("CST", "cst", "Tax situation"),
        decimal("vBC|vBCOutraUF", "base", "Base"),
        decimal("pRedBC|pRedBCOutraUF", "base_reduction", "Reduction of the base"),
        decimal("pICMS|pICMSOutraUF", "rate", "Rate"),
        decimal("vICMS|vICMSOutraUF", "value", "Tax; of another state than the issuer's under CST 90"),
        decimal("vICMSDeson", "relieved_value", "Tax relieved"),
        text("cBenef", "benefit_code", "State tax benefit"),
        decimal("vBCSTRet", "st_withheld_base", "Substitution, withheld before: base"),
        decimal("pICMSSTRet", "st_withheld_rate", "Substitution, withheld before: rate"),
        decimal("vICMSSTRet", "st_withheld_value", "Substitution, withheld before: tax"),
        decimal("vCred", "presumed_credit_value", "Presumed credit"),
        typed("indSN", "is_simples", "bool", "Whether the issuer is in the Simples Nacional"),
        decimal("vICMSPrevisto", "expected_value", "Tax expected at a supply that is paid in advance"),
        prefix="icms_",
    ),
    *under(
        f"{INFO}/imp/ICMSUFFim",
        decimal("vBCUFFim", "base", "Service to a consumer in another state: base"),
        decimal("pFCPUFFim", "fcp_rate", "… rate of the poverty fund (FCP)"),
        decimal("pICMSUFFim", "rate", "… rate inside the destination's state"),
        decimal("pICMSInter", "interstate_rate", "… rate between the states"),
        decimal("vFCPUFFim", "fcp_value", "… FCP of the destination"),
        decimal("vICMSUFFim", "value", "… tax of the destination"),
        decimal("vICMSUFIni", "origin_value", "… tax of the origin"),
        prefix="icms_destination_",
    ),
    *under(
        f"{INFO}/imp/infTribFed",
        decimal("vPIS", "pis_value", "CT-e OS: PIS"),
        decimal("vCOFINS", "cofins_value", "CT-e OS: COFINS"),
        decimal("vIR", "irrf_value", "CT-e OS: income tax"),
        decimal("vINSS", "inss_value", "CT-e OS: social security"),
        decimal("vCSLL", "csll_value", "CT-e OS: CSLL"),
        prefix="federal__",
    ),
    *ibs_and_cbs(f"{INFO}/imp/IBSCBS"),
)

_NORMAL = under(
    f"{INFO}/infCTeNorm",
    decimal("infCarga/vCarga", "cargo__value", "Value of the cargo"),
    text("infCarga/proPred", "cargo__product", "Predominant product"),
    text("infCarga/xOutCat", "cargo__other_characteristics", "Other characteristics of the cargo"),
    decimal("infCarga/vCargaAverb", "cargo__insured_value", "Value of the cargo for its insurance"),
    text("infServico/xDescServ", "service__description", "CT-e OS: the service"),
    decimal("infServico/infQ/qCarga", "service__quantity", "CT-e OS: quantity carried"),
    text("infModal/@versaoModal", "modal_version", "Version of the modal's layout"),
    text("infModal/rodo/RNTRC", "road__carrier_registration", "Road: registration of the carrier (RNTRC)"),
    text("infCteSub/chCte", "substituted_access_key", "Access key of the CT-e that this one replaces"),
    text("refCTeCanc", "cancelled_access_key", "CT-e OS: access key of the cancelled CT-e it refers to"),
    text("cobr/fat/nFat", "invoice__number", "Number of the bill"),
    decimal("cobr/fat/vOrig", "invoice__original_value", "Bill before discount"),
    decimal("cobr/fat/vDesc", "invoice__discount_value", "Discount of the bill"),
    decimal("cobr/fat/vLiq", "invoice__net_value", "Bill after discount"),
)

CARGO_AND_BILLING = tuple(
    # a simplified CT-e has the same straight in its body
    field._replace(paths=(*field.paths, *(path.replace("/infCTeNorm/", "/") for path in field.paths)))
    for field in _NORMAL
)

REST = (
    *under(
        INFO,
        text("compl/xCaracAd", "transport_characteristic", "Characteristic of the transport"),
        text("compl/xCaracSer", "service_characteristic", "Characteristic of the service"),
        text("compl/xEmi", "issuing_employee", "Employee who issued it", personal=True),
        text("compl/xObs", "additional_info", "Notes", personal=True),
        text("imp/infAdFisco", "tax_authority_notes", "Notes for the tax authority", personal=True),
    ),
    text("*/infCTeSupl/qrCodCTe", "qr_code", "Link of the QR code, which holds the access key"),
    *under(
        "protCTe/infProt",
        text("@Id", "id", "Id of the protocol's element"),
        text("chCTe", "access_key", "Access key that the protocol names; never another than the document's"),
        text("nProt", "number", "Protocol number"),
        text("cStat", "status_code", "Status: 100 authorised, 110 and 301 to 303 denied"),
        text("xMotivo", "status_reason", "Status in words"),
        *moment("dhRecbto", "received_at", "When the tax authority processed it"),
        text("digVal", "digest", "Digest of the signed document, base64"),
        text("tpAmb", "environment", "1 production, 2 homologation"),
        text("verAplic", "software", "Version of the tax authority's software"),
        prefix="protocol__",
    ),
    EXTRA_FIELD,
)

HEADER_FIELDS = (*IDENTIFICATION, *PARTIES, *VALUES, *TAXES, *CARGO_AND_BILLING, *REST)
