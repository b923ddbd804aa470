"""Commands whose place is kept until they are built: they say so, and do nothing."""

from __future__ import annotations

from . import app
from ._session import Session, command

USAGE = 2

# Whatever stands behind the name, the answer is the same.
ANYTHING = {"allow_extra_args": True, "ignore_unknown_options": True}

# name → (what it is for, example)
COMMANDS: dict[str, tuple[str, str]] = {
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
