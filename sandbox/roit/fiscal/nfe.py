"""The NF-e (layout 4.00, model 55) behind a payable: same access key, parties and value; and its cancellation."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time
from decimal import Decimal

from ...core.world import World
from ..facts import Facts, split
from ..skeleton import HOUR, micros
from . import nfe_taxes as taxes
from .nfe_taxes import CENT, IPI_RATE, Totals
from .xml import address, document, el, fields, local, money, signature, tax_id

NAMESPACE = "http://www.portalfiscal.inf.br/nfe"
REFORM_SINCE = date(2026, 1, 1)
PRODUCTS = (
    ("7318.15.00", "Parafuso sextavado M8 & arruela", "UN"),
    ("4802.56.10", "Papel A4 75 g/m² <branco>", "CX"),
    ("2710.19.21", "Óleo diesel S10", "L"),
    ("8471.30.12", 'Notebook 14"', "PC"),
    ("3901.10.10", "Polietileno linear", "KG"),
    ("1006.30.21", "Arroz agulhinha", "KG"),
)
WAYS_TO_PAY = ("15", "15", "17", "03", "01")
"""Boleto, PIX, credit card, cash."""


def issued_at(facts: Facts) -> int:
    """Microseconds of the moment of issue: 09:00 in Brasília on the issue date."""
    return micros(datetime.combine(facts.issued, time(12), UTC))


def make_nfe(world: World, facts: Facts) -> bytes:
    """`nfeProc` with the note and its authorization. The note's total is the payable's gross value."""
    rng = random.Random(f"{world.seed}:{facts.access_key}:nfe")
    key = facts.access_key or ""
    totals = Totals()
    simples = facts.supplier.tax_id[6] in "27"
    with_reform = facts.issued >= REFORM_SINCE
    items = _items(rng, facts, totals, simples=simples, with_reform=with_reform)
    note = el(
        "infNFe",
        _ide(rng, facts),
        _parties(facts, simples=simples),
        *items,
        _total(facts, totals, with_reform=with_reform),
        el("transp", fields(modFrete=rng.choice("0139")), _volume(rng)),
        _billing(facts),
        _payment(rng, facts),
        el("infAdic", fields(infCpl=f"Pedido {' '.join(facts.purchase_orders) or 'não informado'}")),
        Id=f"NFe{key}",
        versao="4.00",
    )
    nfe = el("NFe", note, signature(f"NFe{key}"), xmlns=NAMESPACE)
    return document(el("nfeProc", nfe, _protocol(facts), versao="4.00", xmlns=NAMESPACE))


def _ide(rng: random.Random, facts: Facts) -> str:
    key = facts.access_key or ""
    refers = rng.random() < 0.08
    return el(
        "ide",
        fields(
            cUF=key[:2], cNF=key[35:43], natOp="Venda de mercadoria", mod="55", serie=str(int(key[22:25]))
        ),
        fields(
            nNF=str(int(key[25:34])), dhEmi=local(issued_at(facts)), dhSaiEnt=local(issued_at(facts) + HOUR)
        ),
        fields(tpNF="1", idDest="1", cMunFG="3550308", tpImp="1", tpEmis=key[34], cDV=key[43], tpAmb="2"),
        fields(finNFe="4" if refers else "1", indFinal="0", indPres="9", procEmi="0", verProc="sandbox 1"),
        el("NFref", fields(refNFe=key)) if refers else "",
    )


def _parties(facts: Facts, *, simples: bool) -> str:
    number = 1 + facts.index % 900
    issuer = el(
        "emit",
        tax_id(facts.supplier),
        fields(xNome=facts.supplier.name),
        address("enderEmit", number),
        fields(IE="110042490114", CRT="1" if simples else "3"),
    )
    receiver = el(
        "dest",
        tax_id(facts.company),
        fields(xNome=facts.company.name),
        address("enderDest", 100),
        fields(indIEDest="1", IE="110042490115", email="notas@exemplo.invalid"),
    )
    return issuer + receiver


def _items(
    rng: random.Random, facts: Facts, totals: Totals, *, simples: bool, with_reform: bool
) -> list[str]:
    """One to eight items whose values and IPI add up to the payable's gross value."""
    count = min(rng.choices((1, 2, 3, 5, 8), (35, 30, 20, 10, 5))[0], int(facts.gross) or 1)
    items = []
    for number, amount in enumerate(split(facts.gross, count), 1):
        price = (amount / (1 + IPI_RATE)).quantize(CENT) if rng.random() < 0.3 and amount > 1 else amount
        totals.add("vProd", price)
        taxed = [
            taxes.icms(rng, price, totals, simples=simples),
            taxes.ipi(price, amount - price, totals),
            taxes.contributions(rng, price, totals),
        ]
        if with_reform:
            taxed.append(taxes.selective(price, totals) if number % taxes.IS_EVERY == 3 else "")
            taxed.append(taxes.reform(rng, price, totals))
        extra = fields(infAdProd="Lote 42; validade 12/2027") if rng.random() < 0.2 else ""
        items.append(
            el("det", _product(rng, facts, number, price), el("imposto", *taxed), extra, nItem=str(number))
        )
    return items


