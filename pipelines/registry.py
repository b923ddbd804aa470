"""The sources that there are; each one describes itself."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sources.kit.streams import SourceSpec

# Name → the package whose `SPEC` describes the source. A fourth one is one more line.
SOURCES = {
    "roit": "sources.roit",
    "tereina": "sources.tereina",
    "solvimon": "sources.solvimon",
}


def spec(name: str) -> SourceSpec:
    """The source called ``name``, imported now. Raises ``KeyError`` for one that is not known."""
    described: SourceSpec = importlib.import_module(SOURCES[name]).SPEC
    return described


def specs(names: Sequence[str] = ()) -> list[SourceSpec]:
    """The named sources, or all of them."""
    return [spec(name) for name in names or SOURCES]
