"""XML → rows, driven by one declaration: a path, a column, a type, what it means.

The same declaration makes the parser here and the models, tables and data dictionary elsewhere. A document
is read in one pass over its tree with a dictionary lookup for each element; looking up each column's path
would take twice as long. What the declaration does not name is kept, by path, in ``_extra``.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from lxml import etree

from sources.kit.formats._errors import FormatError
from sources.kit.formats._xml import add_value, element_value, local_name

FieldType = Literal["text", "decimal", "timestamp", "date", "int", "bool"]
Row = dict[str, Any]

EXTRA = "_extra"
SIGNATURE = "{http://www.w3.org/2000/09/xmldsig#}Signature"
"""Kept nowhere: it signs the file, and the file is kept as it came."""

DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?")
INTEGER = re.compile(r"-?[0-9]{1,18}")
DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(T00:00:00(\.0+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?")
"""A day may carry a zone (xsd:date), which does not move it, and some city halls write its midnight."""

TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
AROUND = "^"
BOOLEANS = {"0": False, "1": True, "false": False, "true": True}


class FieldSpec(NamedTuple):
    """A column, and where its value may stand in the XML: the first of ``paths`` found wins; none: derived.

    In a path ``*`` is any one element, ``@name`` an attribute; ``^name/@attribute`` is that of the nearest element
    of the name around a row's own. ``personal``: the value can be about a person.
    """

    name: str
    type: FieldType
    description: str
    personal: bool = False
    paths: tuple[str, ...] = ()


class TableSpec(NamedTuple):
    """A table: a row for each element at ``path`` inside the document; the header's path is empty.

    Several paths are separated by ``|``; without any (``None``) the rows are derived from other tables.
    """

    path: str | None
    fields: tuple[FieldSpec, ...]


def text(paths: str, name: str, description: str, *, personal: bool = False) -> FieldSpec:
    """A column of text; ``paths`` are separated by ``|``."""
    return FieldSpec(name, "text", description, personal, tuple(paths.split("|")))


def decimal(paths: str, name: str, description: str) -> FieldSpec:
    """A column of exact numbers."""
    return FieldSpec(name, "decimal", description, False, tuple(paths.split("|")))


def typed(paths: str, name: str, kind: FieldType, description: str) -> FieldSpec:
    """A column of dates, whole numbers or truth values."""
    return FieldSpec(name, kind, description, False, tuple(paths.split("|")))


def moment(paths: str, name: str, description: str) -> tuple[FieldSpec, FieldSpec]:
    """A timestamp and, as ``<name>_offset``, the offset it was written with, which UTC would lose."""
    offset = FieldSpec(f"{name}_offset", "text", f"Offset from UTC that `{name}` was written with, as ±hh:mm")
    return FieldSpec(name, "timestamp", description, False, tuple(paths.split("|"))), offset


def under(path: str, *fields: FieldSpec, prefix: str = "") -> tuple[FieldSpec, ...]:
    """The fields with ``path/`` before their paths and ``prefix`` before their names."""
    return tuple(
        field._replace(name=prefix + field.name, paths=tuple(f"{path}/{found}" for found in field.paths))
        for field in fields
    )


@lru_cache(maxsize=4096)  # half the amounts of a document are 0.00
def _to_decimal(value: str) -> Decimal:
    if DECIMAL.fullmatch(value) is None:
        raise ValueError
    return Decimal(value)


def _to_int(value: str) -> int:
    if INTEGER.fullmatch(value) is None:
        raise ValueError
    return int(value)


def _to_date(value: str) -> date:
    found = DATE.fullmatch(value)
    if found is None:
        raise ValueError
    return date.fromisoformat(found[1])


def _to_timestamp(value: str) -> datetime:
    if TIMESTAMP.fullmatch(value) is None:
        raise ValueError
    return datetime.fromisoformat(value)


CONVERTERS: Mapping[FieldType, Callable[[str], Any]] = {
    "text": str,
    "decimal": _to_decimal,
    "int": _to_int,
    "date": _to_date,
    "timestamp": _to_timestamp,
    "bool": BOOLEANS.__getitem__,
}


@dataclass(slots=True)
class _Step:
    """What to do with an element: fill ``column``, start a row of ``table``, or go on with ``children``."""

    children: dict[str, "_Step"]
    attributes: dict[str, tuple[str, Callable[[str], Any]]]
    column: str | None = None
    convert: Callable[[str], Any] = str
    table: str | None = None
    any_child: "_Step | None" = None


def _around(spec: TableSpec) -> Iterator[tuple[str, str, str, Callable[[str], Any]]]:
    """The columns whose value stands around a row's element: column, the element's name, its attribute, type."""
    for field in spec.fields:
        for path in field.paths:
            if path.startswith(AROUND):
                name, _, attribute = path.removeprefix(AROUND).partition("/@")
                yield field.name, f"{{*}}{name}", attribute, CONVERTERS[field.type]


_NO_STEP = _Step({}, {})
"""For an element with a column: the layout gives it no attributes, so those it has are kept."""


class Layout:
    """A kind of document: its header table, the tables of its lists, and where each column's value stands.

    ``namespaces`` are those its elements may be in, "" for none; ``anchors`` the elements that paths in
    ``_extra`` are counted from.
    """

    def __init__(
        self, tables: Mapping[str, TableSpec], namespaces: Iterable[str], anchors: Iterable[str]
    ) -> None:
        self.tables = dict(tables)
        self.header = next(iter(self.tables))
        self.anchors = frozenset(anchors)
        self._namespaces = tuple(namespaces)
        self._blank: dict[str, Row] = {
            name: dict.fromkeys(f.name for f in spec.fields) for name, spec in self.tables.items()
        }
        self._moments = {
            name: tuple(f.name for f in spec.fields if f.type == "timestamp")
            for name, spec in self.tables.items()
        }
        self._around = {name: tuple(_around(spec)) for name, spec in self.tables.items()}
        self._root = self._compile()

    def read(self, element: etree._Element, at: str = "") -> dict[str, list[Row]]:
        """The rows of the document at ``element``, by table; ``at`` is its path in the header's declaration.

        Every column of a table is in each of its rows, None where the document has nothing. Timestamps are
        aware, numbers are Decimals of the very digits. Raises FormatError for a value its type does not
        allow.
        """
        step = self._descend(self._root, at)
        rows: dict[str, list[Row]] = {name: [] for name in self.tables}
        self._add_row(element, step, self.header, rows)
        return rows

    def _add_row(self, element: etree._Element, step: _Step, table: str, rows: dict[str, list[Row]]) -> None:
        row = self._blank[table].copy()
        rows[table].append(row)
        for column, around, attribute, convert in self._around[table]:
            found = next((e.get(attribute) for e in element.iterancestors(around)), None)
            row[column] = self._converted(element, column, convert, found)
        self._fill(element, step, row, rows)
        for name in self._moments[table]:
            if row[name] is not None:
                row[f"{name}_offset"] = str(row[name])[-6:]
        if row[EXTRA] is not None:
            row[EXTRA] = json.dumps(row[EXTRA], ensure_ascii=False)

    def _fill(self, element: etree._Element, step: _Step, row: Row, rows: dict[str, list[Row]]) -> None:
        if element.attrib:
            self._fill_attributes(element, step, row)
        step_of, any_child = step.children.get, step.any_child
        for child in element:
            found = step_of(child.tag, any_child)
            if found is None:
                self._keep(child, row)
            elif (column := found.column) is not None:
                value = (child.text or "").strip()
                if len(child) or child.keys() or row[column] is not None:
                    value = self._odd(child, value, column, row)
                if value:
                    row[column] = self._converted(child, column, found.convert, value)
            elif found.table is not None:
                self._add_row(child, found, found.table, rows)
            else:
                self._fill(child, found, row, rows)

    def _converted(
        self, element: etree._Element, column: str, convert: Callable[[str], Any], value: str | None
    ) -> Any:
        try:
            return None if value is None else convert(value)
        except (ValueError, KeyError):
            raise FormatError(f"{self._path(element)}: not what {column} can hold") from None

    def _odd(self, element: etree._Element, value: str, column: str, row: Row) -> str:
        """Keeps what a plain value has not: elements inside, attributes, another value before it. Returns the
        rest."""
        if len(element) or (value and row[column] is not None and str(row[column]) != value):
            self._keep(element, row)
            return ""
        self._fill_attributes(element, _NO_STEP, row)
        return value

    def _fill_attributes(self, element: etree._Element, step: _Step, row: Row) -> None:
        for name, raw in element.attrib.items():
            column, convert = step.attributes.get(str(name), (EXTRA, str))
            try:
                value = convert(str(raw).strip())
            except (ValueError, KeyError):
                raise FormatError(f"{self._path(element)}/@{name!s}: not what {column} can hold") from None
            if column == EXTRA or row[column] not in (None, value):
                self._keep_value(f"{self._path(element)}/@{local_name(str(name))}", value, row)
            else:
                row[column] = value

    def _keep(self, element: etree._Element, row: Row) -> None:
        if element.tag != SIGNATURE:
            self._keep_value(self._path(element), element_value(element), row)

    def _keep_value(self, path: str, value: Any, row: Row) -> None:
        if row[EXTRA] is None:
            row[EXTRA] = {}
        add_value(row[EXTRA], path, value)

    def _path(self, element: etree._Element) -> str:
        names = [local_name(str(element.tag))]
        for parent in element.iterancestors():
            if (name := local_name(str(parent.tag))) in self.anchors:
                break
            names.append(name)
        return "/".join(reversed(names))

    def _compile(self) -> _Step:
        root = _Step({}, {})
        for table, spec in self.tables.items():
            for place in [] if spec.path is None else spec.path.split("|"):
                start = self._descend(root, place)
                start.table = table if place else None
                for field in spec.fields:
                    for path in field.paths:
                        if not path.startswith(AROUND):
                            self._place(start, path, field)
        return root

    def _place(self, start: _Step, path: str, field: FieldSpec) -> None:
        parents, _, last = path.rpartition("/")
        parent = self._descend(start, parents)
        if last.startswith("@"):
            parent.attributes[last[1:]] = (field.name, CONVERTERS[field.type])
        else:
            leaf = self._descend(parent, last)
            leaf.column, leaf.convert = field.name, CONVERTERS[field.type]

    def _descend(self, step: _Step, path: str) -> _Step:
        """The step at ``path`` below ``step``, made where there was none."""
        for name in filter(None, path.split("/")):
            if name == "*":
                step.any_child = step.any_child or _Step({}, {})
                step = step.any_child
                continue
            tags = [f"{{{namespace}}}{name}" if namespace else name for namespace in self._namespaces]
            found = step.children.get(tags[0]) or _Step({}, {})
            step.children.update(dict.fromkeys(tags, found))
            step = found
        return step
