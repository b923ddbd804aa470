"""NF-e layout 4.00: the columns of the invoice itself.

Source: the public schemas nfe_v4.00.xsd and procNFe_v4.00.xsd, with the tax reform's groups (Nota Técnica
2025.002). Codes stay codes, as text: their meaning is in the Manual de Orientação do Contribuinte. Amounts
are in reais.
"""

from sources.kit.formats._documents import EXTRA_FIELD
from sources.kit.formats._layout import FieldSpec, decimal, moment, text, typed, under


def _party(path: str, address: str, prefix: str) -> tuple[FieldSpec, ...]:
    who = prefix.removesuffix("__")
    return (
        *under(
            path,
            text("CNPJ|CPF|idEstrangeiro", "tax_id", f"CNPJ, CPF or foreign id of the {who}", personal=True),
            text("xNome", "name", f"Registered name of the {who}", personal=True),
            text("IE", "state_registration", f"State registration (IE) of the {who}", personal=True),
            text("IM", "municipal_registration", f"Municipal registration (IM) of the {who}", personal=True),
            prefix=prefix,
        ),
        *under(
            f"{path}/{address}",
            text("xLgr", "street", "Street", personal=True),
            text("nro", "street_number", "Number in the street", personal=True),
            text("xCpl", "address_complement", "Complement of the address", personal=True),
            text("xBairro", "district", "District", personal=True),
            text("cMun", "municipality_code", "Municipality, IBGE's code"),
            text("xMun", "municipality", "Municipality, name"),
            text("UF", "state", "State, two letters; EX abroad"),
            text("CEP", "postal_code", "Postal code (CEP)", personal=True),
            text("cPais", "country_code", "Country, Banco Central's code"),
            text("xPais", "country", "Country, name"),
            text("fone", "phone", "Telephone", personal=True),
            prefix=prefix,
        ),
    )


IDENTIFICATION = (
    text("NFe/infNFe/@Id", "access_key", "Access key: 44 characters, check digit verified"),
    text("NFe/infNFe/@versao|@versao|protNFe/@versao", "layout_version", "Version of the layout"),
    *under(
        "NFe/infNFe/ide",
        text("cUF", "state_code", "State of the issuer, IBGE's code"),
        text("cNF", "numeric_code", "Random number inside the access key"),
        text("natOp", "operation_nature", "Nature of the operation, in the issuer's words"),
        text("mod", "model", "Model: 55 NF-e, 65 NFC-e"),
        text("serie", "series", "Series"),
        text("nNF", "number", "Number"),
        *moment("dhEmi", "issued_at", "When it was issued"),
        *moment("dhSaiEnt", "moved_at", "When the goods left or came in"),
        typed("dPrevEntrega", "expected_delivery_date", "date", "When delivery is expected"),
        text("tpNF", "operation_type", "0 entry, 1 exit"),
        text("idDest", "destination", "1 within the state, 2 between states, 3 abroad"),
        text("cMunFG", "municipality_code", "Municipality of the taxable event, IBGE's code"),
        text("cMunFGIBS", "ibs_municipality_code", "Municipality of the taxable event for IBS, IBGE's code"),
        text("tpImp", "print_format", "Format of the printed form"),
        text("tpEmis", "emission_type", "1 normal, others contingency"),
        text("cDV", "check_digit", "Check digit as written beside the key"),
        text("tpAmb", "environment", "1 production, 2 homologation"),
        text(
            "finNFe", "purpose", "1 normal, 2 complement, 3 adjustment, 4 return, 5 credit note, 6 debit note"
        ),
        text("tpNFDebito", "debit_note_type", "Type of debit note"),
        text("tpNFCredito", "credit_note_type", "Type of credit note"),
        typed("indFinal", "is_final_consumer", "bool", "Whether the buyer is the final consumer"),
        text("indPres", "buyer_presence", "How the buyer was present"),
        text("indIntermed", "intermediary_type", "Whether a marketplace took part"),
        text("cIndOp", "supply_place_code", "Code of the place of supply"),
        text("procEmi", "issuing_process", "Whose software issued it"),
        text("verProc", "issuing_software", "Version of the issuing software"),
        *moment("dhCont", "contingency_at", "When contingency began"),
        text("xJust", "contingency_reason", "Why contingency was used"),
        text("gCompraGov/tpEnteGov", "government__entity_type", "Government purchase: kind of entity"),
        decimal(
            "gCompraGov/pRedutor", "government__rate_reduction", "Government purchase: reduction in per cent"
        ),
        text("gCompraGov/tpOperGov", "government__operation_type", "Government purchase: kind of operation"),
    ),
)

