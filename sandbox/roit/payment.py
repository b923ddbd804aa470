"""How a payable is paid: `paymentDetail` in each of its published types, and who is paid on whose behalf."""

from __future__ import annotations

import random
import string
from datetime import date, timedelta
from typing import Any

from .facts import Facts
from .skeleton import moment_of

DUE_FACTOR_ORIGIN = date(2025, 2, 22)
"""The boleto's due-date factor ran over on this day and began again at 1000."""

BY_DOCUMENT_TYPE: dict[str, tuple[str, ...]] = {
    "NFE": ("BARCODE", "BARCODE", "PIX", "TED"),
    "NFSE": ("PIX", "TED", "BARCODE", "QRCODE"),
    "CTE": ("TED", "PIX", "BARCODE"),
    "CONSUMPTION_BILL": ("BARCODE", "QRCODE"),
    "TAX_GUIDE": ("DARF", "SIMPLE_DARF", "GARE", "DARJ", "IPVA", "DPVAT", "LICENSING"),
    "PAYROLL": ("PAYROLL",),
    "OTHER": ("PIX", "TED", "CRYPTO_WALLET"),
}
"""The last one is not in the contract: the enumeration is open."""


def boleto(rng: random.Random, due: date, cents: int) -> str:
    """The 44 digits of a boleto's barcode, with its check digit (mod 11, 0, 10 and 11 become 1)."""
    factor = 1000 + (due - DUE_FACTOR_ORIGIN).days
    body = f"{rng.choice(('001', '033', '237', '341'))}9{factor % 10_000:04}{cents % 10**10:010}"
    body += f"{rng.randrange(10**25):025}"
    total = sum(int(c) * (2 + i % 8) for i, c in enumerate(reversed(body)))
    digit = 11 - total % 11
    return f"{body[:4]}{1 if digit > 9 else digit}{body[4:]}"


def utility_bill(rng: random.Random, cents: int) -> str:
    """The 44 digits of a utility's barcode: product 8, check digit by mod 10 in the fourth place."""
    head, tail = "836", f"{cents % 10**11:011}{rng.randrange(10**29):029}"
    return f"{head}{mod10(head + tail)}{tail}"


def mod10(digits: str) -> int:
    """The check digit of payment slips: weights 2 and 1 from the right, digits of products added up."""
    products = (int(c) * (2 - i % 2) for i, c in enumerate(reversed(digits)))
    return -sum(p // 10 + p % 10 for p in products) % 10


def digitable_line(barcode: str) -> str:
    """What a person types: 47 digits for a bank's boleto, 48 for a utility bill."""
    if barcode.startswith("8"):
        blocks = [barcode[at : at + 11] for at in range(0, 44, 11)]
        return "".join(f"{block}{mod10(block)}" for block in blocks)
    free = barcode[19:]
    blocks = [barcode[:4] + free[:5], free[5:15], free[15:]]
    return "".join(f"{block}{mod10(block)}" for block in blocks) + barcode[4:19]


def end_to_end_id(rng: random.Random, at: int) -> str:
    """The 32 characters that a PIX payment carries through the banks."""
    tail = "".join(rng.choices(string.ascii_lowercase + string.digits, k=11))
    return f"E{rng.choice(('99999998', '99999999'))}{moment_of(at):%Y%m%d%H%M}{tail}"


def _guide(rng: random.Random, facts: Facts) -> dict[str, Any]:
    """What all tax guides have: period and the parts of the total."""
    return {
        "period": (facts.issued.replace(day=1) - timedelta(days=1)).isoformat(),
        "principal": facts.gross,
        "fine": facts.fine,
        "interest": facts.interest,
        "total": facts.payable,
    }


def _vehicle(rng: random.Random) -> dict[str, Any]:
    return {"renavam": f"{rng.randrange(10**11):011}", "licensePlate": "ABC1D23", "state": "SP"}


def _account(rng: random.Random) -> dict[str, str]:
    return {
        "bankCode": rng.choice(("001", "033", "237", "341")),
        "agency": f"{rng.randrange(10**4):04}",
        "account": f"{rng.randrange(10**6):06}-{rng.randrange(10)}",
        "accountType": rng.choice(("CHECKING", "SAVINGS")),
    }


def payment_detail(rng: random.Random, facts: Facts) -> dict[str, Any]:
    """The object for one of the types that go with the document's type."""
    kind = rng.choice(BY_DOCUMENT_TYPE[facts.kind])
    detail: dict[str, Any] = {"type": kind}
    match kind:
        case "PIX":
            detail |= {"pixKey": facts.supplier.tax_id, "pixKeyType": "NATIONAL_REGISTER"}
        case "TED":
            detail |= _account(rng)
        case "BARCODE":
            cents = int(facts.installments[0].value * 100)
            bill = facts.kind == "CONSUMPTION_BILL"
            barcode = utility_bill(rng, cents) if bill else boleto(rng, facts.due, cents)
            detail |= {"barcode": barcode, "digitableLine": digitable_line(barcode)}
        case "QRCODE":
            text = f"00020126580014br.gov.bcb.pix0136{facts.id}5204000053039865802BR6304ABCD"
            detail |= {"qrCode": text, "txId": facts.id.replace("-", "")[:25]}
        case "DARF":
            detail |= {"revenueCode": rng.choice(("1708", "5952", "0561")), **_guide(rng, facts)}
        case "SIMPLE_DARF":
            detail |= {"revenueCode": "6106", "grossRevenue": facts.gross * 10, **_guide(rng, facts)}
        case "GARE" | "DARJ":
            detail |= {"revenueCode": "046-2", "stateRegister": "110042490114", **_guide(rng, facts)}
        case "IPVA" | "DPVAT" | "LICENSING":
            detail |= {"year": facts.issued.year, **_vehicle(rng)}
        case "PAYROLL":
            detail |= {"competence": f"{facts.issued:%Y-%m}", "employees": rng.randrange(1, 80)}
        case _:
            detail |= {"wallet": "bc1-made-up", "network": "TESTNET"}
    return detail


def holder(rng: random.Random, facts: Facts) -> dict[str, Any] | None:
    """Whose account is paid; null for one in three."""
    if rng.random() < 0.34:
        return None
    party = facts.supplier
    return {"name": party.name, "nationalRegister": party.tax_id, "bankAccount": _account(rng)}
