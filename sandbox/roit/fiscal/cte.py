"""The CT-e (layout 4.00, model 57) behind a freight payable: small, with what a payable needs."""

from __future__ import annotations

from decimal import Decimal

from ..facts import Facts
from ..skeleton import HOUR
from .nfe import issued_at
from .nfe_taxes import part
from .xml import document, el, fields, local, money, signature, tax_id

NAMESPACE = "http://www.portalfiscal.inf.br/cte"


def make_cte(facts: Facts) -> bytes:
    """`cteProc`; `vTPrest` is the payable's gross value."""
    key = facts.access_key or ""
    info = el(
        "infCte",
        _ide(facts),
        _parties(facts),
        _values(facts),
        el(
            "infCTeNorm",
            el(
                "infCarga",
                fields(vCarga=money(facts.gross * 20), proPred="Carga geral"),
                el("infQ", fields(cUnid="01", tpMed="PESO BRUTO", qCarga="1250.5000")),
            ),
            el("infModal", el("rodo", fields(RNTRC="12345678")), versaoModal="4.00"),
        ),
        Id=f"CTe{key}",
        versao="4.00",
    )
    protocol = fields(
        tpAmb="2",
        verAplic="SP_CTE",
        chCTe=key,
        dhRecbto=local(issued_at(facts) + HOUR // 60),
        nProt=f"135{facts.index:012}",
        digVal="bWFkZSB1cA==",
        cStat="100",
        xMotivo="Autorizado o uso do CT-e",
    )
    cte = el("CTe", info, signature(f"CTe{key}"), xmlns=NAMESPACE)
    authorized = el("protCTe", el("infProt", protocol), versao="4.00")
    return document(el("cteProc", cte, authorized, versao="4.00", xmlns=NAMESPACE))


def _ide(facts: Facts) -> str:
    key = facts.access_key or ""
    return el(
        "ide",
        fields(
            cUF=key[:2], cCT=key[35:43], CFOP="6353", natOp="Prestação de serviço de transporte", mod="57"
        ),
        fields(
            serie=str(int(key[22:25])), nCT=str(int(key[25:34])), dhEmi=local(issued_at(facts)), tpImp="1"
        ),
        fields(tpEmis="1", cDV=key[43], tpAmb="2", tpCTe="0", procEmi="0", verProc="sandbox 1"),
        fields(cMunEnv="3550308", xMunEnv="São Paulo", UFEnv="SP", modal="01", tpServ="0"),
        fields(cMunIni="4106902", xMunIni="Curitiba", UFIni="PR", cMunFim="3550308", xMunFim="São Paulo"),
        fields(UFFim="SP", retira="1", indIEToma="1"),
        el("toma3", fields(toma="3")),
    )


def _address(name: str, number: int) -> str:
    """A made-up address, in the order of the CT-e."""
    street = fields(xLgr="Rua Inventada", nro=number, xBairro="Centro", cMun="3550308", xMun="São Paulo")
    return el(name, street, fields(CEP=f"010{number:05}", UF="SP"))


def _parties(facts: Facts) -> str:
    carrier = el(
        "emit",
        tax_id(facts.supplier),
        fields(IE="110042490114", xNome=facts.supplier.name),
        _address("enderEmit", 7),
        fields(CRT="3"),
    )
    sender = el("rem", tax_id(facts.company), fields(xNome=facts.company.name), _address("enderReme", 8))
    receiver = el("dest", tax_id(facts.company), fields(xNome=facts.company.name), _address("enderDest", 9))
    return carrier + sender + receiver


def _values(facts: Facts) -> str:
    tax = part(facts.gross, Decimal(12))
    components = el("Comp", fields(xNome="FRETE PESO", vComp=money(facts.gross)))
    icms = el("ICMS00", fields(CST="00", vBC=money(facts.gross), pICMS="12.00", vICMS=money(tax)))
    return el("vPrest", fields(vTPrest=money(facts.gross), vRec=money(facts.gross)), components) + el(
        "imp", el("ICMS", icms), fields(vTotTrib=money(tax))
    )
