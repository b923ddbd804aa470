"""Which version of its subject a row belongs to: a hash of all the subject's rows, whatever their order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

# Between the cells of a row, and between a column's name and its text.
_CELL, _VALUE = "\x1e", "\x1f"
# The hashes of a subject's rows are added up, so that it does not matter where in the file they stand.
_MODULUS = 1 << 256


class RowVersions:
    """The version of every row of a file.

    A row is its cells that have text, by the names of their columns: neither the order of the columns nor an
    empty one makes a new version. Memory grows with the number of subjects, not with their rows.
    """

    def __init__(self, batches: Iterable[pa.Table], subject: str | None) -> None:
        self._subject = subject
        self._sums: dict[str, int] = {}
        self._seen: Counter[str] = Counter()
        for rows in batches if subject is not None else ():
            if subject not in rows.column_names:
                self._subject = None
                return
            for name, number in zip(rows[subject].to_pylist(), _hashes(rows), strict=True):
                if name is not None:
                    self._sums[name] = (self._sums.get(name, 0) + number) % _MODULUS

    def of(self, rows: pa.Table) -> tuple[list[str], list[int]]:
        """The version of each of the next rows of the file, and the row's place in it, from 0.

        A row without a subject is a version of its own; equal ones have one version and different places.
        """
        names = rows[self._subject].to_pylist() if self._subject else [None] * rows.num_rows
        versions, places = [], []
        for name, number in zip(names, _hashes(rows), strict=True):
            version = f"{number if name is None else self._sums[name]:064x}"
            counted = version if name is None else name
            versions.append(version)
            places.append(self._seen[counted])
            self._seen[counted] += 1
        return versions, places


def _hashes(rows: pa.Table) -> Iterator[int]:
    cells = [
        pc.binary_join_element_wise(pa.scalar(name), rows[name].combine_chunks(), _VALUE)
        for name in sorted(rows.column_names)
    ]
    for text in pc.binary_join_element_wise(*cells, _CELL, null_handling="skip").to_pylist():
        yield int.from_bytes(hashlib.sha256(text.encode()).digest())
