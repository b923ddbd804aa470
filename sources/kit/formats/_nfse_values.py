"""NFS-e: what was rendered, for how much, and the taxes on it; of the note as a whole and of each service.

In the national layout a note has one service. ABRASF's ``Servico`` is a row of its own; the note has its
values as far as they are one: amounts are summed, codes kept where all services share them.
"""

from typing import NamedTuple

from sources.kit.formats._documents import EXTRA_FIELD, POSITION
from sources.kit.formats._layout import FieldSpec, FieldType, decimal, text
from sources.kit.formats._nfse_fields import CHANGES, DPS, IDENTIFICATION, INF, NOTE, PARENT_KEY, PARTIES


class ServiceField(NamedTuple):
    """A column that notes and services share: its place in the national note, and inside ABRASF's Servico."""

    name: str
    type: FieldType
    national: str
    abrasf: str
    description: str
    personal: bool = False
    total: str = ""
    """Where ABRASF has it for the note as a whole."""


_SERVICE = f"{DPS}/serv"
_VALUES = f"{DPS}/valores"
_CITY = f"{_VALUES}/trib/tribMun"
_FEDERAL = f"{_VALUES}/trib/tribFed"
_TOTAL = f"{INF}/ValoresNfse"

SHARED = (
    ServiceField(
        "service_code",
        "text",
        f"{_SERVICE}/cServ/cTribNac",
        "ItemListaServico",
        "Item of the list of services (LC 116/03): 010101 in the national layout, 01.01 in ABRASF",
    ),
    ServiceField(
        "municipal_service_code",
        "text",
        f"{_SERVICE}/cServ/cTribMun",
        "CodigoTributacaoMunicipio",
        "The municipality's code of the service",
    ),
    ServiceField(
        "nbs_code", "text", f"{_SERVICE}/cServ/cNBS", "CodigoNbs", "Classification of services (NBS)"
    ),
    ServiceField("activity_code", "text", "", "CodigoCnae", "Economic activity (CNAE)"),
    ServiceField(
        "description", "text", f"{_SERVICE}/cServ/xDescServ", "Discriminacao", "Service in words", True
    ),
    ServiceField(
        "service_municipality_code",
        "text",
        f"{_SERVICE}/locPrest/cLocPrestacao",
        "CodigoMunicipio",
        "Municipality of the service, IBGE's code",
    ),
    ServiceField(
        "service_country_code", "text", f"{_SERVICE}/locPrest/cPaisPrestacao", "CodigoPais", "Country of it"
    ),
    ServiceField(
        "iss_municipality_code",
        "text",
        f"{NOTE}/cLocIncid",
        "MunicipioIncidencia",
        "Municipality that the ISS is due to, IBGE's code",
    ),
    ServiceField(
        "iss_liability",
        "text",
        f"{_CITY}/tribISSQN",
        "ExigibilidadeISS",
        "ISS: national 1 taxed, 2 immune, 3 export, 4 not due; ABRASF 1 due, 2 not, 3 exempt, 4 export, 5 immune",
    ),
    ServiceField(
        "iss_lawsuit", "text", f"{_CITY}/exigSusp/nProcesso", "NumeroProcesso", "ISS: suit that suspends it"
    ),
    ServiceField(
        "iss_withholding_code",
        "text",
        f"{_CITY}/tpRetISSQN",
        "IssRetido|Valores/IssRetido",
        "ISS: national 1 not withheld, 2 by the customer, 3 by the intermediary; ABRASF 1 withheld, 2 not",
    ),
    ServiceField(
        "iss_withholder", "text", "", "ResponsavelRetencao", "ISS: 1 the customer, 2 the intermediary"
    ),
    ServiceField(
        "service_value", "decimal", f"{_VALUES}/vServPrest/vServ", "Valores/ValorServicos", "Gross value"
    ),
    ServiceField(
        "deduction_value",
        "decimal",
        f"{_VALUES}/vDedRed/vDR",
        "Valores/ValorDeducoes",
        "Deduction from the base",
    ),
    ServiceField(
        "unconditional_discount_value",
        "decimal",
        f"{_VALUES}/vDescCondIncond/vDescIncond",
        "Valores/DescontoIncondicionado",
        "Unconditional discount",
    ),
    ServiceField(
        "conditional_discount_value",
        "decimal",
        f"{_VALUES}/vDescCondIncond/vDescCond",
        "Valores/DescontoCondicionado",
        "Conditional discount",
    ),
    ServiceField(
        "iss_base",
        "decimal",
        f"{NOTE}/valores/vBC",
        "Valores/BaseCalculo",
        "ISS: base",
        total=f"{_TOTAL}/BaseCalculo",
    ),
    ServiceField(
        "iss_rate",
        "decimal",
        f"{NOTE}/valores/pAliqAplic",
        "Valores/Aliquota",
        "ISS: rate",
        total=f"{_TOTAL}/Aliquota",
    ),
    ServiceField(
        "iss_value",
        "decimal",
        f"{NOTE}/valores/vISSQN",
        "Valores/ValorIss",
        "ISS: tax, withheld or not",
        total=f"{_TOTAL}/ValorIss",
    ),
    ServiceField("pis_value", "decimal", f"{_FEDERAL}/piscofins/vPis", "Valores/ValorPis", "PIS"),
    ServiceField("cofins_value", "decimal", f"{_FEDERAL}/piscofins/vCofins", "Valores/ValorCofins", "COFINS"),
    ServiceField(
        "inss_value", "decimal", f"{_FEDERAL}/vRetCP", "Valores/ValorInss", "Social security withheld"
    ),
    ServiceField("irrf_value", "decimal", f"{_FEDERAL}/vRetIRRF", "Valores/ValorIr", "Income tax withheld"),
    ServiceField("csll_value", "decimal", f"{_FEDERAL}/vRetCSLL", "Valores/ValorCsll", "CSLL withheld"),
    ServiceField("other_withheld_value", "decimal", "", "Valores/OutrasRetencoes", "Other withholdings"),
    ServiceField("taxes_estimate", "decimal", "", "Valores/ValTotTributos", "All taxes, estimated"),
    ServiceField(
        "net_value",
        "decimal",
        f"{NOTE}/valores/vLiq",
        "Valores/ValorLiquidoNfse",
        "Net of what is withheld and of conditional discounts",
        total=f"{_TOTAL}/ValorLiquidoNfse",
    ),
)


