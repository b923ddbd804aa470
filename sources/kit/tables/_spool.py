"""The records of one load, on disk until it is known which version of each of them counts.

dlt must see every key once in a load package: given two versions of a record it may keep either, and the
children of both. So a load is read twice: as it comes, only its keys, versions and amounts (``Spool.add``);
and then, when the winners are known, those records whole (``Spool.winners``).
"""

from __future__ import annotations

import json
import tempfile
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from ._model import Record
from ._shape import Field, ObjectShape, Type, object_shape
from ._tally import Group, Tally

Key = tuple[Any, ...]
# How many records are decoded at a time: about ten pages, the size at which Arrow and dlt cost least.
BATCH_RECORDS = 5000
_MEMORY_BEFORE_DISK = 1 << 20
_UNKNOWN: Group = (None, None)
_Probed = tuple[Key, Any, Group, Decimal | None]


class _Probe:
    """Reads only what deciding and counting need: key, version, currency, status and amount."""

    def __init__(self, model: type[Record]) -> None:
        table = model.table
        assert table is not None
        shape = object_shape(model)
        columns = (*table.key, table.version, table.currency, table.status, table.amount)
        self._paths = [_path(shape, name) if name else None for name in columns]
        self._key_width = len(table.key)
        self._decoder = msgspec.json.Decoder(list[_probe_struct(self._paths)])  # type: ignore[misc]

    def read(self, records: Sequence[bytes]) -> list[_Probed | None]:
        """For each record (key, version, group, amount), or ``None`` when it has no key."""
        try:
            objects = self._decoder.decode(b"[" + b",".join(records) + b"]")
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return [self._slowly(record) for record in records]
        return [self._result([_follow(o, path) for path in self._paths]) for o in objects]

    def _slowly(self, record: bytes) -> _Probed | None:
        try:
            document = json.loads(record, parse_float=Decimal)
        except (ValueError, RecursionError):
            return None
        return self._result([_dig(document, path) for path in self._paths])

    def _result(self, values: list[Any]) -> _Probed | None:
        key = tuple(values[: self._key_width])
        if None in key:
            return None
        version, currency, status, amount = values[self._key_width :]
        return key, version, (currency, status), amount


_probe = cache(_Probe)


def key_of(model: type[Record], record: bytes) -> str | None:
    """The record's key as text, its parts joined by ``/``; ``None`` when it has none."""
    found = _probe(model).read([record])[0]
    return None if found is None else "/".join(str(part) for part in found[0])


class Spool:
    """Collects records and decides, for each key, which version counts: the one with the highest version,
    then the highest rank, then the last to come. Memory grows with the number of keys, not with their size.

    Args:
        model: the root record.
        tally: where every winner is counted.
        directory: where the temporary file lies; it has no name and is gone with the process.
    """

    def __init__(self, model: type[Record], tally: Tally, directory: Path | None = None) -> None:
        self._probe = _probe(model)
        self._tally = tally
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            max_size=_MEMORY_BEFORE_DISK, dir=str(directory) if directory else None
        )
        self._lengths = array("Q")
        self._best: dict[Key, tuple[int, Any, Any, Group, Decimal | None]] = {}
        self._keyless: dict[int, None] = {}

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        """How many records win, those without a key included."""
        return len(self._best) + len(self._keyless)

    def add(self, records: Sequence[bytes], rank: Any = 0) -> list[tuple[Key, Any] | None]:
        """Takes records as they came; gives key and version of each, ``None`` for one without a key."""
        slot = len(self._lengths)
        seen: list[tuple[Key, Any] | None] = []
        for record, probed in zip(records, self._probe.read(records), strict=True):
            seen.append(None if probed is None else probed[:2])
            if probed is None:
                self._keyless[slot] = None
            else:
                key, version, group, amount = probed
                self._offer(key, (slot, version, rank, group, amount))
            self._lengths.append(len(record))
            slot += 1
        self._file.write(b"".join(records))
        return seen

    def _offer(self, key: Key, candidate: tuple[int, Any, Any, Group, Decimal | None]) -> None:
        best = self._best.get(key)
        if best is None or _order(candidate) >= _order(best):
            self._best[key] = candidate

    def versions(self) -> Mapping[Key, Any]:
        """The winning version of each key."""
        return {key: best[1] for key, best in self._best.items()}

    def drop(self, key: Key) -> None:
        """Leaves a record out: the warehouse holds a later version of it."""
        del self._best[key]
        self._tally.superseded += 1

    def winners(self) -> Iterator[tuple[list[bytes], list[tuple[Group, Decimal | None]]]]:
        """The records that count, in the order in which they came, each batch with what was counted for
        each of its records. Call it once, when everything has been added."""
        about = {slot: (group, amount) for slot, _, _, group, amount in self._best.values()}
        about.update((slot, (_UNKNOWN, None)) for slot in self._keyless)
        for group, amount in about.values():
            self._tally.count(group, amount)
        records: list[bytes] = []
        counted: list[tuple[Group, Decimal | None]] = []
        self._file.seek(0)
        for slot, length in enumerate(self._lengths):
            record = self._file.read(length)
            if slot not in about:
                continue
            records.append(record)
            counted.append(about[slot])
            if len(records) >= BATCH_RECORDS:
                yield records, counted
                records, counted = [], []
        if records:
            yield records, counted
        self._file.close()


