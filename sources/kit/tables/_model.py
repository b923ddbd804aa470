"""The words in which a source declares its records.

A record is a pydantic model; everything else is derived from it: the msgspec decoder, the Arrow schema,
dlt's hints, the tables and their keys, the checks, the data dictionary and the personal-data marks.

Column types follow from the annotation:

===================  =======================  =============================================
annotation           column                   accepted on the wire
===================  =======================  =============================================
``str``              text                     a JSON string
``LooseText``        text                     a string or a number, kept as it was written
``Decimal``          decimal(38, 10)          a number or a string of one, digit for digit
``int``              bigint                   an integer within 64 bits
``bool``             boolean                  true or false
``date``             date                     ``YYYY-MM-DD``
``datetime``         timestamp with time zone RFC 3339 with an offset; stored as UTC
``FreeForm``         json                     anything, kept byte for byte
a ``Record``         ``field__subfield``      an object
a list               a child table            a list, null or nothing: the last two mean no rows
===================  =======================  =============================================

A field without a default is required: a record that lacks it, or has null there, is rejected whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

MONEY_PRECISION = 38
MONEY_SCALE = 10


class _Loose:
    """Marks a text that may come as a number."""


class _FreeForm:
    """Marks a value of any shape that is kept as the JSON text that came."""


class DateOk:
    """Marks a timestamp that may come as a plain date, which then means midnight UTC."""


LooseText = Annotated[str, _Loose()]
FreeForm = Annotated[str, _FreeForm()]


@dataclass(frozen=True)
class Personal:
    """Marks a column that identifies a person or an account; see ``Privacy``."""


@dataclass(frozen=True)
class Secret:
    """Marks a field that is never loaded, logged or kept among the rejects."""


@dataclass(frozen=True)
class Codes:
    """The known values of an open enumeration: others are kept and reported as drift."""

    values: frozenset[str]

    def __init__(self, *values: str) -> None:
        object.__setattr__(self, "values", frozenset(values))


@dataclass(frozen=True)
class AlsoNamed:
    """Other names of the same field in other revisions of the API: the first that is not null counts."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Child:
    """How a list becomes a table.

    Args:
        table: the part of the table's name after the parent's table (default: the field's name).
        singular: the name of one element, for the keys of tables below it.
        lift: the table hangs from the root record and not from the list that holds it: its position
            counts over all the lists between, whose own positions become plain columns.
        whole_name: the table's whole name, where it stands beside another table than its parent's.
    """

    table: str | None = None
    singular: str | None = None
    lift: bool = False
    whole_name: str | None = None


@dataclass(frozen=True)
class Table:
    """What a root record is in the warehouse.

    Args:
        name: the table.
        singular: one row of it; children carry ``<singular>_<key>``.
        key: the columns that identify a record.
        version: the column that orders versions of one record (a timestamp or an integer), if any.
        history: every version ever received is also kept in ``<name>__history`` tables.
        append_only: records never change: those that are known already are left alone.
        status: the column whose values split the control totals.
        currency: the column that holds the currency of ``amount``.
        amount: the column that is summed for the control totals.
        partition: the date or timestamp column that large warehouses partition by.
    """

    name: str
    singular: str
    key: tuple[str, ...] = ("id",)
    version: str | None = None
    history: bool = False
    append_only: bool = False
    status: str | None = None
    currency: str | None = None
    amount: str | None = None
    partition: str | None = None


class Record(BaseModel):
    """A record, or an object inside one, whose wire names are its field names."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    table: ClassVar[Table | None] = None


class CamelRecord(Record):
    """A record whose wire names are camelCase."""

    model_config = ConfigDict(alias_generator=to_camel)