def _spec(field: ServiceField, *places: str) -> FieldSpec:
    paths = tuple(path for place in places for path in place.split("|") if path)
    return FieldSpec(field.name, field.type, field.description, field.personal, paths)


MORE_VALUES = (
    FieldSpec("iss_withheld", "bool", "Whether the ISS is withheld; null when the note does not say"),
    decimal(f"{_CITY}/pAliq", "iss_declared_rate", "National: ISS rate as declared"),
    text(
        f"{_CITY}/exigSusp/tpSusp",
        "iss_suspension_type",
        "National: 1 suspended by court, 2 by the authority",
    ),
    text(f"{_CITY}/tpImunidade", "iss_immunity_type", "National: kind of immunity"),
    text(f"{_CITY}/BM/nBM", "iss_benefit_code", "National: municipal benefit"),
    decimal(f"{NOTE}/valores/vCalcBM", "iss_benefit_value", "National: reduction of the base by the benefit"),
    decimal(f"{NOTE}/valores/vCalcDR", "applied_deduction_value", "National: deduction as it was applied"),
    text(f"{NOTE}/valores/tpBM", "iss_benefit_type", "National: kind of municipal benefit"),
    decimal(f"{NOTE}/valores/vTotalRet", "total_withheld_value", "National: everything withheld"),
    decimal(f"{_VALUES}/vServPrest/vReceb", "received_value", "National: received by the intermediary"),
    decimal(f"{_VALUES}/vDedRed/pDR", "deduction_rate", "National: deduction in per cent"),
    text(f"{_FEDERAL}/piscofins/CST", "pis_cofins_cst", "National: tax situation of PIS and COFINS"),
    decimal(f"{_FEDERAL}/piscofins/vBCPisCofins", "pis_cofins_base", "National: base of PIS and COFINS"),
    decimal(f"{_FEDERAL}/piscofins/pAliqPis", "pis_rate", "National: PIS rate"),
    decimal(f"{_FEDERAL}/piscofins/pAliqCofins", "cofins_rate", "National: COFINS rate"),
    text(
        f"{_FEDERAL}/piscofins/tpRetPisCofins",
        "pis_cofins_withholding_code",
        "National: which of PIS, COFINS and CSLL are withheld, 0 to 9",
    ),
    decimal(f"{_VALUES}/trib/totTrib/vTotTrib/vTotTribFed", "federal_taxes_estimate", "National: estimate"),
    decimal(f"{_VALUES}/trib/totTrib/vTotTrib/vTotTribEst", "state_taxes_estimate", "National: estimate"),
    decimal(f"{_VALUES}/trib/totTrib/vTotTrib/vTotTribMun", "municipal_taxes_estimate", "National: estimate"),
    text(f"{_VALUES}/trib/totTrib/indTotTrib", "taxes_estimate_indicator", "National: 0 for no estimate"),
    decimal(f"{_VALUES}/trib/totTrib/pTotTribSN", "taxes_estimate_rate", "National: estimate in per cent"),
    decimal(f"{INF}/ValorCredito", "credit_value", "ABRASF: credit that the note gives its customer"),
    text(f"{NOTE}/xTribNac", "national_tax_description", "National: the service code in words"),
    text(
        f"{NOTE}/xTribMun|{INF}/DescricaoCodigoTributacaoMunicipio",
        "municipal_tax_description",
        "The municipality's code of the service in words",
    ),
    text(f"{NOTE}/xNBS", "nbs_description", "National: the NBS code in words"),
    text(f"{NOTE}/xLocPrestacao", "service_municipality", "National: municipality of the service, name"),
    text(f"{NOTE}/xLocIncid", "iss_municipality", "National: municipality that the ISS is due to, name"),
    text(f"{_SERVICE}/infoCompl/xPed", "purchase_order", "National: purchase order"),
    text(f"{_SERVICE}/infoCompl/docRef", "reference_document", "National: document referred to"),
    text(
        f"{NOTE}/xOutInf|{INF}/OutrasInformacoes",
        "municipality_notes",
        "Notes of the city hall",
        personal=True,
    ),
    text(f"{_SERVICE}/infoCompl/xInfComp", "additional_info", "National: notes of the issuer", personal=True),
)

