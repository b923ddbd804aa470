"""What a command says, and where: reports on standard output, progress and failures on standard error.

With ``--json`` one document on standard output is all that is said, also of a failure.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

_GAP = "  "


@dataclass
class Output:
    """Where one invocation writes to. ``tell`` is for the way, ``show`` and ``report`` for the result."""

    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    as_json: bool = False
    debug: bool = False
    stdin: TextIO = field(default_factory=lambda: sys.stdin)

    @property
    def terminal(self) -> bool:
        """Whether somebody watches; then progress may be drawn."""
        return not self.as_json and self.stderr.isatty()

    def tell(self, line: str) -> None:
        """A line about the work under way."""
        if not self.as_json:
            print(line, file=self.stderr, flush=True)

    def ask(self, question: str) -> bool | None:
        """The answer to a question of yes or no; ``None`` when there is nobody to ask."""
        if self.as_json or not self.stdin.isatty():
            return None
        print(f"{question} [y/N] ", end="", file=self.stderr, flush=True)
        return self.stdin.readline().strip().lower() in ("y", "yes")

    def show(self, *lines: str) -> None:
        """Lines of the result, for people."""
        if not self.as_json:
            for line in lines:
                print(line, file=self.stdout)
            self.stdout.flush()

    def report(self, document: Any, lines: Iterable[str]) -> None:
        """The result, as JSON or for people."""
        if self.as_json:
            self.document(document)
        else:
            self.show(*lines)

    def document(self, document: Any) -> None:
        """One JSON document; decimals as strings, so that nobody reads them as floats."""
        print(
            json.dumps(document, default=_plain, ensure_ascii=False, indent=2), file=self.stdout, flush=True
        )

    def fail(self, message: str, code: int, traceback: str | None = None) -> None:
        """Why nothing, or not everything, was done: the last thing that is said."""
        if self.as_json:
            document = {"error": message, "exit_code": code}
            self.document(document | ({"traceback": traceback} if traceback else {}))
            return
        if traceback:
            self.tell(traceback.rstrip())
        self.tell(f"ledgerhouse: {message}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal | Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def columns(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """Aligned lines; numbers to the right. The last column runs on, however long it is."""
    rows = list(rows)
    body = [[cell(value) for value in row] for row in rows]
    right = [_is_numeric([row[i] for row in rows]) for i in range(len(header))]
    widths = [max(len(line[i]) for line in [list(header), *body]) for i in range(len(header))]
    return [_aligned(line, widths, right) for line in [list(header), *body]]


def cell(value: Any) -> str:
    """A value as people read it: thousands separated, times to the minute in UTC, nothing as a dash."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, Decimal):
        # not by normalize(): that rounds to the 28 digits of the default context
        text = f"{value:,f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}Z"
    if isinstance(value, timedelta):
        return duration(value)
    return str(value)


def duration(span: timedelta) -> str:
    """A span in its two greatest units: "3 d 4 h", "12 min", "8 s"."""
    seconds = int(span.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{sign}{days} d {hours} h"
    if hours:
        return f"{sign}{hours} h {minutes} min"
    return f"{sign}{minutes} min" if minutes else f"{sign}{seconds} s"


def _is_numeric(values: list[Any]) -> bool:
    numbers = [value for value in values if value is not None]
    return bool(numbers) and all(
        isinstance(value, int | Decimal) and not isinstance(value, bool) for value in numbers
    )


def _aligned(line: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    cells = [
        text.rjust(width) if to_right else text.ljust(width)
        for text, width, to_right in zip(line, widths, right, strict=True)
    ]
    return _GAP.join(cells).rstrip()