PARTIES = (
    *_party("NFe/infNFe/emit", "enderEmit", "issuer__"),
    *under(
        "NFe/infNFe/emit",
        text("xFant", "trade_name", "Trade name of the issuer", personal=True),
        text("IEST", "substitute_state_registration", "State registration as tax substitute"),
        text("CNAE", "activity_code", "Economic activity (CNAE)"),
        text("CRT", "tax_regime", "1 Simples, 2 Simples over the limit, 3 normal, 4 MEI"),
        prefix="issuer__",
    ),
    *_party("NFe/infNFe/dest", "enderDest", "recipient__"),
    *under(
        "NFe/infNFe/dest",
        text("indIEDest", "taxpayer_type", "1 ICMS taxpayer, 2 exempt, 9 not a taxpayer"),
        text("ISUF", "suframa_registration", "SUFRAMA registration"),
        text("email", "email", "E-mail", personal=True),
        prefix="recipient__",
    ),
)

TOTALS = (
    *under(
        "NFe/infNFe/total/ICMSTot",
        decimal("vBC", "icms_base", "ICMS: base"),
        decimal("vICMS", "icms_value", "ICMS: tax"),
        decimal("vICMSDeson", "icms_relieved_value", "ICMS relieved"),
        decimal("vFCPUFDest", "destination_fcp_value", "Poverty fund (FCP) of the destination's state"),
        decimal("vICMSUFDest", "destination_icms_value", "ICMS shared to the destination's state"),
        decimal("vICMSUFRemet", "origin_icms_value", "ICMS shared to the origin's state"),
        decimal("vFCP", "fcp_value", "Poverty fund (FCP)"),
        decimal("vBCST", "icms_st_base", "ICMS by substitution: base"),
        decimal("vST", "icms_st_value", "ICMS by substitution: tax"),
        decimal("vFCPST", "fcp_st_value", "FCP by substitution"),
        decimal("vFCPSTRet", "fcp_st_withheld_value", "FCP by substitution, withheld before"),
        decimal("qBCMono", "icms_mono_quantity", "Single-phase ICMS: quantity"),
        decimal("vICMSMono", "icms_mono_value", "Single-phase ICMS: tax"),
        decimal("qBCMonoReten", "icms_mono_retained_quantity", "Single-phase ICMS to retain: quantity"),
        decimal("vICMSMonoReten", "icms_mono_retained_value", "Single-phase ICMS to retain: tax"),
        decimal("qBCMonoRet", "icms_mono_withheld_quantity", "Single-phase ICMS withheld before: quantity"),
        decimal("vICMSMonoRet", "icms_mono_withheld_value", "Single-phase ICMS withheld before: tax"),
        decimal("vProd", "products_value", "Products and services, gross"),
        decimal("vFrete", "freight_value", "Freight"),
        decimal("vSeg", "insurance_value", "Insurance"),
        decimal("vDesc", "discount_value", "Discount"),
        decimal("vII", "import_tax_value", "Import tax (II)"),
        decimal("vIPI", "ipi_value", "IPI"),
        decimal("vIPIDevol", "ipi_returned_value", "IPI given back on a return"),
        decimal("vPIS", "pis_value", "PIS"),
        decimal("vCOFINS", "cofins_value", "COFINS"),
        decimal("vOutro", "other_value", "Other charges"),
        decimal("vNF", "invoice_value", "Total of the invoice"),
        decimal("vTotTrib", "taxes_estimate", "All taxes, estimated for the consumer"),
        prefix="total__",
    ),
    *under(
        "NFe/infNFe/total/ISSQNtot",
        decimal("vServ", "services_value", "Services"),
        decimal("vBC", "base", "ISS: base"),
        decimal("vISS", "value", "ISS: tax"),
        decimal("vPIS", "pis_value", "PIS on services"),
        decimal("vCOFINS", "cofins_value", "COFINS on services"),
        typed("dCompet", "service_date", "date", "When the service was rendered"),
        decimal("vDeducao", "deduction_value", "Deduction from the base"),
        decimal("vOutro", "other_withheld_value", "Other withholdings"),
        decimal("vDescIncond", "unconditional_discount_value", "Unconditional discount"),
        decimal("vDescCond", "conditional_discount_value", "Conditional discount"),
        decimal("vISSRet", "withheld_value", "ISS withheld"),
        text("cRegTrib", "tax_regime", "Special tax regime"),
        prefix="total__issqn_",
    ),
    *under(
        "NFe/infNFe/total/retTrib",
        decimal("vRetPIS", "pis_value", "PIS withheld"),
        decimal("vRetCOFINS", "cofins_value", "COFINS withheld"),
        decimal("vRetCSLL", "csll_value", "CSLL withheld"),
        decimal("vBCIRRF", "irrf_base", "IRRF: base"),
        decimal("vIRRF", "irrf_value", "IRRF withheld"),
        decimal("vBCRetPrev", "inss_base", "Social security: base"),
        decimal("vRetPrev", "inss_value", "Social security withheld"),
        prefix="withheld__",
    ),
)

