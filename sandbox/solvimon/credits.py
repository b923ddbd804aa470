"""Credit notes: a line of an invoice given back, linked both ways."""

from __future__ import annotations

import copy
import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from .invoice_lines import lines_of
from .values import Record, amount, identifier, quantity_of, stamp

CREDIT_SIGNS = {"CREDIT": Decimal(-1), "ONE_OFF_CREDIT": Decimal(1)}
"""How each type writes its amounts: what is given back is negative in one and positive in the other, so a
reader has to go by the type and not by the sign."""


def creditable(invoice: Record) -> bool:
    """Whether the largest line of an invoice is above nothing and not above the whole."""
    gross = quantity_of(invoice["invoice_amount_including_tax"])
    return 0 < quantity_of(_largest(invoice)["amount_including_tax"]) <= gross


def _largest(invoice: Record) -> Record:
    return max(lines_of(invoice), key=lambda item: quantity_of(item["amount_excluding_tax"]))


def make_credit(rng: random.Random, original: Record, type_: str, at: datetime) -> Record:
    """Return a draft credit note over the largest line of `original`, and link the two."""
    credit: Record = copy.deepcopy(original)
    created = stamp(at)
    day = stamp(at.replace(hour=0, minute=0, second=0, microsecond=0))
    credit.update(
        id=identifier(rng, "invo"),
        type=type_,
        status="DRAFT",
        on_hold=False,
        invoice_number=None,
        updated_to_final_at=None,
        created_at=created,
        updated_at=created,
        invoice_date=day,
        due_date=day,
        paid=False,
        payment_status="UNPAID",
        credit={
            "original_invoice_id": original["id"],
            "original_invoice_info": {"id": original["id"], "invoice_number": original["invoice_number"]},
            "note": "Serviço não prestado",
            "credit_details_source": "ORIGINAL",
        },
    )
    _keep_one_line(rng, credit, CREDIT_SIGNS[type_])
    _link(credit, original, "CREDIT_OF")
    _link(original, credit, "CREDITED_BY")
    return credit


def _link(invoice: Record, other: Record, link_type: str) -> None:
    invoice["linked_invoices"] = [
        {
            "id": other["id"],
            "link_type": link_type,
            "note": None,
            "invoice_number": other.get("invoice_number"),
            "amount": other["invoice_amount_including_tax"],
            "invoice_date": other["invoice_date"],
        }
    ]
    invoice["linked_invoices_ids"] = [other["id"]]


def _keep_one_line(rng: random.Random, credit: Record, sign: Decimal) -> None:
    """Reduce the copy to one line, signed, and write every sum above it anew from that line."""
    line = _signed(_largest(credit), sign)
    line.update(id=identifier(rng, "inli"), line_order=1, sub_lines=[])
    taxes = line["tax_categories"]
    sums = {name: line[name] for name in ("amount_excluding_tax", "amount_including_tax")}
    group = {**credit["periods"][0]["groups"][0], **sums, "lines": [line], "tax_categories": taxes}
    period = {**credit["periods"][0], **sums, "groups": [group], "tax_categories": taxes}
    gross = sums["amount_including_tax"]
    nothing = amount(Decimal("0.00"), gross["currency"])
    credit.update(
        periods=[period],
        tax_categories=taxes,
        tax_summary={
            **{name: taxes[0][name] for name in ("base_amount", "tax_amount", "total_amount")},
            "notes": None,
            "country_code": credit["tax_summary"]["country_code"],
        },
        invoice_amount_including_tax=gross,
        open_invoice_amount=gross,
        closed_invoice_amount=nothing,
        paid_invoice_amount=nothing,
        used_exchange_rates=None,
    )


def _signed(value: Any, sign: Decimal) -> Any:
    """Return a copy with the quantity of every amount inside multiplied by the sign."""
    if isinstance(value, list):
        return [_signed(item, sign) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"quantity", "currency"}:
        return amount(Decimal(value["quantity"]) * sign, value["currency"])
    return {name: _signed(item, sign) for name, item in value.items()}
