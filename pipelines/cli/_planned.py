"""Commands whose place is kept until they are built: they say so, and do nothing."""

from __future__ import annotations

from . import app
from ._session import Session, command

USAGE = 2

# Whatever stands behind the name, the answer is the same.
ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}

# name → (what it is for, example)
COMMANDS: dict[str, tuple[str, str]] = {
    "plan": ("Show what a load would do: windows, requests, rows expected.", "plan roit"),
    "backfill": (
        "Load a long range in windows that can be stopped and resumed.",
        "backfill roit --since 2025-01-01",
    ),
    "rejects": ("List, show and replay records that did not fit their model.", "rejects list"),
    "jobs": ("List, resume and delete exports and reports under way.", "jobs list"),
    "state": ("Show or reset what the next load starts from.", "state show"),
    "solvimon": ("Solvimon's own operations.", "solvimon report create"),
    "dashboard": ("Show the models in a browser.", "dashboard"),
}


def _keep_place(name: str, purpose: str, example: str) -> None:
    def body(session: Session) -> int:
        session.output.fail(f"`{name}` is not part of this version", USAGE)
        return USAGE

    body.__doc__ = purpose
    command(app, example, name=name, settings=ANYTHING)(body)


for _name, (_purpose, _example) in COMMANDS.items():
    _keep_place(_name, _purpose, _example)