REFORM_TOTALS = (
    decimal("NFe/infNFe/total/ISTot/vIS", "total__is_value", "Selective tax (IS)"),
    *under(
        "NFe/infNFe/total/IBSCBSTot",
        decimal("vBCIBSCBS", "ibs_cbs_base", "IBS and CBS: base"),
        decimal("gIBS/gIBSUF/vDif", "ibs_state_deferred_value", "State IBS deferred"),
        decimal("gIBS/gIBSUF/vDevTrib", "ibs_state_returned_value", "State IBS given back"),
        decimal("gIBS/gIBSUF/vIBSUF", "ibs_state_value", "State IBS"),
        decimal("gIBS/gIBSMun/vDif", "ibs_municipal_deferred_value", "Municipal IBS deferred"),
        decimal("gIBS/gIBSMun/vDevTrib", "ibs_municipal_returned_value", "Municipal IBS given back"),
        decimal("gIBS/gIBSMun/vIBSMun", "ibs_municipal_value", "Municipal IBS"),
        decimal("gIBS/vIBS", "ibs_value", "IBS"),
        decimal("gIBS/vCredPres", "ibs_presumed_credit_value", "IBS: presumed credit"),
        decimal("gIBS/vCredPresCondSus", "ibs_suspended_credit_value", "IBS: presumed credit, suspended"),
        decimal("gCBS/vDif", "cbs_deferred_value", "CBS deferred"),
        decimal("gCBS/vDevTrib", "cbs_returned_value", "CBS given back"),
        decimal("gCBS/vCBS", "cbs_value", "CBS"),
        decimal("gCBS/vCredPres", "cbs_presumed_credit_value", "CBS: presumed credit"),
        decimal("gCBS/vCredPresCondSus", "cbs_suspended_credit_value", "CBS: presumed credit, suspended"),
        decimal("gMono/vIBSMono", "ibs_mono_value", "Single-phase IBS"),
        decimal("gMono/vCBSMono", "cbs_mono_value", "Single-phase CBS"),
        decimal("gMono/vIBSMonoReten", "ibs_mono_retained_value", "Single-phase IBS to retain"),
        decimal("gMono/vCBSMonoReten", "cbs_mono_retained_value", "Single-phase CBS to retain"),
        decimal("gMono/vIBSMonoRet", "ibs_mono_withheld_value", "Single-phase IBS withheld before"),
        decimal("gMono/vCBSMonoRet", "cbs_mono_withheld_value", "Single-phase CBS withheld before"),
        decimal("gEstornoCred/vIBSEstCred", "ibs_reversed_credit_value", "IBS: credit reversed"),
        decimal("gEstornoCred/vCBSEstCred", "cbs_reversed_credit_value", "CBS: credit reversed"),
        prefix="total__",
    ),
    decimal("NFe/infNFe/total/vNFTot", "total__with_reform_taxes_value", "Total with IBS, CBS and IS added"),
)

