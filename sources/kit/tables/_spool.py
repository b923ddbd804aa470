"""The records of one load, on disk until it is known which version of each of them counts.

dlt must see every key once in a load package: given two versions of a record it may keep either, and the
children of both. So a load is read twice: as it comes, only its keys, versions and amounts (``Spool.add``);
and then, when the winners are known, those records whole (``Spool.winners``).
"""

from __future__ import annotations

import hashlib
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from ._model import Record
from ._probe import Key, probe_of
from ._tally import Group, Tally

# How many records are decoded at a time: about ten pages, the size at which Arrow and dlt cost least.
BATCH_RECORDS = 5000
_MEMORY_BEFORE_DISK = 1 << 20
_UNKNOWN: Group = (None, None)


class Spool:
    """Collects records and decides, for each key, which version counts: the one with the highest version,
    then the highest rank, then the last to come. Memory grows with the number of keys, not with their size.

    Args:
        model: the root record.
        tally: where every winner is counted.
        directory: where the temporary file lies; it has no name and is gone with the process.
    """

    def __init__(self, model: type[Record], tally: Tally, directory: Path | None = None) -> None:
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            max_size=_MEMORY_BEFORE_DISK, dir=str(directory) if directory else None
        )
        self._probe = probe_of(model)
        self._tally = tally
        self._lengths = array("Q")
        self._best: dict[Key, tuple[int, Any, Any, Group, Decimal | None]] = {}
        # without a key only the bytes can tell whether a record came before
        self._keyless: dict[bytes, int] = {}

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
                self._keyless.setdefault(hashlib.sha256(record).digest(), slot)
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

    def ranks(self) -> Mapping[Key, Any]:
        """The rank under which the winner of each key was added."""
        return {key: best[2] for key, best in self._best.items()}

    def drop(self, key: Key) -> None:
        """Leaves a record out: the warehouse holds a later version of it."""
        del self._best[key]
        self._tally.superseded += 1

    def winners(self) -> Iterator[tuple[list[bytes], list[tuple[Group, Decimal | None]]]]:
        """The records that count, in the order in which they came, each batch with what was counted for
        each of its records. Call it once, when everything has been added."""
        about = {slot: (group, amount) for slot, _, _, group, amount in self._best.values()}
        about.update((slot, (_UNKNOWN, None)) for slot in self._keyless.values())
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
