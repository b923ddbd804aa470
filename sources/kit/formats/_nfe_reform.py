"""The groups of the tax reform, IBS, CBS and IS, as an NF-e's items and a CT-e have them.

In force from 2026 (LC 214/2025). Rates are in per cent. Source: Nota Técnica 2025.002.
Single-phase details and rarer credits stay in ``_extra``.
"""

from sources.kit.formats._layout import FieldSpec, decimal, text, under


def _share(path: str, tag: str, name: str, whose: str) -> tuple[FieldSpec, ...]:
    """One of the three shares: the state's, the municipality's, the federation's."""
    return under(
        path,
        decimal(f"p{tag}", "rate", f"{whose}: rate"),
        decimal("gDif/pDif", "deferral_rate", f"{whose}: share deferred"),
        decimal("gDif/vDif", "deferred_value", f"{whose}: tax deferred"),
        decimal("gDevTrib/pDevTrib", "returned_rate", f"{whose}: share given back"),
        decimal("gDevTrib/vDevTrib", "returned_value", f"{whose}: tax given back"),
        decimal("gRed/pRedAliq", "reduction_rate", f"{whose}: reduction of the rate"),
        decimal("gRed/pAliqEfet", "effective_rate", f"{whose}: rate after the reduction"),
        decimal(f"v{tag}", "value", f"{whose}: tax"),
        prefix=name,
    )


def ibs_and_cbs(path: str) -> tuple[FieldSpec, ...]:
    """IBS and CBS, whose group is at ``path``."""
    return under(
        path,
        text("CST", "ibs_cbs_cst", "IBS and CBS: tax situation"),
        text("cClassTrib", "ibs_cbs_cclasstrib", "IBS and CBS: tax classification (cClassTrib)"),
        text("indDoacao", "ibs_cbs_donation", "IBS and CBS: 1 for a donation"),
        decimal("gIBSCBS/vBC", "ibs_cbs_base", "IBS and CBS: base"),
        *_share("gIBSCBS/gIBSUF", "IBSUF", "ibs_uf_", "State IBS"),
        *_share("gIBSCBS/gIBSMun", "IBSMun", "ibs_mun_", "Municipal IBS"),
        decimal("gIBSCBS/vIBS", "ibs_value", "IBS: tax, both shares"),
        *_share("gIBSCBS/gCBS", "CBS", "cbs_", "CBS"),
        *under(
            "gIBSCBS/gTribRegular",
            text("CSTReg", "cst", "Regular taxation: tax situation"),
            text("cClassTribReg", "cclasstrib", "Regular taxation: tax classification"),
            decimal("pAliqEfetRegIBSUF", "ibs_uf_rate", "Regular taxation: rate of the state's IBS"),
            decimal("vTribRegIBSUF", "ibs_uf_value", "Regular taxation: the state's IBS"),
            decimal("pAliqEfetRegIBSMun", "ibs_mun_rate", "Regular taxation: rate of the municipality's IBS"),
            decimal("vTribRegIBSMun", "ibs_mun_value", "Regular taxation: the municipality's IBS"),
            decimal("pAliqEfetRegCBS", "cbs_rate", "Regular taxation: rate of CBS"),
            decimal("vTribRegCBS", "cbs_value", "Regular taxation: CBS"),
            prefix="ibs_cbs_regular_",
        ),
        decimal("gIBSCBSMono/vTotIBSMonoItem", "ibs_mono_value", "Single-phase IBS of the item"),
        decimal("gIBSCBSMono/vTotCBSMonoItem", "cbs_mono_value", "Single-phase CBS of the item"),
        decimal("gTransfCred/vIBS", "ibs_transferred_credit", "IBS: credit transferred"),
        decimal("gTransfCred/vCBS", "cbs_transferred_credit", "CBS: credit transferred"),
    )


SELECTIVE_TAX = under(
    "imposto/IS",
    text("CSTIS", "cst", "Selective tax (IS): tax situation"),
    text("cClassTribIS", "cclasstrib", "IS: tax classification"),
    decimal("vBCIS", "base", "IS: base"),
    decimal("pIS", "rate", "IS: rate"),
    decimal("adRemIS|pISEspec", "unit_rate", "IS: reais a unit"),
    text("uTrib", "unit", "IS: unit taxed"),
    decimal("qTrib", "quantity", "IS: quantity taxed"),
    decimal("vIS", "value", "IS: tax"),
    prefix="is_",
)
