"""What the simulated ROIT knows: its data, its tokens and its switches."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..core.world import World
from .book import PayableBook

if TYPE_CHECKING:
    from .data_integration import DataIntegration
    from .documents import DocumentShelf
    from .entrypoint import Entrypoint
    from .exports import Exports


@dataclass
class Options:
    """Switches of the simulated ROIT (`World.options["roit"]`). `every` options: 0 is never.

    `extremes`, `bad_records` and `prerender` count at start only; the others also later, by `set_options`.
    """

    token_seconds: int = 28_800
    extremes: bool = True
    bad_records: int = 0
    drift: int = 0
    """So many random payables are updated after each page of a search."""
    drift_seconds_ago: float = 0
    late: int = 0
    """So many payables arrive after each page, with an `updatedAt` an hour in the past."""
    prerender: bool = False
    """Render all payables at start: for benchmarks of a client."""
    export_polls: int = 2
    """An export is pending, then processing, for so many answers before it is done."""
    export_longest_days: float = 0
    """A longer range of `createAt` is refused; 0: none is."""
    export_error_every: int = 0
    export_expired_every: int = 0
    files_per_part: int = 200
    bad_files: int = 0
    """So many broken or foreign files in each export."""
    url_seconds: int = 300


@dataclass
class RoitState:
    """`app.state.roit`: inner state for assertions, and the actions of the control endpoint."""

    world: World
    options: Options
    credentials: dict[str, str]
    payables: PayableBook
    tokens: dict[str, datetime] = field(default_factory=dict)
    documents: DocumentShelf = field(init=False)
    exports: Exports = field(init=False)
    entrypoint: Entrypoint = field(init=False)
    data_integration: DataIntegration = field(init=False)
    actions: dict[str, Callable[..., Any]] = field(default_factory=dict)

    def issue_token(self) -> str:
        """A new token in the shape of a JWT; earlier ones stay good until they expire."""
        expiry = self.world.clock.now() + timedelta(seconds=self.options.token_seconds)
        claims = {"sub": self.credentials["client_id"], "n": len(self.tokens), "exp": int(expiry.timestamp())}
        parts = ({"alg": "HS256", "typ": "JWT"}, claims, {"made": "up"})
        token = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
        self.tokens[token] = expiry
        return token

    def set_options(self, **options: Any) -> dict[str, Any]:
        """Change switches while running."""
        for name, value in options.items():
            if name not in Options.__dataclass_fields__:
                raise ValueError(f"no option {name}")
            setattr(self.options, name, value)
        return vars(self.options)

    def revoke_tokens(self) -> int:
        """Make every token that was issued so far invalid."""
        count = len(self.tokens)
        self.tokens.clear()
        return count