TRANSPORT_AND_BILLING = (
    *under(
        "NFe/infNFe/transp",
        text(
            "modFrete",
            "freight_mode",
            "Who hires the freight: 0 sender, 1 recipient, 2 third, 3, 4 own, 9 none",
        ),
        text(
            "transporta/CNPJ|transporta/CPF", "carrier__tax_id", "CNPJ or CPF of the carrier", personal=True
        ),
        text("transporta/xNome", "carrier__name", "Name of the carrier", personal=True),
        text(
            "transporta/IE", "carrier__state_registration", "State registration of the carrier", personal=True
        ),
        text("transporta/xEnder", "carrier__address", "Address of the carrier", personal=True),
        text("transporta/xMun", "carrier__municipality", "Municipality of the carrier"),
        text("transporta/UF", "carrier__state", "State of the carrier"),
        decimal("retTransp/vServ", "freight_withheld__service_value", "Freight: value of the service"),
        decimal("retTransp/vBCRet", "freight_withheld__icms_base", "Freight: base of the ICMS withheld"),
        decimal("retTransp/pICMSRet", "freight_withheld__icms_rate", "Freight: rate in per cent"),
        decimal("retTransp/vICMSRet", "freight_withheld__icms_value", "Freight: ICMS withheld"),
        text("retTransp/CFOP", "freight_withheld__cfop", "Freight: CFOP"),
        text("retTransp/cMunFG", "freight_withheld__municipality_code", "Freight: municipality, IBGE's code"),
        text("veicTransp/placa", "vehicle__plate", "Number plate", personal=True),
        text("veicTransp/UF", "vehicle__state", "State of the plate"),
        text("veicTransp/RNTC", "vehicle__carrier_registration", "ANTT registration"),
    ),
    *under(
        "NFe/infNFe/cobr/fat",
        text("nFat", "number", "Number of the bill"),
        decimal("vOrig", "original_value", "Bill before discount"),
        decimal("vDesc", "discount_value", "Discount of the bill"),
        decimal("vLiq", "net_value", "Bill after discount"),
        prefix="invoice__",
    ),
    decimal("NFe/infNFe/pag/vTroco", "change_value", "Change given back"),
)

REST = (
    *under(
        "NFe/infNFe",
        text("infIntermed/CNPJ", "intermediary__tax_id", "CNPJ of the marketplace"),
        text(
            "infIntermed/idCadIntTran", "intermediary__account", "Account at the marketplace", personal=True
        ),
        text("infAdic/infAdFisco", "tax_authority_notes", "Notes for the tax authority", personal=True),
        text("infAdic/infCpl", "additional_info", "Notes for the recipient", personal=True),
        text("exporta/UFSaidaPais", "export__state", "State where it leaves the country"),
        text("exporta/xLocExporta", "export__place", "Place where it leaves the country"),
        text("exporta/xLocDespacho", "export__dispatch_place", "Place of dispatch"),
        text("compra/xNEmp", "purchase__commitment_note", "Commitment note of a public purchase"),
        text("compra/xPed", "purchase__order", "Purchase order"),
        text("compra/xCont", "purchase__contract", "Contract"),
    ),
    *under(
        "protNFe/infProt",
        text("@Id", "id", "Id of the protocol's element"),
        text("chNFe", "access_key", "Access key that the protocol names; never another than the invoice's"),
        text("nProt", "number", "Protocol number"),
        text(
            "cStat", "status_code", "Status: 100 authorised, 150 authorised late, 110 and 301 to 303 denied"
        ),
        text("xMotivo", "status_reason", "Status in words"),
        *moment("dhRecbto", "received_at", "When the tax authority processed it"),
        text("digVal", "digest", "Digest of the signed invoice, base64"),
        text("tpAmb", "environment", "1 production, 2 homologation"),
        text("verAplic", "software", "Version of the tax authority's software"),
        prefix="protocol__",
    ),
    FieldSpec(
        "situation",
        "text",
        "What the protocol in the file says: authorised, cancelled or denied; null without a protocol. "
        "A cancellation that came later is a row of nfe_events",
    ),
    EXTRA_FIELD,
)

HEADER_FIELDS = (*IDENTIFICATION, *PARTIES, *TOTALS, *REFORM_TOTALS, *TRANSPORT_AND_BILLING, *REST)
