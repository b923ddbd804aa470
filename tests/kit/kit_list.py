"""An API's list that changes between any two requests, and a stream's view of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kit_models import order

from sources.kit.streams import Page, Window

START = datetime(2026, 1, 1, tzinfo=UTC)
END = START + timedelta(hours=2)
WINDOW = Window(START, END)
AFTER = END + timedelta(hours=1)

Event = Callable[["ChangingList"], None]


def at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


@dataclass
class ChangingList:
    """Rows by id with the instant of their last change.

    ``events`` happen before the request of that number, from 0. ``cap`` is the most that a page ever holds.
    ``totals`` and ``pages`` are whether the answers say how many there are.
    """

    rows: dict[str, datetime]
    page_size: int = 3
    events: Mapping[int, list[Event]] = field(default_factory=dict)
    totals: bool = True
    pages: bool = True
    cap: int = 1000
    sort: Callable[[tuple[str, datetime]], object] = lambda row: (row[1], row[0])
    requests: int = 0
    gone: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    asked: list[tuple[datetime, datetime, int]] = field(default_factory=list)

    def page(self, start: datetime, end: datetime, number: int) -> Page:
        with self.lock:
            self._happen()
            self.asked.append((start, end, number))
            rows = sorted(((k, v) for k, v in self.rows.items() if start <= v <= end), key=self.sort)
        size = min(self.page_size, self.cap)
        shown = rows[(number - 1) * size : number * size]
        records = [order(key=key, at=moment.isoformat()) for key, moment in shown]
        pages = max(-(-len(rows) // size), 1)
        return Page(records, len(rows) if self.totals else None, pages if self.pages else None)

    def count(self, start: datetime, end: datetime) -> int:
        with self.lock:
            self._happen()
            return sum(start <= moment <= end for moment in self.rows.values())

    def _happen(self) -> None:
        for event in self.events.get(self.requests, []):
            event(self)
        self.requests += 1


def update(key: str) -> Event:
    """The record changes: it leaves for behind the window's end."""

    def happen(world: ChangingList) -> None:
        if key in world.rows:
            world.rows[key] = AFTER
            world.gone.add(key)

    return happen


def delete(key: str) -> Event:
    def happen(world: ChangingList) -> None:
        world.rows.pop(key, None)
        world.gone.add(key)

    return happen


def insert(key: str, moment: datetime) -> Event:
    """A record that was committed late comes into view."""

    def happen(world: ChangingList) -> None:
        world.rows.setdefault(key, moment)
        world.gone.add(key)  # it was not there from the beginning

    return happen
