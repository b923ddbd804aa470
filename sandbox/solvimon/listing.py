"""Lists: parameters that are checked, filters, an order, pages and their links."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

from .errors import Refusal, invalid_field
from .values import Record, parse_stamp, stamp

LIMIT_DEFAULT = 50
LIMIT_MOST = 100
PAGING = frozenset({"page", "limit", "order_by", "order_direction"})
_BOOLEANS = {"true": True, "false": False}
_LAST_SECOND = timedelta(days=1) - timedelta(seconds=1)


def query(request: Request, allowed: Collection[str]) -> dict[str, list[str]]:
    """Return the parameters by name; unknown ones, and single ones given twice, are refused."""
    parameters: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        if name not in allowed:
            raise invalid_field(name, f"unknown parameter {name}")
        if name in parameters and not name.endswith("[]"):
            raise invalid_field(name, f"{name} is given twice")
        parameters.setdefault(name, []).append(value)
    return parameters


def single(parameters: Mapping[str, list[str]], name: str) -> str | None:
    return parameters[name][0] if name in parameters else None


def boolean(parameters: Mapping[str, list[str]], name: str) -> bool | None:
    """Return `true` or `false` as a bool, None when the parameter is absent."""
    text = single(parameters, name)
    if text is None:
        return None
    if text not in _BOOLEANS:
        raise invalid_field(name, f"{name} must be true or false")
    return _BOOLEANS[text]


def integer(parameters: Mapping[str, list[str]], name: str, default: int, most: int | None) -> int:
    text = single(parameters, name)
    if text is None:
        return default
    if not re.fullmatch(r"\d{1,9}", text) or int(text) < 1 or (most is not None and int(text) > most):
        raise invalid_field(name, f"{name} must be a number from 1{f' to {most}' if most else ''}")
    return int(text)


def moment(name: str, text: str, *, end: bool) -> datetime:
    """Return a day (its first or last second) or a timestamp, in UTC."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + _LAST_SECOND if end else day
        return parse_stamp(text)
    except ValueError:
        raise invalid_field(
            name, f"{name} must hold dates or timestamps such as 2024-01-15T09:30:00Z"
        ) from None


def date_range(parameters: Mapping[str, list[str]], name: str) -> tuple[str, str] | None:
    """Return the ends of `[start,end]`, both included, as timestamps that compare as text."""
    text = single(parameters, name)
    if text is None:
        return None
    match = re.fullmatch(r"\[([^,\[\]]+),([^,\[\]]+)\]", text)
    if match is None:
        raise invalid_field(name, f"{name} must be a range such as [2024-01-01,2024-01-31]")
    start, end = moment(name, match[1], end=False), moment(name, match[2], end=True)
    if start > end:
        raise invalid_field(name, f"{name} starts after it ends")
    return stamp(start), stamp(end)


@dataclass(frozen=True)
class Order:
    """The fields that a list can be ordered by, each with its sort value."""

    keys: Mapping[str, Callable[[Record], Any]]
    default: str

    def apply(self, rows: Iterable[Record], parameters: Mapping[str, list[str]]) -> list[Record]:
        """Return the rows in order. Ties come by id, backwards too: no order among equals is promised."""
        by = single(parameters, "order_by") or self.default
        direction = single(parameters, "order_direction") or "DESC"
        if by not in self.keys:
            raise invalid_field("order_by", f"cannot order by {by}; can by {', '.join(self.keys)}")
        if direction not in {"ASC", "DESC"}:
            raise invalid_field("order_direction", "order_direction must be ASC or DESC")
        ranked = sorted(rows, key=lambda row: str(row["id"]))
        return sorted(ranked, key=self.keys[by], reverse=direction == "DESC")


BY_CREATION = Order({"created_at": lambda row: row.get("created_at") or ""}, "created_at")


def page_of(
    request: Request,
    rows: Sequence[Record],
    parameters: Mapping[str, list[str]],
    render: Callable[[Record], Record] = dict,
) -> Record:
    """Return one page with its links. A page past the end is empty and has no `next`."""
    page = integer(parameters, "page", 1, None)
    limit = integer(parameters, "limit", LIMIT_DEFAULT, LIMIT_MOST)
    pages = -(-len(rows) // limit)

    def link(number: int) -> str:
        items = [(k, v) for k, values in parameters.items() if k not in {"page", "limit"} for v in values]
        return f"{request.url.path}?{urlencode([*items, ('page', number), ('limit', limit)])}"

    links = {"first": link(1), "current": link(page)}
    if page > 1:
        links["previous"] = link(page - 1)
    if page < pages:
        links["next"] = link(page + 1)
    return {
        "data": [render(row) for row in rows[(page - 1) * limit : page * limit]],
        "page": page,
        "limit": limit,
        "total_number_of_pages": pages,
        "links": links,
    }


_SEARCH_SHAPE = {
    "search_fields": {"name", "value", "wildcard_start", "wildcard_end", "ignore_case"},
    "filter_fields": {"name", "reference", "value", "values"},
    "selection_rule_fields": {"name", "value"},
}


def search(rows: Iterable[Record], body: Any, fields: Collection[str]) -> list[Record]:
    """Return the rows that satisfy every field of a SearchCreateRequest; unknown names are refused."""
    if not isinstance(body, dict):
        raise Refusal(400, "BAD_REQUEST", "the body must be a JSON object")
    found = list(rows)
    for kind, items in body.items():
        if kind not in _SEARCH_SHAPE or not isinstance(items, list):
            raise invalid_field(kind, f"unknown field or no list: {kind}")
        for item in items:
            if not isinstance(item, dict) or set(item) - _SEARCH_SHAPE[kind]:
                raise invalid_field(kind, f"an item of {kind} has other fields than {_SEARCH_SHAPE[kind]}")
            if item.get("name") not in fields:
                raise invalid_field(f"{kind}.name", f"cannot search by {item.get('name')}")
            found = [row for row in found if _satisfies(row, item)]
    return found


def _satisfies(row: Record, item: Mapping[str, Any]) -> bool:
    have = row.get(item["name"])
    text = str(have).lower() if isinstance(have, bool) else str(have)
    if item.get("values"):
        return text in item["values"]
    wanted = str(item.get("value"))
    if item.get("ignore_case"):
        text, wanted = text.casefold(), wanted.casefold()
    pattern = re.escape(wanted)
    pattern = (".*" if item.get("wildcard_start") else "") + pattern
    pattern += ".*" if item.get("wildcard_end") else ""
    return re.fullmatch(pattern, text, re.DOTALL) is not None
