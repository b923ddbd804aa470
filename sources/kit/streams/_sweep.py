"""A sweep: which of the records that the warehouse holds are gone at the source.

They are asked for by their keys. A list that changes while it is read moves its records, and one that has only
moved must not be taken for gone; a key does not move.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from sources.kit.transport import DataError, SkippableError, SourceError

from ._base import Context, KeyApi

# How many keys one question names: a body of 20 kB.
KEYS_PER_QUESTION = 500
# A key that no record has: where it is counted all the same, the API does not look at the keys.
_NOBODY = "00000000-0000-0000-0000-000000000000"


class KeySweep:
    """Asks a source which of some keys it has: 500 of them a request as long as none is missing.

    A set that is not whole is halved until what is missing in it is found. Neither that nor a count alone is
    believed: what is to be called gone, or back, is asked for by itself at last.
    """

    def __init__(self, api: KeyApi, context: Context) -> None:
        self._api = api
        self._context = context

    def refusal(self) -> SourceError | None:
        """Why the API cannot be asked for keys: it refuses the question, or counts what is not there. ``None``:
        it can be."""
        try:
            counted = self._api.held(self._context, [_NOBODY])
        except (SkippableError, DataError) as error:
            return error
        if not counted:
            return None
        return DataError(f"the API counts {counted} records of a key that none has: it does not look at keys")

    def short(self, keys: Sequence[str]) -> Iterator[tuple[Sequence[str], int]]:
        """The sets of keys of which some are missing, and how many of each."""
        sets = [keys[at : at + KEYS_PER_QUESTION] for at in range(0, len(keys), KEYS_PER_QUESTION)]
        with self._pool() as pool:
            for some, missing in zip(sets, pool.map(self._missing, sets), strict=True):
                if missing:
                    yield some, missing

    def gone(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that the source does not have."""
        return self.absent(self._not_counted(keys))

    def back(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys that the source has."""
        missing = set(self._not_counted(keys))
        counted = [key for key in keys if key not in missing]
        absent = set(self.absent(counted))
        return [key for key in counted if key not in absent]

    def absent(self, keys: Sequence[str]) -> list[str]:
        """Those of the keys whose record cannot be had: each is asked for by itself."""
        with self._pool() as pool:
            found = pool.map(lambda key: self._api.has(self._context, key), keys)
            return [key for key, there in zip(keys, found, strict=True) if not there]

    def _not_counted(self, keys: Sequence[str], missing: int | None = None) -> list[str]:
        if missing is None:
            missing = self._missing(keys) if keys else 0
        if missing <= 0 or missing >= len(keys):
            return list(keys) if missing > 0 else []
        middle = len(keys) // 2
        left = self._missing(keys[:middle])
        right = missing - left
        return [*self._not_counted(keys[:middle], left), *self._not_counted(keys[middle:], right)]

    def _missing(self, keys: Sequence[str]) -> int:
        held = self._api.held(self._context, keys)
        if held > len(keys):
            raise DataError(f"the API counts {held} records of {len(keys)} keys")
        return len(keys) - held

    def _pool(self) -> ThreadPoolExecutor:
        connections = int(self._context.settings.max_connections)
        return ThreadPoolExecutor(connections, thread_name_prefix="sweep")
