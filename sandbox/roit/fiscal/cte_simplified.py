"""The simplified CT-e (layout 4.00): one transport for several recipients, with its price by delivery."""

from __future__ import annotations

from decimal import Decimal

from ...core.parties import access_key
from ..facts import Facts, split
from .nfe import issued_at
from .nfe_taxes import part
from .xml import document, el, fields, local, money, signature, tax_id

NAMESPACE = "http://www.portalfiscal.inf.br/cte"
CITIES = (("3509502", "Campinas"), ("3550308", "São Paulo"), ("3518800", "Guarulhos"))
EVERY = 4


def is_simplified(facts: Facts) -> bool:
    """Some carriers deliver to several places in one journey."""
    return int(facts.number) % EVERY == 0


def make_simplified(facts: Facts) -> bytes:
    """`cteSimpProc`; the deliveries add up to the payable's gross value."""
    key = facts.access_key or ""
    info = el(
        "infCte",
        _ide(facts, key),
        el(
            "emit",
            tax_id(facts.supplier),
            fields(IE="110042490114", xNome=facts.supplier.name),
            _address("enderEmit"),
            fields(CRT="3"),
        ),
        el(
            "toma",
            fields(toma="4", indIEToma="1"),
            tax_id(facts.company),
            fields(xNome=facts.company.name),
            _address("enderToma"),
        ),
        el(
            "infCarga",
            fields(vCarga=money(facts.gross * 20), proPred="Carga fracionada"),
            el("infQ", fields(cUnid="01", tpMed="02", qCarga="1250.5000")),
        ),
        *_deliveries(facts),
        el("infModal", el("rodo", fields(RNTRC="12345678")), versaoModal="4.00"),
        _taxes(facts),
        el("total", fields(vTPrest=money(facts.gross), vTRec=money(facts.gross))),
        Id=f"CTe{key}",
        versao="4.00",
    )
    protocol = fields(
        tpAmb="2",
        verAplic="SP_CTE",
        chCTe=key,
        dhRecbto=local(issued_at(facts)),
        nProt=f"135{facts.index:012}",
    ) + fields(digVal="bWFkZSB1cA==", cStat="100", xMotivo="Autorizado o uso do CT-e")
    cte = el("CTeSimp", info, signature(f"CTe{key}"), xmlns=NAMESPACE)
    authorized = el("protCTe", el("infProt", protocol), versao="4.00")
    return document(el("cteSimpProc", cte, authorized, versao="4.00", xmlns=NAMESPACE))


def _ide(facts: Facts, key: str) -> str:
    return el(
        "ide",
        fields(
            cUF=key[:2], cCT=key[35:43], CFOP="6353", natOp="Prestação de serviço de transporte", mod="57"
        ),
        fields(
            serie=str(int(key[22:25])), nCT=str(int(key[25:34])), dhEmi=local(issued_at(facts)), tpImp="1"
        ),
        fields(tpEmis="1", cDV=key[43], tpAmb="2", tpCTe="5", procEmi="0", verProc="sandbox 1"),
        fields(cMunEnv="3550308", xMunEnv="São Paulo", UFEnv="SP", modal="01", tpServ="0"),
        fields(UFIni="PR", UFFim="SP", retira="1"),
    )


def _address(name: str) -> str:
    street = fields(xLgr="Rua Inventada", nro="7", xBairro="Centro", cMun="3550308", xMun="São Paulo")
    return el(name, street, fields(CEP="01000007", UF="SP"))


def _deliveries(facts: Facts) -> list[str]:
    """Two or three deliveries, each of one invoice."""
    count = 2 + facts.index % 2 if facts.gross > 1 else 1
    rows = []
    for number, value in enumerate(split(facts.gross, count), 1):
        code, city = CITIES[number - 1]
        carried = access_key(facts.company.tax_id, facts.issued, 55, 1, facts.index * 3 + number, facts.index)
        rows.append(
            el(
                "det",
                fields(cMunIni="4106902", xMunIni="Curitiba", cMunFim=code, xMunFim=city),
                fields(vPrest=money(value), vRec=money(value)),
                el("Comp", fields(xNome="FRETE PESO", vComp=money(value))),
                el("infNFe", fields(chNFe=carried)),
                nItem=str(number),
            )
        )
    return rows


def _taxes(facts: Facts) -> str:
    tax = part(facts.gross, Decimal(12))
    icms = el("ICMS00", fields(CST="00", vBC=money(facts.gross), pICMS="12.00", vICMS=money(tax)))
    return el("imp", el("ICMS", icms), fields(vTotTrib=money(tax)))
