"""All payables: kept in order of `updatedAt`, rendered once each, changed by the actions of the sandbox."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..core.wire import encode
from ..core.world import World
from .facts import DUPLICATE_EVERY, Facts, FactsMaker, payable_id, split
from .filters import filter_values
from .oddities import shown_status, spoil
from .render import event_record, payable_record
from .skeleton import DAY, FISCAL_TYPES, SECOND, make_skeleton, micros
from .timeline import Step, Timeline, make_timeline


@dataclass
class Edit:
    """What was changed after the world was made."""

    revision: int = 0
    installments: int | None = None
    steps: list[Step] = field(default_factory=list)


class PayableBook:
    """The payables in order of `(updatedAt, index)`, and the log of their events."""

    def __init__(self, world: World, bad_records: int = 0) -> None:
        self._world = world
        self._skeleton = make_skeleton(world)
        self._maker = FactsMaker(world, self._skeleton)
        self._edits: dict[int, Edit] = {}
        self._deleted: set[int] = set()
        self._rendered: dict[int, bytes] = {}
        self._values: dict[int, dict[str, Any]] = {}
        self._by_id: dict[str, int] = {}
        self._events: list[tuple[int, int, int]] | None = None
        self._order = sorted(zip(self._skeleton.updated, range(len(self._skeleton)), strict=True))
        self._random = world.random("roit edits")
        count = len(self._skeleton)
        self._bad = {count * (2 * n + 1) // (2 * bad_records): n for n in range(min(bad_records, count))}

    def __len__(self) -> int:
        return len(self._order)

    @property
    def skeleton_size(self) -> int:
        """How many payables there ever were: indices run below it."""
        return len(self._skeleton)

    def window(self, low: int, high: int) -> list[int]:
        """The indices with `low <= updatedAt <= high`, in order."""
        first = bisect.bisect_left(self._order, (low, -1))
        last = bisect.bisect_right(self._order, (high, self.skeleton_size))
        return [index for _, index in self._order[first:last]]

    def alive(self, index: int) -> bool:
        return index not in self._deleted

    def appeared(self, index: int) -> int:
        return self._skeleton.appeared(index)

    def type_of(self, index: int) -> str:
        return self._skeleton.types[index]

    def has_document(self, index: int) -> bool:
        """Whether a fiscal document lies behind it: not for one in twenty, for repeats, for extreme amounts."""
        shared = index < len(self._world.shared_documents)
        if self._skeleton.types[index] not in FISCAL_TYPES or index in self._maker.extremes:
            return False
        return shared or (index % 20 != 19 and index % DUPLICATE_EVERY != 0)

    def find(self, identifier: str) -> int | None:
        """The index of an id, or None."""
        for index in range(len(self._by_id), self.skeleton_size):
            self._by_id[payable_id(self._world.seed, index)] = index
        found = self._by_id.get(identifier)
        return found if found is not None and self.alive(found) else None

    def timeline(self, index: int) -> Timeline:
        timeline = make_timeline(self._skeleton, index, self._world.seed)
        if edit := self._edits.get(index):
            timeline.steps.extend(edit.steps)
        return timeline

    def facts(self, index: int) -> Facts:
        """The facts as they are now, edits included."""
        return self._facts(index, self.timeline(index))

    def _facts(self, index: int, timeline: Timeline) -> Facts:
        edit = self._edits.get(index)
        if edit is None:
            return self._maker.make(index, timeline)
        facts = self._maker.make(index, make_timeline(self._skeleton, index, self._world.seed))
        if edit.installments is not None:
            facts.installments = facts.installments[: max(edit.installments, 1)]
        paid, values = timeline.paid(), split(facts.payable, len(facts.installments))
        for part, value in zip(facts.installments, values, strict=True):
            part.value, part.paid_at = value, paid.get(part.number)
        facts.status = timeline.status
        return facts

    def record(self, index: int) -> dict[str, Any]:
        """The payable as the API shows it, not yet encoded."""
        edit = self._edits.get(index, Edit())
        timeline = self.timeline(index)
        facts = self._facts(index, timeline)
        updated = self._skeleton.updated[index]
        record = payable_record(facts, timeline, self._world.seed, updated, edit.revision)
        if edit.installments == 0:
            record["installments"] = []
        if index in self._bad:
            spoil(record, self._bad[index])
        return record

    def status(self, index: int) -> str:
        """The status that is shown, without rendering anything: it is what is filtered by most."""
        edited = index in self._edits
        return shown_status(index, self.timeline(index).status if edited else self._skeleton.statuses[index])

    def rendered(self, indices: Sequence[int]) -> list[bytes]:
        """The payables as JSON, each encoded once and kept until it changes."""
        rows = []
        for index in indices:
            row = self._rendered.get(index)
            if row is None:
                row = self._rendered[index] = encode(self.record(index))
            rows.append(row)
        return rows

    def values(self, index: int) -> dict[str, Any]:
        """What a payable can be filtered and sorted by, kept until it changes."""
        if index not in self._values:
            self._values[index] = filter_values(self.record(index))
        return self._values[index]

    def events(self) -> list[tuple[int, int, int]]:
        """`(createdAt, index, position)` of every event, by time; those of deleted payables stay."""
        if self._events is None:
            self._events = sorted(
                (step.at, index, position)
                for index in range(self.skeleton_size)
                for position, step in enumerate(self.timeline(index).steps)
            )
        return self._events

    def event_range(self, low: int, high: int) -> tuple[int, int]:
        """Where in `events()` the times `[low, high]` begin and end."""
        events = self.events()
        first = bisect.bisect_left(events, (low, -1, -1))
        return first, bisect.bisect_right(events, (high, self.skeleton_size, 0))

    def rendered_events(self, keys: Iterable[tuple[int, int, int]]) -> list[bytes]:
        return [encode(self._event(index, position)) for _, index, position in keys]

    def _event(self, index: int, position: int) -> dict[str, Any]:
        step = self.timeline(index).steps[position]
        value = None
        if step.kind in ("PAID", "REOPENED"):
            facts = self.facts(index)
            parts = {part.number: part.value for part in facts.installments}
            value = parts.get(step.installment or 0, facts.payable)
        return event_record(self._world.seed, index, position, step, value)

    def touch(self, index: int, at: int, step: Step | None = None) -> None:
        """Move a payable to `updatedAt` = `at`, with the event that says why."""
        edit = self._edits.setdefault(index, Edit())
        position = len(self.timeline(index).steps)
        if step:
            edit.steps.append(step)
            if self._events is not None:
                bisect.insort(self._events, (step.at, index, position))
        edit.revision += 1
        place = bisect.bisect_left(self._order, (self._skeleton.updated[index], index))
        del self._order[place]
        self._skeleton.updated[index] = at
        bisect.insort(self._order, (at, index))
        self._rendered.pop(index, None)
        self._values.pop(index, None)

    def update(self, count: int = 1, seconds_ago: float = 0) -> list[str]:
        """Edit `count` random payables; their `updatedAt` becomes now less `seconds_ago`."""
        chosen = self._pick(count, lambda index: True)
        for index in chosen:
            at = self._now(seconds_ago)
            status = self.timeline(index).status
            self.touch(index, at, Step(at, "UPDATED", status, status, message="edited"))
        return self._ids(chosen)

    def pay(self, count: int = 1, seconds_ago: float = 0) -> list[str]:
        """Pay `count` scheduled payables in full, with receipts and events."""
        chosen = self._pick(count, lambda index: self.timeline(index).status == "SCHEDULED")
        for index in chosen:
            at = self._now(seconds_ago)
            parts = len(self.facts(index).installments)
            for number in range(1, parts + 1):
                before = "SCHEDULED" if number == 1 else "PARTIALLY_PAID"
                after = "PAID" if number == parts else "PARTIALLY_PAID"
                self.touch(index, at, Step(at, "PAID", before, after, number))
        return self._ids(chosen)

    def shrink_installments(self, count: int = 1, to: int | None = None, seconds_ago: float = 0) -> list[str]:
        """Take the last installment (or all but `to`) off `count` unpaid payables that have several."""
        chosen = self._pick(count, self._divisible)
        for index in chosen:
            at = self._now(seconds_ago)
            status = self.timeline(index).status
            self.touch(index, at, Step(at, "UPDATED", status, status, message="installments changed"))
            self._edits[index].installments = len(self.facts(index).installments) - 1 if to is None else to
        return self._ids(chosen)

    def _divisible(self, index: int) -> bool:
        parts = self.facts(index).installments
        return len(parts) > 1 and not any(part.paid_at for part in parts)

    def add(
        self, count: int = 1, seconds_ago: float = 0, status: str = "OPEN", kind: str = "NFE"
    ) -> list[str]:
        """New payables; with `seconds_ago` they arrive late, with an `updatedAt` in the past."""
        chosen = []
        for _ in range(count):
            at = self._now(seconds_ago)
            created = at if status == "OPEN" else at - 10 * DAY
            index = self._skeleton.append(created, at, status, kind)
            bisect.insort(self._order, (at, index))
            if self._events is not None:
                for position, step in enumerate(self.timeline(index).steps):
                    bisect.insort(self._events, (step.at, index, position))
            chosen.append(index)
        return self._ids(chosen)

    def delete(self, count: int = 1) -> list[str]:
        """Remove `count` random payables; their events stay."""
        chosen = self._pick(count, lambda index: True)
        for index in chosen:
            del self._order[bisect.bisect_left(self._order, (self._skeleton.updated[index], index))]
            self._deleted.add(index)
        return self._ids(chosen)

    def restore(self, count: int = 1) -> list[str]:
        """Bring back `count` of the removed payables, just as they were."""
        chosen = sorted(self._deleted)[:count]
        for index in chosen:
            self._deleted.discard(index)
            bisect.insort(self._order, (self._skeleton.updated[index], index))
        return self._ids(chosen)

    def _pick(self, count: int, wanted: Any) -> list[int]:
        indices = [index for _, index in self._order]
        self._random.shuffle(indices)
        chosen: list[int] = []
        for index in indices:
            if len(chosen) == count:
                break
            if wanted(index):
                chosen.append(index)
        return chosen

    def _ids(self, indices: Iterable[int]) -> list[str]:
        return [payable_id(self._world.seed, index) for index in indices]

    def _now(self, seconds_ago: float) -> int:
        return micros(self._world.clock.now()) - int(seconds_ago * SECOND)