_REFORM = f"{NOTE}/IBSCBS"
_RATES = f"{_REFORM}/valores"
_SUMS = f"{_REFORM}/totCIBS"
_DECLARED_REFORM = f"{DPS}/IBSCBS"

REFORM = (
    text(f"{_DECLARED_REFORM}/valores/trib/gIBSCBS/CST", "ibs_cbs_cst", "IBS and CBS: tax situation"),
    text(
        f"{_DECLARED_REFORM}/valores/trib/gIBSCBS/cClassTrib",
        "ibs_cbs_cclasstrib",
        "IBS and CBS: tax classification (cClassTrib)",
    ),
    text(f"{_DECLARED_REFORM}/finNFSe", "purpose", "IBS and CBS: purpose of the note"),
    text(f"{_DECLARED_REFORM}/indFinal", "final_consumer", "IBS and CBS: 1 for personal use"),
    text(f"{_DECLARED_REFORM}/cIndOp", "supply_code", "IBS and CBS: code of the supply"),
    text(f"{_DECLARED_REFORM}/indDest", "recipient_indicator", "IBS and CBS: 1 when another receives it"),
    text(
        f"{_REFORM}/cLocalidadeIncid", "ibs_municipality_code", "IBS: municipality of the supply, IBGE's code"
    ),
    text(f"{_REFORM}/xLocalidadeIncid", "ibs_municipality", "IBS: municipality of the supply, name"),
    decimal(f"{_REFORM}/pRedutor", "government__rate_reduction", "Government purchase: rate reduction"),
    decimal(f"{_RATES}/vBC", "ibs_cbs_base", "IBS and CBS: base"),
    decimal(f"{_RATES}/uf/pIBSUF", "ibs_uf_rate", "State IBS: rate"),
    decimal(f"{_RATES}/uf/pAliqEfetUF", "ibs_uf_effective_rate", "State IBS: rate after reductions"),
    decimal(f"{_RATES}/mun/pIBSMun", "ibs_mun_rate", "Municipal IBS: rate"),
    decimal(f"{_RATES}/mun/pAliqEfetMun", "ibs_mun_effective_rate", "Municipal IBS: rate after reductions"),
    decimal(f"{_RATES}/fed/pCBS", "cbs_rate", "CBS: rate"),
    decimal(f"{_RATES}/fed/pAliqEfetCBS", "cbs_effective_rate", "CBS: rate after reductions"),
    decimal(f"{_SUMS}/gIBS/vIBSTot", "ibs_value", "IBS: tax, both shares"),
    decimal(f"{_SUMS}/gIBS/gIBSUFTot/vIBSUF", "ibs_uf_value", "State IBS: tax"),
    decimal(f"{_SUMS}/gIBS/gIBSUFTot/vDifUF", "ibs_uf_deferred_value", "State IBS: tax deferred"),
    decimal(f"{_SUMS}/gIBS/gIBSMunTot/vIBSMun", "ibs_mun_value", "Municipal IBS: tax"),
    decimal(f"{_SUMS}/gIBS/gIBSMunTot/vDifMun", "ibs_mun_deferred_value", "Municipal IBS: tax deferred"),
    decimal(f"{_SUMS}/gCBS/vCBS", "cbs_value", "CBS: tax"),
    decimal(f"{_SUMS}/gCBS/vDifCBS", "cbs_deferred_value", "CBS: tax deferred"),
    decimal(f"{_SUMS}/vTotNF", "total_with_reform_taxes_value", "Total with IBS and CBS"),
)

HEADER_FIELDS = (
    *IDENTIFICATION,
    *PARTIES,
    *CHANGES,
    *(_spec(field, field.national, field.total) for field in SHARED),
    *MORE_VALUES,
    *REFORM,
    EXTRA_FIELD,
)
SERVICE_FIELDS = (PARENT_KEY, POSITION, *(_spec(field, field.abrasf) for field in SHARED), EXTRA_FIELD)
TAX_FIELDS = (
    PARENT_KEY,
    POSITION,
    FieldSpec("tribute", "text", "ISS, PIS, COFINS, CSLL, INSS, IRRF, IBS_UF, IBS_MUN or CBS"),
    FieldSpec("base", "decimal", "Base, where the note says it"),
    FieldSpec("rate", "decimal", "Rate, where the note says it; after reductions for IBS and CBS"),
    FieldSpec("value", "decimal", "Tax"),
    FieldSpec("is_withheld", "bool", "Whether the customer withholds it; null when the note does not say"),
    EXTRA_FIELD,
)