def _order(candidate: tuple[int, Any, Any, Group, Decimal | None]) -> tuple[Any, ...]:
    slot, version, rank, _, _ = candidate
    return (version is not None, version, rank, slot) if version is not None else (False, 0, rank, slot)


_Path = list[Field]


def _path(shape: ObjectShape, column: str) -> _Path:
    """The fields that lead to a column (``value__net``): all but the last are objects."""
    for f in shape.fields:
        if f.name == column:
            return [f]
        if f.object is not None and column.startswith(f.name + "__"):
            return [f, *_path(f.object, column[len(f.name) + 2 :])]
    raise KeyError(f"no column {column}")


_PROBE_TYPES: dict[Type, Any] = {Type.TEXT: str, Type.BIGINT: int, Type.DECIMAL: Decimal, Type.DATE: str}


def _probe_struct(paths: list[_Path | None]) -> Any:
    tree: dict[str, Any] = {}
    for path in filter(None, paths):
        branch = tree
        for f in path[:-1]:
            branch = branch.setdefault(f.name, (f, {}))[1]
        branch[path[-1].name] = (path[-1], None)
    return _struct_of(tree)


def _struct_of(tree: dict[str, Any]) -> Any:
    fields, rename = [], {}
    for name, (f, inner) in tree.items():
        kind = _struct_of(inner) if inner is not None else _PROBE_TYPES.get(f.type, datetime)
        fields.append((name, kind | None, None))
        rename[name] = f.wire_names[0]
    return msgspec.defstruct("Probe", fields, rename=rename, gc=False, kw_only=True)


def _follow(obj: Any, path: _Path | None) -> Any:
    if path is None:
        return None
    for f in path:
        obj = getattr(obj, f.name)
        if obj is None:
            return None
    return _aware(obj)


def _dig(document: Any, path: _Path | None) -> Any:
    """The same as ``_follow`` for a record that only ``json`` reads; what has the wrong type is not there."""
    for f in path or ():
        if not isinstance(document, dict):
            return None
        document = document.get(f.wire_names[0])
    if path is None or document is None:
        return None
    return _aware(_coerce(path[-1], document))


def _coerce(f: Field, value: Any) -> Any:
    converters: dict[Type, Callable[[Any], Any]] = {
        Type.TIMESTAMP: lambda v: datetime.fromisoformat(v),
        Type.DECIMAL: lambda v: Decimal(v) if isinstance(v, (str, int, Decimal)) else None,
        Type.BIGINT: lambda v: v if isinstance(v, int) else None,
    }
    try:
        return converters.get(f.type, lambda v: v if isinstance(v, str) else None)(value)  # type: ignore[arg-type]
    except (ValueError, TypeError, ArithmeticError):
        return None


def _aware(value: Any) -> Any:
    """A timestamp without an offset cannot be ordered among the others: the record is rejected later."""
    return None if isinstance(value, datetime) and value.tzinfo is None else value
