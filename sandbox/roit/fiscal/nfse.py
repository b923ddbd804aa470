"""The NFS-e behind a service payable: the national layout 1.00, or ABRASF 2.04 as a city hall writes it."""

from __future__ import annotations

from decimal import Decimal

from ..facts import Facts
from .nfe import issued_at
from .xml import document, el, fields, local, money, signature, tax_id

NATIONAL = "http://www.sped.fazenda.gov.br/nfse"
ABRASF = "http://www.abrasf.org.br/nfse.xsd"
CITY = "3550308"
SERVICE_CODE = "010101"
ISS_RATE = Decimal("0.05")


def is_abrasf(facts: Facts) -> bool:
    """Every third city hall has not changed to the national layout."""
    return int(facts.number) % 3 == 0


def make_nfse(facts: Facts) -> bytes:
    return _abrasf(facts) if is_abrasf(facts) else _national(facts)


def access_key(facts: Facts) -> str:
    """The 50 characters that identify a note in the national layout."""
    issuer = facts.supplier.tax_id.zfill(14)
    return f"{CITY}22{issuer}{int(facts.number):013}{facts.issued:%y%m}{facts.index:010}"


def _withheld(facts: Facts, name: str) -> Decimal:
    return sum((t.value for t in facts.tributes if t.withheld and t.name == name), Decimal("0.00"))


def _federal(facts: Facts) -> str:
    """`tribFed`: the federal taxes that the customer withholds."""
    return el(
        "tribFed",
        el(
            "piscofins",
            fields(CST="01", vPis=money(_withheld(facts, "PIS")), vCofins=money(_withheld(facts, "COFINS"))),
        ),
        fields(vRetCP=money(_withheld(facts, "INSS")), vRetIRRF=money(_withheld(facts, "IRRF"))),
        fields(vRetCSLL=money(_withheld(facts, "CSLL"))),
    )


def _address() -> str:
    """A made-up address, in the order of the national NFS-e."""
    street = fields(xLgr="Rua Inventada", nro="10", xBairro="Centro", cMun=CITY, UF="SP", CEP="01000000")
    return el("enderNac", street)


def _national(facts: Facts) -> bytes:
    """`NFSe` with its `DPS`; the identifier is `NFS` and 50 characters."""
    identifier = access_key(facts)
    city = "São Paulo"
    values = fields(
        vBC=money(facts.gross),
        pAliqAplic="5.00",
        vISSQN=money(facts.gross * ISS_RATE),
        vTotalRet=money(facts.withheld),
        vLiq=money(facts.gross - facts.withheld),
    )
    info = el(
        "infNFSe",
        fields(xLocEmi=city, xLocPrestacao=city, nNFSe=facts.number, cLocIncid=CITY, xLocIncid=city),
        fields(xTribNac="Análise e desenvolvimento de sistemas", verAplic="sandbox 1"),
        fields(ambGer="2", tpEmis="1", procEmi="1"),
        fields(cStat="100", dhProc=local(issued_at(facts)), nDFSe=str(facts.index + 1)),
        el("emit", tax_id(facts.supplier), fields(xNome=facts.supplier.name), _address()),
        el("valores", values),
        el("DPS", _declaration(facts), versao="1.00", xmlns=NATIONAL),
        Id=f"NFS{identifier}",
    )
    return document(el("NFSe", info, signature(f"NFS{identifier}"), versao="1.00", xmlns=NATIONAL))


def _declaration(facts: Facts) -> str:
    """`infDPS`: what the supplier declared."""
    retained = "2" if _withheld(facts, "ISS") else "1"
    regime = el("regTrib", fields(opSimpNac="1", regEspTrib="0"))
    taxes = el(
        "trib",
        el("tribMun", fields(tribISSQN="1", pAliq="5.00", tpRetISSQN=retained)),
        _federal(facts),
        el("totTrib", fields(indTotTrib="0")),
    )
    service = fields(cTribNac=SERVICE_CODE, xDescServ=f"Serviço de análise nº {facts.number}")
    return el(
        "infDPS",
        fields(tpAmb="2", dhEmi=local(issued_at(facts)), verAplic="sandbox 1", serie="1", nDPS=facts.number),
        fields(dCompet=facts.issued.isoformat(), tpEmit="1", cLocEmi=CITY),
        el("prest", tax_id(facts.supplier), fields(xNome=facts.supplier.name), regime),
        el("toma", tax_id(facts.company), fields(xNome=facts.company.name)),
        el("serv", el("locPrest", fields(cLocPrestacao=CITY)), el("cServ", service)),
        el("valores", el("vServPrest", fields(vServ=money(facts.gross))), taxes),
        Id=f"DPS{CITY}2{facts.supplier.tax_id}00001{int(facts.number):015}",
    )


def _abrasf(facts: Facts) -> bytes:
    """`CompNfse` of ABRASF 2.04."""
    iss = fields(Aliquota="5.0000", ValorIss=money(facts.gross * ISS_RATE))
    issued = local(issued_at(facts))[:19]  # the layout has no offset
    info = el(
        "InfNfse",
        fields(Numero=facts.number, CodigoVerificacao=facts.id[:8].upper(), DataEmissao=issued),
        el(
            "ValoresNfse",
            fields(BaseCalculo=money(facts.gross)),
            iss,
            fields(ValorLiquidoNfse=money(facts.gross - facts.withheld)),
        ),
        el("PrestadorServico", fields(RazaoSocial=facts.supplier.name)),
        el("OrgaoGerador", fields(CodigoMunicipio=CITY, Uf="SP")),
        el("DeclaracaoPrestacaoServico", _abrasf_declaration(facts)),
        Id=f"nfse{facts.number}",
    )
    return document(el("CompNfse", el("Nfse", info, versao="2.04"), xmlns=ABRASF))


def _abrasf_declaration(facts: Facts) -> str:
    values = fields(
        ValorServicos=money(facts.gross),
        ValorPis=money(_withheld(facts, "PIS")),
        ValorCofins=money(_withheld(facts, "COFINS")),
        ValorInss=money(_withheld(facts, "INSS")),
        ValorIr=money(_withheld(facts, "IRRF")),
        ValorCsll=money(_withheld(facts, "CSLL")),
        ValorIss=money(facts.gross * ISS_RATE),
        Aliquota="5.0000",
    )
    service = el(
        "Servico",
        el("Valores", values),
        fields(IssRetido="1" if _withheld(facts, "ISS") else "2", ItemListaServico="01.01"),
        fields(Discriminacao=f"Serviço de análise nº {facts.number}"),
        fields(CodigoMunicipio=CITY, ExigibilidadeISS="1"),
    )
    provider = el("CpfCnpj", _cpf_cnpj(facts.supplier.tax_id))
    customer = el("IdentificacaoTomador", el("CpfCnpj", _cpf_cnpj(facts.company.tax_id)))
    return el(
        "InfDeclaracaoPrestacaoServico",
        fields(Competencia=facts.issued.isoformat()),
        service,
        el("Prestador", provider, fields(InscricaoMunicipal="12345")),
        el("TomadorServico", customer, fields(RazaoSocial=facts.company.name)),
        fields(OptanteSimplesNacional="2", IncentivoFiscal="2"),
    )


def _cpf_cnpj(identifier: str) -> str:
    return fields(Cnpj=identifier) if len(identifier) == 14 else fields(Cpf=identifier)
