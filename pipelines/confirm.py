"""Confirming to Tereina what is loaded: which batches can be, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sources.kit.streams import Context
from sources.tereina import SPEC
from sources.tereina.confirm import Confirmation, Due, confirm, due_batches

from .destinations import Destination
from .errors import UsageError
from .load import ExitCode, reconcile
from .operations import source_context


@dataclass(frozen=True)
class BatchLine:
    """One batch. ``outcome`` is ``due`` (nothing was asked), ``confirmed``, or ``left``, with the reason."""

    batch_id: str
    resource: str
    objects: int | None
    created: datetime | None
    outcome: str
    reason: str | None = None


@dataclass
class ConfirmReport:
    """What was done. ``held_back`` names resources none of whose batches is confirmed, since the totals of source
    and warehouse differ."""

    dry_run: bool
    batches: list[BatchLine] = field(default_factory=list)
    held_back: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> ExitCode:
        """0 all that could be confirmed are; 1 none of them; 3 some, or a resource was held back."""
        left = [line for line in self.batches if line.outcome == "left"]
        if left and len(left) == len(self.batches):
            return ExitCode.FAILED
        if self.held_back and not self.batches:
            return ExitCode.FAILED
        return ExitCode.PARTLY if left or self.held_back else ExitCode.DONE

    def as_dict(self) -> dict[str, Any]:
        """JSON values, but for timestamps."""
        lines = [vars(line) for line in self.batches]
        return {
            "dry_run": self.dry_run,
            "batches": lines,
            "held_back": self.held_back,
            "exit_code": int(self.exit_code),
        }


@dataclass
class ConfirmPlan:
    """What can be confirmed now, in order. It was asked for and nothing was changed."""

    context: Context
    due: Sequence[Due]
    held_back: list[str]

    def dry_run(self) -> ConfirmReport:
        """The plan as a report."""
        return ConfirmReport(True, [_line(due, "due") for due in self.due], self.held_back)

    def run(self) -> ConfirmReport:
        """Confirms the batches. Tereina then forgets them."""
        done = confirm(self.context, self.due)
        return ConfirmReport(False, [_outcome(confirmation) for confirmation in done], self.held_back)


@contextmanager
def confirm_plan(destination: Destination) -> Iterator[ConfirmPlan]:
    """The batches whose rows a committed load holds, of all resources whose totals agree.

    Raises ``UsageError`` when nothing has been loaded.
    """
    if not destination.exists():
        raise UsageError(
            f"nothing has been loaded into {destination.describe()}, so nothing can be confirmed"
        )
    with source_context(SPEC.name, destination) as context:
        compared = reconcile((SPEC.name,), destination)
        differing = sorted({line.resource for line in compared.lines if not line.ok})
        streams = [stream for stream in SPEC.streams if stream.name not in differing]
        yield ConfirmPlan(context, due_batches(context, streams), differing)


def _outcome(confirmation: Confirmation) -> BatchLine:
    error = confirmation.error
    return _line(confirmation.due, "left" if error else "confirmed", str(error) if error else None)


def _line(due: Due, outcome: str, reason: str | None = None) -> BatchLine:
    batch = due.batch
    return BatchLine(batch.batch_id, due.resource, batch.objects, batch.created, outcome, reason)
