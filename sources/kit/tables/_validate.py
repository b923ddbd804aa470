"""Whether records fit their model, down to the last digit of a number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from ._arrow import Shredder
from ._cells import CellError
from ._decode import Decoder, Rejected
from ._model import Record
from ._privacy import Privacy
from ._probe import key_of


def build_fitting(
    shredder: Shredder, objects: list[Any], indexes: list[int], rejected: list[Rejected]
) -> tuple[dict[str, pa.Table], list[int]]:
    """Arrow tables of the objects and their indexes, without those that a column cannot hold, which are added to
    ``rejected``."""
    while True:
        try:
            return shredder.build(objects), indexes
        except CellError as error:
            rejected += [Rejected(indexes[row], error.reason, error.path) for row in error.rows]
            fitting = [row for row in range(len(objects)) if row not in error.rows]
            objects = [objects[row] for row in fitting]
            indexes = [indexes[row] for row in fitting]


class Validator:
    """Checks records of one model that are not loaded but sent.

    More is asked of them than of records that arrive: a field that the model does not know is no news from the
    API but a slip of the pen, and a key comes once.
    """

    def __init__(self, model: type[Record]) -> None:
        self._model = model
        self._decoder = Decoder(model)
        self._shredder = Shredder(model, self._decoder.root, Privacy())
        self._keys: set[str] = set()

    @property
    def unknown_fields(self) -> frozenset[str]:
        """The fields, as JSON paths, that were in any record so far and that the model does not know."""
        return frozenset(self._decoder.drift)

    def check(self, records: Sequence[bytes]) -> list[Rejected]:
        """What does not fit, in the order of the records; their indexes are those in ``records``."""
        rejected, indexes = self._fitting(records)
        rejected += [
            Rejected(index, "its key came before", None) for index in self._repeated(records, indexes)
        ]
        return sorted(rejected, key=lambda reject: reject.index)

    def misfits(self, records: Sequence[bytes]) -> list[Rejected]:
        """What does not fit the model; a key may come as often as it likes."""
        return self._fitting(records)[0]

    def _fitting(self, records: Sequence[bytes]) -> tuple[list[Rejected], list[int]]:
        decoded = self._decoder.decode(records)
        rejected = list(decoded.rejected)
        _, indexes = build_fitting(self._shredder, decoded.objects, decoded.indexes, rejected)
        return rejected, indexes

    def _repeated(self, records: Sequence[bytes], indexes: Sequence[int]) -> list[int]:
        repeated = []
        for index in indexes:
            key = key_of(self._model, records[index])
            if key in self._keys:
                repeated.append(index)
            elif key is not None:
                self._keys.add(key)
        return repeated
