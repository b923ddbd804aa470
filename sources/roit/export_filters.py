"""The filters of a document export, checked before anything is sent.

The API refuses a body with an unknown filter, a missing one, or an operand of another type (422), and says so
only once it has been asked. Here the same is found at once, all of it together, and named by its place.
Source: the vendor's page of "Create document export request".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

OPERATORS = ("eq", "in", "nin", "gte", "lte")
_LISTS = frozenset({"in", "nin"})
# Operators that make no sense where values have no order.
_ORDERED = frozenset({"gte", "lte"})
REQUIRED = ("type", "createAt", "issueDate", "entryDate")
PREFERENCES = ("original", "roit")
MOVEMENTS = ("INPUT", "OUTPUT")
_TEXTS = (
    "type",
    "classification",
    "step",
    "origin",
    "originCity",
    "destinyCity",
    "number",
    "internalId",
    "serviceMadeCity",
    "supplierDocumentNumber",
    "accessKey",
    "purchaseOrder",
    "classTypeEvent",
    "message",
)
_DATES = ("createAt", "issueDate", "entryDate")
_FLAGS = ("isConsolidated", "finalized", "hasIssRetention")
# Set for each export of a load by the range that is loaded.
OF_THE_WINDOW = "createAt"
# A float with more digits than this may have been rounded before it came here.
_FLOAT_DIGITS = 15
_ONE_MILLISECOND = timedelta(milliseconds=1)
_ENCODER = msgspec.json.Encoder(decimal_format="number")

_Operand = Callable[[Any, str], Any]


class InvalidFilters(ValueError):
    """Filters that the API would refuse. ``problems`` names each by its place (``totalValue.gte``)."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class ExportFilters:
    """Checked filters, under the API's names, with operands as the API takes them.

    Dates are texts ``YYYY-MM-DDTHH:MM:SS.mmmZ``, amounts ``Decimal``s.
    """

    values: Mapping[str, Any]

    @classmethod
    def parse(cls, filters: Mapping[str, Any], *, complete: bool = False) -> ExportFilters:
        """Filters from plain values, as JSON or TOML give them.

        A date may be a ``date``, a ``datetime``, or either as ISO text; without an offset it is UTC. A day
        without a time is its first moment, and its last one for ``lte``. With ``complete`` the four filters
        that the API requires must be there. Raises ``InvalidFilters`` with everything that is wrong.
        """
        problems: list[str] = []
        values = {name: _filter(name, filters[name], problems) for name in filters}
        if complete:
            problems += [f"{name}: required" for name in REQUIRED if name not in filters]
        if problems:
            raise InvalidFilters(problems)
        return cls(values)

    def over(self, defaults: ExportFilters) -> ExportFilters:
        """These filters, and those of ``defaults`` that are not among them."""
        return ExportFilters({**defaults.values, **self.values})


