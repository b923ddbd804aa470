"""Query operators (`eq, in, nin, gte, lte`): checked as strictly as the API does, then applied to records."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..core.wire import encode
from .refusal import Detail, invalid, problem

OPERATORS = ("eq", "in", "nin", "gte", "lte")
LISTS = ("in", "nin")

Parser = Callable[[Any], Any]
"""An operand as it is compared; raises ValueError when it has the wrong type."""


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("a string")
    return value


def number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("a number")
    return Decimal(value)


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("a boolean")
    return value


def day(value: Any) -> str:
    """A plain date; ISO dates compare as text."""
    try:
        return date.fromisoformat(text(value)).isoformat()
    except ValueError:
        raise ValueError("a date YYYY-MM-DD") from None


def instant(value: Any) -> datetime:
    """Any ISO timestamp that says its offset."""
    try:
        moment = datetime.fromisoformat(text(value))
    except ValueError:
        raise ValueError("an ISO timestamp with an offset") from None
    if moment.tzinfo is None:
        raise ValueError("an ISO timestamp with an offset")
    return moment


def strict_instant(value: Any) -> datetime:
    """The one form that exports accept: milliseconds and `Z`."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text(value)):
        raise ValueError("a timestamp YYYY-MM-DDTHH:MM:SS.mmmZ")
    return instant(value)


@dataclass(frozen=True)
class Condition:
    """One operator on one field."""

    field: str
    operator: str
    operand: Any

    def accepts(self, value: Any) -> bool:
        """Whether a record's value passes; null passes `nin` only."""
        if value is None:
            return self.operator == "nin" and None not in self.operand
        match self.operator:
            case "eq":
                return bool(value == self.operand)
            case "in":
                return value in self.operand
            case "nin":
                return value not in self.operand
            case "gte":
                return bool(value >= self.operand)
            case _:
                return bool(value <= self.operand)


def parse_filters(
    filters: Mapping[str, Any], fields: Mapping[str, Parser], loc: tuple[str, ...] = ("body", "filters")
) -> list[Condition]:
    """`{field: {operator: operand}}` as conditions; every fault of it in one 422."""
    conditions: list[Condition] = []
    details: list[Detail] = []
    for name, operators in filters.items():
        at: list[str | int] = [*loc, name]
        if name not in fields:
            details.append(problem(at, "unknown filter", "extra_forbidden"))
        elif not isinstance(operators, dict) or not operators:
            details.append(problem(at, "Input should be an object of query operators", "dict_type"))
        else:
            for operator, operand in operators.items():
                _parse_one(name, operator, operand, fields[name], at, conditions, details)
    if details:
        raise invalid(details)
    return conditions


def _parse_one(
    name: str,
    operator: str,
    operand: Any,
    parser: Parser,
    loc: list[str | int],
    conditions: list[Condition],
    details: list[Detail],
) -> None:
    if operator not in OPERATORS:
        details.append(
            problem([*loc, operator], f"unknown operator; use {', '.join(OPERATORS)}", "extra_forbidden")
        )
        return
    if (operator in LISTS) != isinstance(operand, list):
        details.append(problem([*loc, operator], f"wrong operand for {operator}", "type_error"))
        return
    try:
        parsed = [parser(each) for each in operand] if operator in LISTS else parser(operand)
    except ValueError as error:
        details.append(problem([*loc, operator], f"Input should be {error}", "type_error"))
        return
    conditions.append(Condition(name, operator, parsed))


def passes(conditions: list[Condition], values: Mapping[str, Any]) -> bool:
    return all(condition.accepts(values.get(condition.field)) for condition in conditions)


PAYABLE_FIELDS: dict[str, Parser] = {
    **dict.fromkeys(
        ("id", "masterId", "reference", "documentId", "documentNumber", "description", "documentType"), text
    ),
    **dict.fromkeys(
        ("accessKey", "status", "currency.code", "provider.name", "provider.nationalRegister"), text
    ),
    **dict.fromkeys(
        ("company.name", "company.nationalRegister", "paymentDetail.type", "provider.type"), text
    ),
    "isOpen": boolean,
    **dict.fromkeys(("value.gross", "value.discount", "value.interest", "value.fine", "value.net"), number),
    **dict.fromkeys(("issueDate", "entryDate", "dueDate", "scheduledDate"), day),
    **dict.fromkeys(("paidAt", "createdAt", "updatedAt"), instant),
}
"""What can be filtered by, with the type of the operand; a dot leads into an object."""


def filter_values(record: Mapping[str, Any]) -> dict[str, Any]:
    """The filterable values of a payable in comparable form, and its metadata; a broken value counts as null."""
    values: dict[str, Any] = {"metadata": exact(record.get("metadata")) or {}}
    for name, parse in PAYABLE_FIELDS.items():
        value: Any = record
        for step in name.split("."):
            value = value.get(step) if isinstance(value, dict) else None
        if parse is number and value is not None:
            value = exact(value)
        try:
            values[name] = None if value is None else parse(value)
        except ValueError:
            values[name] = None
    return values


def exact(value: Any) -> Any:
    """A value of `wire` as plain Python, numbers with a fraction as `Decimal`."""
    return json.loads(encode(value), parse_float=Decimal)