def _product(rng: random.Random, facts: Facts, number: int, price: Decimal) -> str:
    """Unit values have up to ten places, so that quantity times value gives the item's total."""
    ncm, name, unit = rng.choice(PRODUCTS)
    quantity = Decimal(rng.choice((1, 2, 3, 7, 12, 48, 125)))
    unit_value = f"{(price / quantity).quantize(Decimal('1E-10')):f}"
    barcode = "SEM GTIN"
    order = fields(xPed=facts.purchase_orders[0], nItemPed=str(number * 10)) if facts.purchase_orders else ""
    return el(
        "prod",
        fields(
            cProd=f"P{rng.randrange(10**5):05}",
            cEAN=barcode,
            xProd=name,
            NCM=ncm.replace(".", ""),
            CFOP="5102",
        ),
        fields(uCom=unit, qCom=f"{quantity:.4f}", vUnCom=unit_value, vProd=money(price), cEANTrib=barcode),
        fields(uTrib=unit, qTrib=f"{quantity:.4f}", vUnTrib=unit_value, indTot="1"),
        order,
    )


def _total(facts: Facts, totals: Totals, *, with_reform: bool) -> str:
    icms_total = el(
        "ICMSTot",
        fields(
            vBC=totals["vBC"], vICMS=totals["vICMS"], vICMSDeson="0.00", vFCP="0.00", vBCST="0.00", vST="0.00"
        ),
        fields(
            vFCPST="0.00", vFCPSTRet="0.00", vProd=totals["vProd"], vFrete="0.00", vSeg="0.00", vDesc="0.00"
        ),
        fields(
            vII="0.00", vIPI=totals["vIPI"], vIPIDevol="0.00", vPIS=totals["vPIS"], vCOFINS=totals["vCOFINS"]
        ),
        fields(vOutro="0.00", vNF=money(facts.gross)),
    )
    if not with_reform:
        return el("total", icms_total)
    return el("total", icms_total, taxes.reform_totals(totals), fields(vNFTot=money(facts.gross)))


def _volume(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return ""
    return el("vol", fields(qVol=rng.randrange(1, 20), esp="CAIXA", pesoL="10.500", pesoB="11.000"))


def _billing(facts: Facts) -> str:
    """`cobr`: the invoice and its installments, on the payable's due dates."""
    invoice = fields(nFat=facts.number, vOrig=money(facts.gross), vDesc="0.00", vLiq=money(facts.gross))
    values = split(facts.gross, len(facts.installments))
    duplicates = [
        el("dup", fields(nDup=f"{part.number:03}", dVenc=part.due.isoformat(), vDup=money(value)))
        for part, value in zip(facts.installments, values, strict=True)
    ]
    return el("cobr", el("fat", invoice), *duplicates)


def _payment(rng: random.Random, facts: Facts) -> str:
    """`pag`: one way of paying, or two that add up."""
    later = "1" if facts.installments[-1].due > facts.issued else "0"
    values = split(facts.gross, 2 if rng.random() < 0.15 and facts.gross > 1 else 1)
    return el(
        "pag",
        *(el("detPag", fields(indPag=later, tPag=rng.choice(WAYS_TO_PAY), vPag=money(v))) for v in values),
    )


def _protocol(facts: Facts) -> str:
    info = fields(
        tpAmb="2",
        verAplic="SP_NFE_PL009",
        chNFe=facts.access_key,
        dhRecbto=local(issued_at(facts) + HOUR // 60),
        nProt=f"135{facts.index:012}",
        digVal="bWFkZSB1cA==",
        cStat="100",
        xMotivo="Autorizado o uso da NF-e",
    )
    return el("protNFe", el("infProt", info), versao="4.00")


def make_cancellation(facts: Facts) -> bytes:
    """`procEventoNFe` of type 110111: the note was cancelled a day after its issue."""
    key = facts.access_key or ""
    at = local(issued_at(facts) + 24 * HOUR)
    event_id = f"ID110111{key}01"
    detail = el(
        "detEvento",
        fields(
            descEvento="Cancelamento", nProt=f"135{facts.index:012}", xJust="Pedido desfeito pelo comprador"
        ),
        versao="1.00",
    )
    head = fields(cOrgao="35", tpAmb="2", CNPJ=facts.supplier.tax_id, chNFe=key, dhEvento=at)
    kind = fields(tpEvento="110111", nSeqEvento="1", verEvento="1.00")
    event = el("evento", el("infEvento", head, kind, detail, Id=event_id), versao="1.00", xmlns=NAMESPACE)
    answer = fields(tpAmb="2", verAplic="SP_EVENTOS", cOrgao="35", cStat="135", xMotivo="Evento registrado")
    returned = el("infEvento", answer, fields(chNFe=key, tpEvento="110111", nSeqEvento="1", dhRegEvento=at))
    root = el(
        "procEventoNFe", event, el("retEvento", returned, versao="1.00"), versao="1.00", xmlns=NAMESPACE
    )
    return document(root)
