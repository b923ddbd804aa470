"""Report definitions: what a report code takes, and whether what is to be asked for can be asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

import msgspec

from sources.kit.streams import Context
from sources.kit.transport import Client, WrongAnswer

from .api import Listed
from .settings import SolvimonSettings

FINAL = ("updated_to_final_from_date", "updated_to_final_to_date")
DATES = ("from_date", "to_date")
REPORT_DATE = "report_date"
DAY, MOMENT, STATUSES = "LOCALE_DATE", "TIMESTAMP", "INVOICE_STATUSES"
# The published parameters, with the type of each where a definition does not say it.
PARAMETERS = {
    REPORT_DATE: DAY,
    **dict.fromkeys(DATES, DAY),
    **dict.fromkeys(FINAL, MOMENT),
    "meter": "METER_ID",
    "meter_id": "METER_ID",
    "customer_id": "CUSTOMER_ID",
    "invoice_id": "INVOICE_ID",
    "statuses": STATUSES,
}
# Timestamps have no fractions, and both ends of a range belong to it.
_RESOLUTION = timedelta(seconds=1)
_DAY_FORMAT, _MOMENT_FORMAT = "%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
_STATUS_LIST = re.compile(r"[A-Z][A-Z_]*(,[A-Z][A-Z_]*)*")
T = TypeVar("T")
_definitions: WeakKeyDictionary[Client, dict[str, Definition]] = WeakKeyDictionary()


class InvalidParameters(ValueError):
    """A report cannot be asked for like this. Nothing was sent."""


@dataclass(frozen=True)
class Definition:
    """What a report code offers: headers, the parameters that it takes with the type of each, and those of them
    without which it cannot be made."""

    columns: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    required: frozenset[str] = frozenset()

    def window(self, wanted: str) -> str:
        """By what the report is asked for: ``final``, ``dates`` or ``whole``."""
        if wanted != "auto":
            return wanted
        if set(FINAL) <= self.parameters.keys() and not self.required & set(DATES):
            return "final"
        return "dates" if set(DATES) <= self.parameters.keys() else "whole"

    def values(self, window: str, start: datetime, end: datetime) -> dict[str, str]:
        """The parameters for everything from ``start`` up to, and without, ``end``. Pure: a repeated request
        under the same idempotency key must have the same body."""
        last = max(start, end - _RESOLUTION)
        if window == "whole":
            named = {REPORT_DATE: last} if REPORT_DATE in self.parameters else {}
        else:
            named = dict(zip(FINAL if window == "final" else DATES, (start, last), strict=True))
        return {name: self._text(name, moment) for name, moment in named.items()}

    def check(self, code: str, values: Mapping[str, str]) -> None:
        """Raises ``InvalidParameters`` unless the report can be asked for with these values."""
        unknown = sorted(values.keys() - self.parameters.keys())
        if unknown:
            takes = ", ".join(sorted(self.parameters)) or "no parameters"
            raise InvalidParameters(f"the report {code} takes no {', '.join(unknown)}; it takes {takes}")
        missing = sorted(self.required - values.keys())
        if missing:
            raise InvalidParameters(f"the report {code} needs {', '.join(missing)}")
        for name, value in values.items():
            _check_value(name, self._kind(name), value)
        for pair in (DATES, FINAL):
            _check_range(code, pair, values)

    def _kind(self, name: str) -> str:
        return self.parameters.get(name) or PARAMETERS.get(name, "")

    def _text(self, name: str, moment: datetime) -> str:
        form = _DAY_FORMAT if self._kind(name) == DAY else _MOMENT_FORMAT
        return moment.astimezone(UTC).strftime(form)


# What a code whose definition is not listed is taken to accept: all that is published.
ASSUMED = Definition((), PARAMETERS)


class _Parameter(msgspec.Struct):
    name: str
    type: str | None = None
    required: bool | None = None


class _Column(msgspec.Struct):
    name: str | None = None


class _Defined(msgspec.Struct):
    report_code: str
    columns: list[_Column] | None = None
    one_off_parameters: list[_Parameter] | None = None


def definition(context: Context, code: str) -> Definition:
    """The definition of a report code. All of them are asked for once, and then known to the client.

    A code that is not listed is taken to be windowed like the others of its kind.
    """
    known = definitions(context.client, context.settings)
    if code in known:
        return known[code]
    taken = (*FINAL, *DATES) if code.startswith("INVOICE") else DATES
    return Definition((), {name: PARAMETERS[name] for name in taken})


def definitions(client: Client, settings: SolvimonSettings) -> Mapping[str, Definition]:
    """The definitions of all report codes that the tenant has."""
    known = _definitions.get(client)
    if known is None:
        known = _definitions[client] = _read(client, settings)
    return known


def _read(client: Client, settings: SolvimonSettings) -> dict[str, Definition]:
    api, found, number = Listed("report_definitions", None), dict[str, Definition](), 1
    while True:
        page = api.page_with(client, settings, number)
        for defined in (decode(record, _Defined) for record in page.records):
            taken = defined.one_off_parameters or ()
            found[defined.report_code] = Definition(
                tuple(column.name for column in defined.columns or () if column.name),
                {parameter.name: parameter.type or "" for parameter in taken},
                frozenset(parameter.name for parameter in taken if parameter.required),
            )
        if number >= (page.pages or 1):
            return found
        number += 1


def decode(record: bytes, kind: type[T]) -> T:
    """Raises ``WrongAnswer`` when the record is not of the kind."""
    try:
        return msgspec.json.decode(record, type=kind)
    except msgspec.ValidationError as error:
        raise WrongAnswer(f"the answer is no {kind.__name__.lstrip('_')}: {error}") from None


def _check_value(name: str, kind: str, value: str) -> None:
    if kind == DAY:
        _day(name, value)
    elif kind == MOMENT:
        check_moment(name, value)
    elif kind == STATUSES and not _STATUS_LIST.fullmatch(value):
        raise InvalidParameters(
            f"{name} is {value!r}: statuses are words in capitals with commas between them"
        )
    elif kind.endswith("_ID"):
        check_id(name, value)
    elif not value:
        raise InvalidParameters(f"{name} is empty")


def _check_range(code: str, pair: Sequence[str], values: Mapping[str, str]) -> None:
    given = [name for name in pair if name in values]
    if len(given) == 1:
        raise InvalidParameters(f"the report {code} needs {' and '.join(pair)}, or neither")
    # both are of one type and in UTC, so that their texts are in the order of time
    if given and values[pair[0]] > values[pair[1]]:
        raise InvalidParameters(f"{pair[0]} is after {pair[1]}")


def _day(name: str, value: str) -> None:
    try:
        valid = date.fromisoformat(value).isoformat() == value
    except ValueError:
        valid = False
    if not valid:
        raise InvalidParameters(f"{name} is {value!r}: use a day such as 2026-01-31")


def check_id(name: str, value: str) -> str:
    """The id itself. Raises ``InvalidParameters`` for a text that is none."""
    if not _ID.fullmatch(value):
        raise InvalidParameters(f"{name} is {value!r}, which is no id")
    return value


def check_moment(name: str, value: str) -> None:
    """Raises ``InvalidParameters`` for anything but a moment in UTC to the second."""
    try:
        valid = datetime.fromisoformat(value).strftime(_MOMENT_FORMAT) == value
    except ValueError:
        valid = False
    if not valid:
        raise InvalidParameters(f"{name} is {value!r}: use a moment in UTC such as 2026-01-31T09:30:00Z")
