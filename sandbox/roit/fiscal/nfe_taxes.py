"""The taxes of one NF-e item: ICMS in its groups, IPI, PIS, COFINS, and from 2026 IS, IBS and CBS."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from .xml import el, fields, money

CENT = Decimal("0.01")
IPI_RATE = Decimal("0.05")

ICMS_GROUPS = ("00", "00", "00", "20", "40", "51", "60", "90")
CSOSN_GROUPS = ("101", "102", "500")
REFORM_CODES = (
    # CST, cClassTrib, share by which the rates are reduced
    ("000", "000001", Decimal(0)),
    ("000", "000001", Decimal(0)),
    ("200", "200032", Decimal(60)),
    ("410", "410999", None),
)
"""Taxed in full, taxed at 60 % less, and not taxed; the code's first three digits are its CST."""

IBS_STATE_RATE = Decimal("0.1000")
CBS_RATE = Decimal("0.9000")
"""The test rates of 2026, in percent; the municipal IBS rate is zero."""

IS_EVERY = 9
IS_RATE = Decimal("1.0000")


@dataclass
class Totals:
    """What the items add up to, by the name of the field in the document's totals."""

    sums: dict[str, Decimal] = field(default_factory=dict)

    def add(self, name: str, value: Decimal) -> Decimal:
        self.sums[name] = self.sums.get(name, Decimal("0.00")) + value
        return value

    def __getitem__(self, name: str) -> str:
        return money(self.sums.get(name, Decimal(0)))

    def value(self, name: str) -> Decimal:
        return self.sums.get(name, Decimal("0.00"))


def part(base: Decimal, percent: Decimal) -> Decimal:
    return (base * percent / 100).quantize(CENT)


def icms(rng: random.Random, base: Decimal, totals: Totals, *, simples: bool) -> str:
    """One of the ICMS groups; a small company under Simples Nacional uses a CSOSN instead of a CST."""
    if simples:
        return el("ICMS", _csosn(rng, base))
    cst = rng.choice(ICMS_GROUPS)
    origin = fields(orig=rng.choice("012"), CST=cst)
    if cst == "40":
        return el("ICMS", el("ICMS40", fields(orig="0", CST=rng.choice(("40", "41", "50")))))
    if cst == "60":
        retained = fields(
            vBCSTRet=money(base),
            pST="18.00",
            vICMSSubstituto="0.00",
            vICMSSTRet=money(part(base, Decimal(4))),
        )
        return el("ICMS", el("ICMS60", origin, retained))
    reduced = Decimal("33.33") if cst == "20" else Decimal(0)
    taxed = totals.add("vBC", base - part(base, reduced))
    value = totals.add("vICMS", part(taxed, Decimal(18)))
    calculation = fields(
        modBC="3",
        pRedBC=f"{reduced:.4f}" if cst == "20" else None,
        vBC=money(taxed),
        pICMS="18.0000",
        vICMSOp=money(value) if cst == "51" else None,
        pDif="0.0000" if cst == "51" else None,
        vICMSDif="0.00" if cst == "51" else None,
        vICMS=money(value),
    )
    return el("ICMS", el(f"ICMS{cst}", origin, calculation))


def _csosn(rng: random.Random, base: Decimal) -> str:
    code = rng.choice(CSOSN_GROUPS)
    credit = fields(pCredSN="1.2500", vCredICMSSN=money(part(base, Decimal("1.25")))) if code == "101" else ""
    return el(f"ICMSSN{code}", fields(orig="0", CSOSN=code), credit)


def ipi(base: Decimal, value: Decimal, totals: Totals) -> str:
    """IPI with the value that was taken out of the item's total before, or not taxed."""
    if not value:
        return el("IPI", fields(cEnq="999"), el("IPINT", fields(CST="53")))
    totals.add("vIPI", value)
    rate = fields(CST="50", vBC=money(base), pIPI=f"{IPI_RATE * 100:.4f}", vIPI=money(value))
    return el("IPI", fields(cEnq="999"), el("IPITrib", rate))


