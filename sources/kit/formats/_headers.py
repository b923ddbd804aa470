"""Column names out of a report's header."""

import re
import unicodedata
from collections.abc import Sequence

CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NOT_NAME = re.compile(r"[^a-z0-9]+")


def normalise_headers(names: Sequence[str]) -> list[str]:
    """snake_case names in the same order, all different: ``Invoice ID`` → ``invoice_id``.

    Accents go, whatever is no letter or digit becomes ``_``, none is left at the ends, so no name of a report can
    collide with those that begin with ``_``. A name that begins with a digit gets a ``_`` before it, an empty one
    is ``column_<place from 1>``. Of names that come out alike the first stays, the others get ``_2``, ``_3``, …,
    without taking a name that another column has by itself.
    """
    wanted = [_snake_case(name) or f"column_{place}" for place, name in enumerate(names, 1)]
    taken: set[str] = set()
    found = []
    for name in wanted:
        unique, count = name, 1
        while unique in taken or (count > 1 and unique in wanted):
            count += 1
            unique = f"{name}_{count}"
        taken.add(unique)
        found.append(unique)
    return found


def _snake_case(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    snake = NOT_NAME.sub("_", CAMEL.sub("_", plain).lower()).strip("_")
    return f"_{snake}" if snake[:1].isdigit() else snake
