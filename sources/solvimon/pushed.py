"""Reports that Solvimon has pushed into a bucket: found there, and read as if they had been downloaded.

How a path in the bucket is made (``path_format``) is not published. So an object is known by what the report says
of itself: its ``file_location``, or else its ``file_name`` in whichever folder, or its id in the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self

import msgspec

from sources.kit.jobs import Files
from sources.kit.streams import Context, retry_policy
from sources.kit.transport import (
    DataError,
    Downloaded,
    ObjectStore,
    SignedUrl,
    StoredObject,
    Unavailable,
)

# A report is said to be done a moment before its object can be seen. Later than this, something is wrong.
PATIENCE_SECONDS = 120.0
# The report's file is named before it is pushed, and may be written in another format.
_ENDINGS = (".csv", ".csv.gz", ".parquet")
_SCHEME = "pushed://"


class Report(msgspec.Struct):
    """What is needed of a report: its id, until when its file is kept (UTC), and the file's name, place and bytes."""

    id: str
    expire_at: datetime | None = None
    file_name: str | None = None
    file_location: str | None = None
    file_size: int | None = None


class PushedReports:
    """The place that reports are pushed to, as the settings name it."""

    def __init__(self, context: Context, url: str) -> None:
        self._clock = context.clock
        self._store = _store(context, url)
        self._since: dict[str, float] = {}

    @classmethod
    def of(cls, context: Context) -> Self | None:
        """``None`` where the settings name no place. Raises ``InvalidConfiguration`` for one that cannot be read."""
        url = context.settings.report_push_url
        return None if url is None else cls(context, url)

    def find(self, report: Report, request_id: str) -> StoredObject | None:
        """The report's object; ``None`` while there is none.

        Raises ``DataError`` when several could be it: the wrong one would be loaded without a sign.
        """
        if (stored := self._located(report)) is not None:
            return stored
        names, ids = _names(report), (report.id, request_id)
        found = self._store.search(
            lambda path: path.rpartition("/")[2] in names or any(each in path for each in ids)
        )
        candidates = [each for each in found if any(id_ in each.path for id_ in ids)] or found
        if len(candidates) > 1:
            raise DataError(
                f"report {report.id} was pushed to {self._store.url}, where {len(candidates)} objects may be it,"
                f" the first {candidates[0].path!r:.200}",
                hint="give each push a folder of its own (stream_name, path_format)",
            )
        return candidates[0] if candidates else None

    def wait_for(self, report: Report) -> None:
        """Call it when the object is not there. Raises ``Unavailable`` when it has not come for too long."""
        since = self._since.setdefault(report.id, self._clock.monotonic())
        if self._clock.monotonic() - since > PATIENCE_SECONDS:
            raise Unavailable(
                f"report {report.id} was pushed, and {self._store.url} holds no object {report.file_name!r:.100}",
                hint="the next load looks again",
            )

    def link(self, stored: StoredObject) -> SignedUrl:
        """A link that ``Files`` of the same place can fetch."""
        return SignedUrl(f"{_SCHEME}{stored.size}/{stored.path}")

    def _located(self, report: Report) -> StoredObject | None:
        """The object at the place that the report names, where that is below ours."""
        place = (report.file_location or "").partition("://")[2] or report.file_location or ""
        root = self._store.url.partition("://")[2]
        inside = place.strip("/").removeprefix(root.strip("/")).strip("/")
        try:
            return self._store.at(inside) if inside else None
        except DataError:
            return None


class PushedFiles:
    """Fetches pushed objects, and everything else by its link."""

    def __init__(self, context: Context, url: str, others: Files) -> None:
        self._context = context
        self._url = url
        self._others = others

    def download(
        self,
        link: SignedUrl,
        to: Path,
        *,
        renew: Callable[[], SignedUrl] | None = None,
        size: int | None = None,
        sha256: str | None = None,
    ) -> Downloaded:
        if not link.url.startswith(_SCHEME):
            return self._others.download(link, to, renew=renew, size=size, sha256=sha256)
        stored_size, _, path = link.url.removeprefix(_SCHEME).partition("/")
        return _store(self._context, self._url).download(StoredObject(path, int(stored_size)), to)


@contextmanager
def pushed_files(context: Context, others: Files) -> Iterator[Files]:
    """``others`` with the place that reports are pushed to, where the settings name one."""
    url = context.settings.report_push_url
    yield others if url is None else PushedFiles(context, url, others)


def _store(context: Context, url: str) -> ObjectStore:
    return ObjectStore(
        url,
        policy=retry_policy(context.settings),
        clock=context.clock,
        redactor=context.client.redactor,
    )


def _names(report: Report) -> set[str]:
    """What the object may be called. A name with folders is only its last part: nothing leads out of the place."""
    name = (report.file_name or "").replace("\\", "/").rpartition("/")[2]
    stem = next(
        (name[: -len(each)] for each in sorted(_ENDINGS, key=len, reverse=True) if name.endswith(each)), name
    )
    return {name, *(f"{stem}{ending}" for ending in _ENDINGS)} if stem else set()
