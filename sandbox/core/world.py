"""The seeded world that all simulated systems show a part of."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from .clock import Clock
from .parties import Party, SharedDocument, make_companies, make_shared, make_suppliers
from .storage import Storage

DAYS_DEFAULT = 90


class World:
    """Seed, size and period of the data, and the parties that appear in more than one system.

    `scale` is about the number of payables; each system derives its own sizes from it. `started_at` is the
    clock's time when the world was made: the data covers `[start, started_at]`, whatever the clock does.
    `options` holds each system's own switches under the system's name.
    """

    def __init__(
        self,
        seed: int,
        scale: int,
        clock: Clock,
        storage: Storage,
        start: datetime | None = None,
        options: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> None:
        self.seed, self.scale, self.clock, self.storage = seed, scale, clock, storage
        self.started_at = clock.now()
        self.start = start or self.started_at - timedelta(days=DAYS_DEFAULT)
        self.options = options or {}

    def random(self, name: str) -> random.Random:
        """A stream of its own for each name, so that no system's data depends on what another one drew."""
        return random.Random(hashlib.sha256(f"{self.seed}:{name}".encode()).digest())

    @cached_property
    def companies(self) -> list[Party]:
        return make_companies(self.random("companies"))

    @cached_property
    def suppliers(self) -> list[Party]:
        return make_suppliers(self.random("suppliers"))

    @cached_property
    def shared_documents(self) -> list[SharedDocument]:
        """Documents that ROIT and Tereina both hold, ordered by number."""
        rng = self.random("shared documents")
        return make_shared(rng, self.suppliers, self.companies, self.started_at.date())
