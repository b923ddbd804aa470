"""Models, structs and Arrow against an independent, slow reading of the same JSON, for records of any content."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from kit_models import Order, write

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
money = st.builds(
    lambda whole, decimals, form: form.format(f"{whole}.{decimals}" if decimals else f"{whole}"),
    st.integers(-(10**28) + 1, 10**28 - 1),
    st.text("0123456789", max_size=10),
    st.sampled_from(["{}", '"{}"', "{}e0", "{}E+00"]),
)
moments = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).flatmap(  # noqa: DTZ001 - hypothesis adds it
    lambda naive: st.integers(-840, 840).map(
        lambda minutes: naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    )
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), texts)
free = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2)
)


def maybe(value: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), value)


class Written(str):
    """JSON text that stands as it is."""


def obj(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={**fields, "unknown": free})


numbers = money.map(Written)
taxes = st.lists(obj(code=maybe(texts), value=maybe(numbers)), max_size=2)
lines = st.lists(
    obj(amount=maybe(numbers), sku=st.one_of(maybe(texts), numbers), taxes=maybe(taxes), data=free),
    max_size=3,
)
orders = st.fixed_dictionaries(
    {"id": texts, "updatedAt": moments},
    optional={
        "status": maybe(texts),
        "total": maybe(obj(net=maybe(numbers), currency=maybe(texts), fees=maybe(taxes))),
        "code": st.one_of(maybe(texts), numbers),
        "quantity": maybe(st.integers(-(2**63), 2**63 - 1)),
        "paid": maybe(st.booleans()),
        "due": maybe(st.dates()),
        "region": maybe(texts),
        "province": maybe(texts),
        "tags": maybe(st.lists(maybe(texts), max_size=3)),
        "lines": maybe(lines),
        "unknown": free,
    },
)


def encode(value: Any) -> str:
    if isinstance(value, Written):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)}: {encode(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, date):
        return json.dumps(value.isoformat())
    return json.dumps(value)


def number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def moment(value: str) -> datetime:
    return datetime.fromisoformat(value).astimezone(UTC)


def tax_row(tax: dict[str, Any]) -> tuple[Any, ...]:
    return tax.get("code"), number(tax.get("value"))


def read(record: dict[str, Any]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows of one record, by the plainest reading of what the model language promises."""
    key, total = record["id"], record.get("total") or {}
    names = [record.get("region"), record.get("province")]
    yield (
        "orders",
        (
            key,
            moment(record["updatedAt"]),
            record.get("status"),
            number(total.get("net")),
            record.get("code"),
            None if record.get("quantity") is None else int(record["quantity"]),
            record.get("paid"),
            record.get("due") and date.fromisoformat(record["due"]),
            next((name for name in names if name is not None), None),
        ),
    )
    for n, tag in enumerate(record.get("tags") or []):
        yield "orders__tags", (key, n, tag)
    for n, fee in enumerate(total.get("fees") or []):
        yield "orders__total_fees", (key, n, *tax_row(fee))
    for n, line in enumerate(record.get("lines") or []):
        yield "orders__lines", (key, n, number(line.get("amount")), line.get("sku"))
        for m, tax in enumerate(line.get("taxes") or []):
            yield "orders__lines__taxes", (key, n, m, *tax_row(tax))


COLUMNS = {
    "orders": ["id", "updated_at", "status", "total__net", "code", "quantity", "paid", "due", "region"],
    "orders__tags": ["order_id", "position", "value"],
    "orders__total_fees": ["order_id", "position", "code", "value"],
    "orders__lines": ["order_id", "position", "amount", "sku"],
    "orders__lines__taxes": ["order_id", "line_position", "position", "code", "value"],
}


@settings(max_examples=150, deadline=None)
@given(st.lists(orders, max_size=5, unique_by=lambda record: record["id"]))
def test_tables_hold_what_a_plain_reading_of_the_json_finds(records: list[dict[str, Any]]) -> None:
    sent = [encode(record).encode() for record in records]
    written = write(Order, sent)
    assert written.rejects == []
    expected: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}
    for record in sent:
        # numbers stay texts here: that is how they were written, and Decimal reads them exactly
        for table, row in read(json.loads(record, parse_float=str, parse_int=str)):
            expected[table].append(row)
    for table, columns in COLUMNS.items():
        found = [tuple(row[column] for column in columns) for row in written.rows(table)]
        assert found == expected[table], table
        parents = {row[0] for row in expected[table]}
        if table != "orders":
            assert {row["order_id"] for row in written.tombstones(table)} == {
                r["id"] for r in records
            } - parents
    versions = {
        record["id"]: row for record, row in zip(records, written.rows("orders__history"), strict=True)
    }
    assert list(versions) == [row["id"] for row in written.rows("orders")]


@settings(max_examples=100, deadline=None)
@given(orders)
def test_unknown_fields_come_back_at_their_place_whatever_they_hold(record: dict[str, Any]) -> None:
    written = write(Order, [encode(record).encode()])
    row = written.one("orders")
    total = record.get("total") or {}
    expected = {name: record[name] for name in ("unknown",) if name in record}
    if "unknown" in total:
        expected["total"] = {"unknown": total["unknown"]}
    assert (json.loads(row["_extra"]) if row["_extra"] else {}) == expected
