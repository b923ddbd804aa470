"""Which version of its subject a row belongs to: a hash of all the subject's rows, whatever their order."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc

# Between the cells of a row, and between a column's name and its text.
_CELL, _VALUE = "\x1e", "\x1f"
# The hashes of a subject's rows are added up, so that it does not matter where in the file they stand.
_MODULUS = 1 << 256
_HASH_BYTES = 32
# What is known of subjects lies on disk but for this much of it.
_CACHE_KIB = 4096
# Below what any SQLite takes in one statement.
_KEYS_PER_QUERY = 500


class RowVersions:
    """The version of every row of a file.

    A row is its cells that have text, by the names of their columns: neither the order of the columns nor an
    empty one makes a new version. Memory does not grow with the file: what must be known of each subject is in
    a temporary file without a name, by the hash of the subject. To be used in a ``with``: the whole file is
    learnt first, and then asked for from its start.
    """

    def __init__(self, subject: str | None) -> None:
        self._subject = subject
        self._known = _Known()

    def learn(self, batches: Iterable[pa.Table]) -> None:
        """Reads all rows of the file."""
        for rows in batches if self._subject is not None else ():
            if self._subject not in rows.column_names:
                self._subject = None
                return
            self._add(rows[self._subject].to_pylist(), rows)

    def _add(self, names: Sequence[str | None], rows: pa.Table) -> None:
        keys = [None if name is None else _key(name) for name in names]
        known = self._known.read(key for key in keys if key is not None)
        for key, number in zip(keys, _hashes(rows), strict=True):
            if key is not None:
                total, seen = known.get(key, (0, 0))
                known[key] = ((total + number) % _MODULUS, seen)
        self._known.write(known)

    def of(self, rows: pa.Table) -> tuple[list[str], list[int]]:
        """The version of each of the next rows of the file, and the row's place in it, from 0.

        A row without a subject is a version of its own; equal ones have one version and different places.
        """
        names = rows[self._subject].to_pylist() if self._subject else [None] * rows.num_rows
        hashes = list(_hashes(rows))
        keys = [_key(f"{h:064x}" if name is None else name) for name, h in zip(names, hashes, strict=True)]
        known = self._known.read(keys)
        versions, places = [], []
        for name, key, number in zip(names, keys, hashes, strict=True):
            total, seen = known.get(key, (0, 0))
            known[key] = (total, seen + 1)
            versions.append(f"{number if name is None else total:064x}")
            places.append(seen)
        self._known.write(known)
        return versions, places

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._known.close()


class _Known:
    """The sum of hashes and the count of rows by key, mostly on disk."""

    def __init__(self) -> None:
        # an empty name is a private database that goes to disk as far as its cache does not hold it; a generator
        # may be continued by another thread, one at a time
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.execute(f"pragma cache_size = -{_CACHE_KIB}")
        self._db.execute("pragma journal_mode = off")
        self._db.execute("create table known (key blob primary key, total blob, seen integer) without rowid")

    def read(self, keys: Iterable[bytes]) -> dict[bytes, tuple[int, int]]:
        found: dict[bytes, tuple[int, int]] = {}
        wanted = iter(dict.fromkeys(keys))
        while some := list(islice(wanted, _KEYS_PER_QUERY)):
            marks = ", ".join("?" * len(some))
            rows = self._db.execute(f"select key, total, seen from known where key in ({marks})", some)
            found.update((key, (int.from_bytes(total), seen)) for key, total, seen in rows)
        return found

    def write(self, known: dict[bytes, tuple[int, int]]) -> None:
        rows = ((key, total.to_bytes(_HASH_BYTES), seen) for key, (total, seen) in known.items())
        self._db.execute("begin")
        self._db.executemany("insert or replace into known values (?, ?, ?)", rows)
        self._db.execute("commit")

    def close(self) -> None:
        self._db.close()


def _key(text: str) -> bytes:
    """What stands for a subject: its text is not written down."""
    return hashlib.sha256(text.encode()).digest()[: _HASH_BYTES // 2]


def _hashes(rows: pa.Table) -> Iterator[int]:
    cells = [
        pc.binary_join_element_wise(pa.scalar(name), rows[name].combine_chunks(), _VALUE)
        for name in sorted(rows.column_names)
    ]
    for text in pc.binary_join_element_wise(*cells, _CELL, null_handling="skip").to_pylist():
        yield int.from_bytes(hashlib.sha256(text.encode()).digest())
