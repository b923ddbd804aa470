"""One payable, and its events, as the JSON that the API sends."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from ..core.wire import raw
from .facts import Facts, payable_id
from .oddities import metadata, rng_of, spell, stamp, unknown_enums, unknown_fields
from .payment import boleto, end_to_end_id, holder, payment_detail
from .skeleton import moment_of
from .timeline import Step, Timeline

MASTER_ID = "master-ledger"
OPEN_STATUSES = {"OPEN", "PENDING_APPROVAL", "APPROVED", "SCHEDULED", "PARTIALLY_PAID", "IN_DISPUTE"}
USERS = tuple(
    {"id": f"user-{n}", "name": f"Usuária Fictícia {n}", "email": f"usuaria{n}@exemplo.invalid"}
    for n in range(1, 5)
)
PURPOSES = ({"code": "01", "description": "Fornecedores"}, {"code": "02", "description": ""}, None)

Stamp = Callable[[int], str]
Spell = Callable[[Decimal], Any]


def payable_record(
    facts: Facts, timeline: Timeline, seed: int, updated: int, revision: int
) -> dict[str, Any]:
    """The AccountPayable; `updated` is its `updatedAt`, `revision` how often it was edited."""
    rng = rng_of(seed, facts.index, "spelling")
    style = rng.randrange(1 << 20)

    def at(moment: int) -> str:
        return stamp(moment, style ^ moment // 1_000)

    def num(value: Decimal) -> Any:
        return spell(value, rng.randrange(1 << 10))

    detail = payment_detail(rng, facts) if rng.random() < 0.93 else None
    record = {
        "id": facts.id,
        "masterId": MASTER_ID,
        **_document(rng, facts, revision),
        "isLocked": _lock(rng, timeline, at),
        "currency": {"code": facts.currency, "rate": num(facts.rate)},
        "value": {
            name: num(getattr(facts, name)) for name in ("gross", "discount", "interest", "fine", "net")
        },
        **_dates(facts, timeline, at),
        **_parties(facts),
        "holder": holder(rng, facts),
        "paymentPurpose": rng.choice(PURPOSES),
        "paymentDetail": detail,
        **_lists(rng, facts, at, num, by_pix=(detail or {}).get("type") == "PIX"),
        "canceled": _canceled(rng, timeline, at),
        "integration": _integration(rng, facts, at),
        "metadata": metadata(facts.index, facts.number),
        "createdAt": at(timeline.steps[0].at),
        "updatedAt": at(updated),
    }
    unknown_enums(facts.index, record)
    unknown_fields(facts.index, record)
    if facts.index % 11 == 9:
        del record["metadata"]
    return record


def _document(rng: random.Random, facts: Facts, revision: int) -> dict[str, Any]:
    """Absent values are null or empty text, which are not the same."""
    described = rng.choice((f"{facts.kind} {facts.number}", f"Compra ref. {facts.number}", "", None))
    return {
        "reference": rng.choice((f"ERP-{facts.number}", f"51{int(facts.number):08}", "", None)),
        "documentId": document_id(facts) if facts.access_key or rng.random() < 0.5 else None,
        "documentNumber": facts.number,
        "description": f"{described or ''} (rev. {revision})" if revision else described,
        "documentType": facts.kind,
        "accessKey": facts.access_key,
        "status": facts.status,
        "isOpen": facts.status in OPEN_STATUSES,
    }


def _parties(facts: Facts) -> dict[str, Any]:
    supplier, company = facts.supplier, facts.company
    return {
        "provider": {"name": supplier.name, "nationalRegister": supplier.tax_id, "type": supplier.kind},
        "company": {"name": company.name, "nationalRegister": company.tax_id},
    }


def document_id(facts: Facts) -> str:
    return f"doc-{facts.id[:8]}-{facts.number}"


def _lock(rng: random.Random, timeline: Timeline, at: Stamp) -> dict[str, Any] | None:
    draw = rng.random()
    if draw < 0.5:
        return None
    if draw < 0.9:
        return {"locked": False}
    return {"locked": True, "by": rng.choice(USERS)["email"], "at": at(timeline.steps[-1].at)}


def _dates(facts: Facts, timeline: Timeline, at: Stamp) -> dict[str, Any]:
    paid = [i.paid_at for i in facts.installments if i.paid_at is not None]
    scheduled = timeline.last("SCHEDULED")
    wait = timedelta(days=2)
    return {
        "issueDate": facts.issued.isoformat(),
        "entryDate": facts.entered.isoformat(),
        "dueDate": facts.due.isoformat(),
        "scheduledDate": (moment_of(scheduled.at) + wait).date().isoformat() if scheduled else None,
        "paidAt": at(max(paid)) if paid else None,
    }


def _lists(rng: random.Random, facts: Facts, at: Stamp, num: Spell, *, by_pix: bool) -> dict[str, Any]:
    """The lists; an empty one is written as `[]`, as null, or not at all."""
    lists: dict[str, list[Any]] = {
        "purchaseOrders": list(facts.purchase_orders),
        "installments": _installments(rng, facts, at, num),
        "costCenters": [
            {"code": code, "name": name, "percentage": num(share), "value": num(value)}
            for code, name, share, value in facts.cost_centers
        ],
        "tributes": [
            {
                "tribute": t.name,
                "base": num(t.base),
                "rate": num(t.rate),
                "value": num(t.value),
                "withheld": t.withheld,
                "dueDate": t.due.isoformat() if t.due else None,
            }
            for t in facts.tributes
        ],
        "receipts": _receipts(rng, facts, at, num, by_pix=by_pix),
    }
    written: dict[str, Any] = {}
    for name, rows in lists.items():
        form = rng.randrange(3)
        if rows or form == 0:
            written[name] = rows
        elif form == 1:
            written[name] = None
    return written


def _installments(rng: random.Random, facts: Facts, at: Stamp, num: Spell) -> list[Any]:
    if len(facts.installments) == 1 and rng.random() < 0.15 and facts.status != "PAID":
        return []  # no list at all means one installment
    unpaid = {"CANCELED": "CANCELED", "REJECTED": "CANCELED", "SCHEDULED": "SCHEDULED"}
    rows = []
    for part in facts.installments:
        row = {
            "number": part.number,
            "dueDate": part.due.isoformat(),
            "value": num(part.value),
            "status": "PAID" if part.paid_at is not None else unpaid.get(facts.status, "OPEN"),
            "paidAt": at(part.paid_at) if part.paid_at is not None else None,
        }
        if rng.random() < 0.4:
            row["barcode"] = boleto(rng, part.due, int(part.value * 100))
        rows.append(row)
    return rows


def _receipts(rng: random.Random, facts: Facts, at: Stamp, num: Spell, *, by_pix: bool) -> list[Any]:
    """One for each paid installment; a payment by PIX is authenticated by its end-to-end id."""
    rows = []
    for part in facts.installments:
        if part.paid_at is None:
            continue
        row = {
            "id": f"rcp-{facts.id[:8]}-{part.number}",
            "paidAt": at(part.paid_at),
            "value": num(part.value),
            "authentication": end_to_end_id(rng, part.paid_at) if by_pix else f"{rng.getrandbits(64):016X}",
        }
        if rng.random() < 0.7:
            row["fileName"] = f"comprovante_{facts.number}_{part.number}.pdf"
        rows.append(row)
    return rows


def _canceled(rng: random.Random, timeline: Timeline, at: Stamp) -> dict[str, Any] | None:
    step = timeline.last("CANCELED")
    return {"at": at(step.at), "reason": step.message, "user": rng.choice(USERS)} if step else None


def _integration(rng: random.Random, facts: Facts, at: Stamp) -> dict[str, Any] | None:
    status = rng.choice(
        ("PENDING", "PROCESSING", "RECEIVED", "DONE", "DONE", "DONE", "WARNING", "ERROR", None)
    )
    if status is None:
        return None
    record: dict[str, Any] = {"status": status}
    if status == "DONE":
        number = f"51{int(facts.number):08}"
        record["entryReference"] = raw(number) if rng.random() < 0.5 else number
        record["entryDate"] = facts.entered.isoformat()
    elif status in ("WARNING", "ERROR"):
        record["message"] = "Fornecedor não encontrado no ERP"
    return record


def event_record(seed: int, index: int, position: int, step: Step, value: Decimal | None) -> dict[str, Any]:
    """The AccountPayableEvent for one step of a payable's story; `value` is what was paid or came back."""
    style = seed + index * 31 + position
    record: dict[str, Any] = {
        "id": f"evt-{payable_id(seed, index)[:13]}-{position:02}",
        "accountPayableId": payable_id(seed, index),
        "type": step.kind,
        "createdAt": stamp(step.at, style),
    }
    if style % 3:
        record["user"] = USERS[style % len(USERS)]
    elif style % 2:
        record["user"] = None
    if step.before:
        record["before"] = {"status": step.before}
    if step.after:
        record["after"] = {"status": step.after}
        if step.installment:
            record["after"]["installment"] = step.installment
        if value is not None:
            record["after"]["value"] = value
    if step.message:
        record["message"] = step.message
    return record
