"""A few helpers that write XML as text: quick, and in exactly the form in which tax offices exchange it."""

from __future__ import annotations

from datetime import timedelta, timezone
from decimal import Decimal
from xml.sax.saxutils import escape

from ...core.parties import Party
from ..skeleton import EPOCH

BRASILIA = timezone(timedelta(hours=-3))
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
SIGNATURE_NS = "http://www.w3.org/2000/09/xmldsig#"
CANONICAL = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def el(name: str, *parts: str, **attributes: str) -> str:
    """An element around parts that are XML already."""
    opening = "".join(f' {key.rstrip("_")}="{escape(value)}"' for key, value in attributes.items())
    return f"<{name}{opening}>{''.join(parts)}</{name}>"


def fields(**values: object) -> str:
    """An element per value, in order, text escaped; None leaves it out, a trailing `_` is cut off the name."""
    return "".join(
        f"<{k.rstrip('_')}>{escape(str(v))}</{k.rstrip('_')}>" for k, v in values.items() if v is not None
    )


def document(root: str) -> bytes:
    return f"{DECLARATION}{root}".encode()


def money(value: Decimal) -> str:
    """Two places, as all totals have."""
    return f"{value:.2f}"


def local(at: int) -> str:
    """Microseconds since the epoch as the local time that documents carry: seconds, offset -03:00."""
    return (EPOCH + timedelta(microseconds=at)).astimezone(BRASILIA).isoformat(timespec="seconds")


def tax_id(party: Party) -> str:
    """`CNPJ` or `CPF`, whichever the party has."""
    return fields(CNPJ=party.tax_id) if party.kind == "COMPANY" else fields(CPF=party.tax_id)


def address(name: str, number: int) -> str:
    """A made-up address in São Paulo, in the order of the NF-e."""
    street = fields(xLgr="Rua Inventada", nro=number, xBairro="Centro", cMun="3550308", xMun="São Paulo")
    return el(name, street, fields(UF="SP", CEP=f"010{number:05}", cPais="1058", xPais="BRASIL"))


def signature(reference: str) -> str:
    """A signature of the right shape; it signs nothing."""
    nothing = "bWFkZSB1cA=="
    transforms = el(
        "Transforms",
        el("Transform", Algorithm=f"{SIGNATURE_NS}enveloped-signature"),
        el("Transform", Algorithm=CANONICAL),
    )
    info = el(
        "SignedInfo",
        el("CanonicalizationMethod", Algorithm=CANONICAL),
        el("SignatureMethod", Algorithm=f"{SIGNATURE_NS}rsa-sha1"),
        el(
            "Reference",
            transforms,
            el("DigestMethod", Algorithm=f"{SIGNATURE_NS}sha1"),
            fields(DigestValue=nothing),
            URI=f"#{reference}",
        ),
    )
    key = el("KeyInfo", el("X509Data", fields(X509Certificate=nothing)))
    return el("Signature", info, fields(SignatureValue=nothing), key, xmlns=SIGNATURE_NS)