def contributions(rng: random.Random, base: Decimal, totals: Totals) -> str:
    """PIS and COFINS, taxed or not."""
    if rng.random() < 0.2:
        return el("PIS", el("PISNT", fields(CST="07"))) + el("COFINS", el("COFINSNT", fields(CST="07")))
    pis = totals.add("vPIS", part(base, Decimal("1.65")))
    cofins = totals.add("vCOFINS", part(base, Decimal("7.60")))
    taxed = fields(CST="01", vBC=money(base))
    return el("PIS", el("PISAliq", taxed, fields(pPIS="1.6500", vPIS=money(pis)))) + el(
        "COFINS", el("COFINSAliq", taxed, fields(pCOFINS="7.6000", vCOFINS=money(cofins)))
    )


def selective(base: Decimal, totals: Totals) -> str:
    """IS, the tax on what harms health or environment."""
    value = totals.add("vIS", part(base, IS_RATE))
    codes = fields(CSTIS="000", cClassTribIS="000001", vBCIS=money(base), pIS=f"{IS_RATE:.4f}")
    return el("IS", codes, fields(vIS=money(value)))


def reform(rng: random.Random, base: Decimal, totals: Totals) -> str:
    """The group IBSCBS with state IBS, municipal IBS and CBS."""
    cst, code, reduction = rng.choice(REFORM_CODES)
    if reduction is None:
        return el("IBSCBS", fields(CST=cst, cClassTrib=code))
    totals.add("vBCIBSCBS", base)
    state_rate, state_cut = _cut(IBS_STATE_RATE, reduction)
    federal_rate, federal_cut = _cut(CBS_RATE, reduction)
    state = totals.add("vIBSUF", part(base, state_rate))
    city = totals.add("vIBSMun", Decimal("0.00"))
    federal = totals.add("vCBS", part(base, federal_rate))
    return el(
        "IBSCBS",
        fields(CST=cst, cClassTrib=code),
        el(
            "gIBSCBS",
            fields(vBC=money(base)),
            el("gIBSUF", fields(pIBSUF=f"{IBS_STATE_RATE:.4f}"), state_cut, fields(vIBSUF=money(state))),
            el("gIBSMun", fields(pIBSMun="0.0000", vIBSMun=money(city))),
            fields(vIBS=money(state + city)),
            el("gCBS", fields(pCBS=f"{CBS_RATE:.4f}"), federal_cut, fields(vCBS=money(federal))),
        ),
    )


def _cut(rate: Decimal, reduction: Decimal) -> tuple[Decimal, str]:
    """The effective rate, and the group that explains it when there is a reduction."""
    if not reduction:
        return rate, ""
    effective = rate * (100 - reduction) / 100
    return effective, el("gRed", fields(pRedAliq=f"{reduction:.4f}", pAliqEfet=f"{effective:.4f}"))


def reform_totals(totals: Totals) -> str:
    """ISTot (when there is any) and IBSCBSTot."""
    state, city = totals.value("vIBSUF"), totals.value("vIBSMun")
    none = fields(vDif="0.00", vDevTrib="0.00")
    presumed = fields(vCredPres="0.00", vCredPresCondSus="0.00")
    selective_total = el("ISTot", fields(vIS=totals["vIS"])) if totals.value("vIS") else ""
    return selective_total + el(
        "IBSCBSTot",
        fields(vBCIBSCBS=totals["vBCIBSCBS"]),
        el(
            "gIBS",
            el("gIBSUF", none, fields(vIBSUF=money(state))),
            el("gIBSMun", none, fields(vIBSMun=money(city))),
            fields(vIBS=money(state + city)),
            presumed,
        ),
        el("gCBS", none, fields(vCBS=totals["vCBS"]), presumed),
    )
