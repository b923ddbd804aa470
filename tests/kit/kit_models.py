"""Records of an invented shop that use every word of the model language, and a writer that keeps what it wrote."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import pyarrow as pa
from pydantic import Field

from sources.kit.tables import (
    AlsoNamed,
    CamelRecord,
    Child,
    Codes,
    DateOk,
    FreeForm,
    LooseText,
    Personal,
    Privacy,
    Record,
    Secret,
    Spool,
    Table,
    TableShape,
    TableWriter,
    Tally,
    WriteOptions,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Person(CamelRecord):
    """Who buys."""

    name: Annotated[str | None, Personal()] = Field(None, description="Name.")
    tax_id: Annotated[LooseText | None, Personal()] = Field(None, description="Tax id.")
    aliases: list[Annotated[str, Personal()]] | None = Field(None, description="Other names.")
    notes: Annotated[FreeForm | None, Personal()] = Field(None, description="What is said of the person.")
    pin: Annotated[str | None, Secret()] = Field(None, description="Never kept.")


class Tax(CamelRecord):
    """A tax on a line."""

    code: str | None = Field(None, description="Which.")
    value: Decimal | None = Field(None, description="How much.")


class Line(CamelRecord):
    """One line."""

    amount: Decimal | None = Field(None, description="How much.")
    sku: LooseText | None = Field(None, description="What.")
    seller: Person | None = Field(None, description="Who sells.")
    taxes: Annotated[list[Tax] | None, Child(singular="tax")] = Field(None, description="Its taxes.")
    data: FreeForm | None = Field(None, description="Anything.")


class Total(CamelRecord):
    """What it comes to."""

    net: Decimal | None = Field(None, description="Net.")
    currency: str | None = Field(None, description="Currency.")
    fees: list[Tax] | None = Field(None, description="Fees.")


class Order(CamelRecord):
    """An order."""

    table: ClassVar[Table | None] = Table(
        name="orders",
        singular="order",
        version="updated_at",
        history=True,
        status="status",
        currency="total__currency",
        amount="total__net",
        partition="due",
    )

    id: str = Field(description="Key.")
    updated_at: datetime = Field(description="Version.")
    status: Annotated[str | None, Codes("OPEN", "PAID")] = Field(None, description="State.")
    total: Total | None = Field(None, description="Total.")
    buyer: Person | None = Field(None, description="Buyer.")
    code: LooseText | None = Field(None, description="A code that may be a number.")
    quantity: int | None = Field(None, description="How many.")
    paid: bool | None = Field(None, description="Whether paid.")
    due: date | None = Field(None, description="When due.")
    seen_at: Annotated[datetime | None, DateOk()] = Field(None, description="When seen.")
    region: Annotated[str | None, AlsoNamed("state", "province")] = Field(None, description="Where.")
    tags: Annotated[list[str | None] | None, AlsoNamed("labels")] = Field(None, description="Tags.")
    memo: Annotated[FreeForm | None, AlsoNamed("remark")] = Field(None, description="Anything.")
    secret: Annotated[str | None, Secret()] = Field(None, description="Never kept.")
    lines: list[Line] | None = Field(None, description="Lines.")


class Item(Record):
    """An item of a group."""

    sku: str | None = Field(None, description="What.")
    taxes: Annotated[list[Tax] | None, Child(singular="tax")] = Field(None, description="Its taxes.")


class Group(Record):
    """A group of a period."""

    items: Annotated[list[Item] | None, Child(lift=True)] = Field(None, description="Items.")


class Period(Record):
    """A period of a bill."""

    groups: list[Group] | None = Field(None, description="Groups.")


class Bill(Record):
    """A bill, whose items hang in lists of lists."""

    table: ClassVar[Table | None] = Table(name="bills", singular="bill", key=("series", "number"))

    series: str = Field(description="First part of the key.")
    number: int = Field(description="Second part.")
    periods: list[Period] | None = Field(None, description="Periods.")


class Capture:
    """In place of dlt: keeps every table that is handed over."""

    def __init__(self) -> None:
        self.tables: dict[str, list[pa.Table]] = {}
        self.shapes: dict[str, TableShape] = {}

    def items(self, shapes: Mapping[str, TableShape], tables: Mapping[str, pa.Table]) -> Iterator[Any]:
        for name, table in tables.items():
            self.shapes[name] = shapes[name]
            self.tables.setdefault(name, []).append(table)
            yield name


@dataclass
class Written:
    """What one load of records would hand to dlt."""

    arrow: dict[str, pa.Table]
    tally: Tally

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The rows of a table, without tombstones."""
        rows: list[dict[str, Any]] = self.arrow[table].to_pylist()
        return [row for row in rows if not row.get("_tombstone")]

    def tombstones(self, table: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.arrow[table].to_pylist()
        return [row for row in rows if row.get("_tombstone")]

    @property
    def rejects(self) -> list[dict[str, Any]]:
        return self.rows("_rejects")

    def one(self, table: str) -> dict[str, Any]:
        """The only row of a table."""
        assert self.rejects == []
        (row,) = self.rows(table)
        return row


def write(model: type[Record], records: Sequence[bytes], privacy: Privacy | None = None) -> Written:
    """Takes records through spool and writer."""
    capture, tally = Capture(), Tally("under test")
    options = WriteOptions(privacy=privacy or Privacy(), now=lambda: NOW, emitter=capture)  # type: ignore[arg-type]
    spool = Spool(model, tally)
    spool.add(records)
    list(TableWriter(model, tally, options).write(spool))
    arrow = {name: pa.concat_tables(parts) for name, parts in capture.tables.items()}
    return Written(arrow, tally)


def order(text: str = "", key: str = "o1", at: str = "2026-01-02T03:04:05Z") -> bytes:
    """An order with these fields beside those that it must have."""
    more = f",{text}" if text else ""
    return f'{{"id":{json.dumps(key)},"updatedAt":"{at}"{more}}}'.encode()
