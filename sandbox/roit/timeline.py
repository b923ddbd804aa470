"""The story of a payable: what happened to it and when, ending in its status at its last change."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from .skeleton import Skeleton

RETURNED_SHARE = 0.12
"""Of the approved payables: they were paid, the payment came back, and they wait to be paid again."""


@dataclass(slots=True)
class Step:
    """An event. `installment` is set on payments; `before` and `after` are the status around it."""

    at: int
    kind: str
    before: str | None = None
    after: str | None = None
    installment: int | None = None
    message: str | None = None


@dataclass(slots=True)
class Timeline:
    """The steps in order of time, and what they leave behind."""

    installments: int
    steps: list[Step] = field(default_factory=list)

    @property
    def status(self) -> str:
        return next(step.after for step in reversed(self.steps) if step.after)

    def last(self, kind: str) -> Step | None:
        return next((step for step in reversed(self.steps) if step.kind == kind), None)

    def paid(self) -> dict[int, int]:
        """When each installment was paid; nothing is, once the payable was reopened for another payment."""
        paid: dict[int, int] = {}
        for step in self.steps:
            if step.kind == "PAID" and step.installment:
                paid[step.installment] = step.at
            elif step.kind == "REOPENED" and step.after == "APPROVED":
                paid.clear()
        return paid


def make_timeline(skeleton: Skeleton, index: int, seed: int) -> Timeline:
    """The story of payable `index`, from `created` to `updated`, both included."""
    rng = random.Random(f"{seed}:{index}:story")
    status = skeleton.statuses[index]
    count = rng.choices((1, 2, 3, 4), (60, 20, 15, 5))[0]
    if status == "PARTIALLY_PAID":
        count = max(count, 2)
    steps = _plot(rng, status, count, short=skeleton.created[index] >= skeleton.updated[index])
    created, updated = skeleton.created[index], skeleton.updated[index]
    if index in skeleton.tied:
        steps.append(Step(0, "UPDATED", status, status, message="nightly review"))
    inner = sorted(rng.randrange(created, updated + 1) // 1_000 * 1_000 for _ in steps[2:])
    times = [created, *(max(at, created) for at in inner), updated][: len(steps)] if steps[1:] else [updated]
    for step, at in zip(steps, times, strict=True):
        step.at = at
    return Timeline(count, steps)


def _plot(rng: random.Random, status: str, count: int, *, short: bool) -> list[Step]:
    """The events that lead to `status`, without their times."""
    steps = [Step(0, "CREATED", None, "OPEN")]
    if status == "OPEN":
        return steps if short else [*steps, Step(0, "UPDATED", "OPEN", "OPEN", message="data completed")]
    steps.append(Step(0, "UPDATED", "OPEN", "PENDING_APPROVAL", message="sent for approval"))
    if status == "PENDING_APPROVAL":
        return steps
    if status == "REJECTED":
        return [*steps, Step(0, "REJECTED", "PENDING_APPROVAL", "REJECTED", message="wrong purchase order")]
    if status == "CANCELED" and rng.random() < 0.5:
        return [*steps, Step(0, "CANCELED", "PENDING_APPROVAL", "CANCELED", message="issued in error")]
    steps.append(Step(0, "APPROVED", "PENDING_APPROVAL", "APPROVED"))
    if status == "APPROVED" and rng.random() >= RETURNED_SHARE:
        return [*steps, Step(0, "INTEGRATION_STATUS", message="DONE")] if rng.random() < 0.4 else steps
    if status == "CANCELED":
        return [*steps, Step(0, "CANCELED", "APPROVED", "CANCELED", message="goods never arrived")]
    steps.append(Step(0, "SCHEDULED", "APPROVED", "SCHEDULED"))
    if rng.random() < 0.2:
        steps.append(Step(0, "RESCHEDULED", "SCHEDULED", "SCHEDULED", message="cash planning"))
    if status == "SCHEDULED":
        return steps
    return steps + _payments(rng, status, count)


def _payments(rng: random.Random, status: str, count: int) -> list[Step]:
    to_pay = rng.randrange(1, count) if status == "PARTIALLY_PAID" else count
    steps = []
    for number in range(1, to_pay + 1):
        before = "SCHEDULED" if number == 1 else "PARTIALLY_PAID"
        steps.append(Step(0, "PAID", before, "PAID" if number == count else "PARTIALLY_PAID", number))
    if status == "REFUNDED":
        steps.append(Step(0, "REOPENED", "PAID", "REFUNDED", message="refunded by the supplier"))
    if status == "APPROVED":
        steps.append(Step(0, "REOPENED", "PAID", "APPROVED", message="payment returned by the bank: AC03"))
    if status == "PAID" and rng.random() < 0.3:
        steps.append(Step(0, "INTEGRATION_STATUS", message="DONE"))
    return steps