def checked_filters(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters that narrow the exports of a load, with operands as the API takes them.

    Raises ``InvalidFilters`` with everything that is wrong.
    """
    values = dict(filters)
    if values.pop(OF_THE_WINDOW, None) is not None:
        reason = f"{OF_THE_WINDOW}: set by the range that is loaded (start_date, --since, --until)"
        raise InvalidFilters([reason])
    return dict(ExportFilters.parse(values).values)


def export_body(filters: ExportFilters, preference: str = "original", master: str | None = None) -> bytes:
    """The body of a request for an export, as JSON with exact numbers.

    Raises ``InvalidFilters`` when the preference is unknown or a required filter is missing.
    """
    problems = [f"{name}: required" for name in REQUIRED if name not in filters.values]
    if preference not in PREFERENCES:
        problems.append(f"preference: one of {', '.join(PREFERENCES)}, not {preference!r}")
    if problems:
        raise InvalidFilters(problems)
    body: dict[str, Any] = {"preference": preference, "filters": dict(filters.values)}
    if master:
        body["master"] = master
    return _ENCODER.encode(body)


def _filter(name: str, given: Any, problems: list[str]) -> Any:
    if name == "clientTree":
        return _client_tree(given, problems)
    operand = _FILTERS.get(name)
    if operand is None:
        problems.append(f"{name}: no such filter; known: {', '.join(sorted((*_FILTERS, 'clientTree')))}")
        return None
    return _operators(name, given, operand, problems)


def _client_tree(given: Any, problems: list[str]) -> list[Any]:
    """A list of ``{identifier: {operator: ...}}``."""
    if not isinstance(given, list | tuple) or not given:
        problems.append('clientTree: a list of {"identifier": {"in": [...]}}')
        return []
    tree = []
    for index, entry in enumerate(given):
        place = f"clientTree[{index}]"
        if not isinstance(entry, Mapping) or set(entry) != {"identifier"}:
            problems.append(f'{place}: an object {{"identifier": {{"in": [...]}}}}')
            continue
        tree.append({"identifier": _operators(f"{place}.identifier", entry["identifier"], _text, problems)})
    return tree


def _operators(place: str, given: Any, operand: _Operand, problems: list[str]) -> dict[str, Any]:
    if not isinstance(given, Mapping) or not given:
        problems.append(f'{place}: an object of operators, such as {{"eq": ...}}')
        return {}
    found: dict[str, Any] = {}
    for operator, value in given.items():
        try:
            found[operator] = _operation(operator, value, operand)
        except (ValueError, TypeError, OverflowError) as error:
            problems.append(f"{place}.{operator}: {error}")
    if "gte" in found and "lte" in found and found["gte"] > found["lte"]:
        problems.append(f"{place}: gte is greater than lte, which selects nothing")
    return found


def _operation(operator: str, value: Any, operand: _Operand) -> Any:
    if operator not in OPERATORS:
        raise ValueError(f"no such operator; known: {', '.join(OPERATORS)}")
    if operator in _ORDERED and operand in (_flag, _movement):
        raise ValueError("these values have no order; use eq, in or nin")
    if operator not in _LISTS:
        return operand(value, operator)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError("a list with at least one value")
    return [operand(each, operator) for each in value]


def _text(value: Any, operator: str) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text, not {value!r}")
    return value


def _movement(value: Any, operator: str) -> str:
    if value not in MOVEMENTS:
        raise ValueError(f"one of {', '.join(MOVEMENTS)}, not {value!r}")
    return str(value)


def _flag(value: Any, operator: str) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"true or false, not {value!r}")
    return value


def _amount(value: Any, operator: str) -> Decimal:
    """A number, exact. A float (TOML has no other) counts as the digits that were written."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"a number, not {value!r}")
    amount = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not amount.is_finite():
        raise ValueError(f"a finite number, not {value!r}")
    if isinstance(value, float) and len(amount.as_tuple().digits) > _FLOAT_DIGITS:
        raise ValueError(f"a number of at most {_FLOAT_DIGITS} digits, since it came as a float")
    return amount


def _date(value: Any, operator: str) -> str:
    """A moment in milliseconds, rounded so that a bound loses nothing."""
    instant = _instant(value, operator)
    if operator == "lte" and instant.microsecond % 1000:
        instant += _ONE_MILLISECOND
    return instant.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _instant(value: Any, operator: str) -> datetime:
    if isinstance(value, str):
        try:
            kind = date if len(value) <= len("2026-01-31") else datetime
            value = kind.fromisoformat(value)
        except ValueError:
            raise ValueError(f"a date or timestamp in ISO 8601, not {value!r}") from None
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).astimezone(UTC)
    if not isinstance(value, date):
        raise TypeError(f"a date or timestamp, not {value!r}")
    last = time(23, 59, 59, 999_000, UTC)
    return datetime.combine(value, last if operator == "lte" else time.min.replace(tzinfo=UTC))


_FILTERS: dict[str, _Operand] = {
    **dict.fromkeys(_TEXTS, _text),
    **dict.fromkeys(_DATES, _date),
    **dict.fromkeys(_FLAGS, _flag),
    "totalValue": _amount,
    "movement": _movement,
}
NAMES = tuple(sorted((*_FILTERS, "clientTree")))
