"""Files in a bucket or folder, for what a system pushes there instead of handing it out. Read only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import fsspec

from sources.kit.transport._clock import Clock, SystemClock
from sources.kit.transport._download import MAX_FILE_BYTES
from sources.kit.transport._errors import (
    DataError,
    InvalidConfiguration,
    LimitExceeded,
    PermissionDenied,
    RetriableError,
    SizeMismatch,
    SourceError,
    Unavailable,
)
from sources.kit.transport._redact import Redactor
from sources.kit.transport._retry import RetryPolicy, with_retries
from sources.kit.transport._transfer import Downloaded

# Each with the package that reads it, where that is not here anyway.
SCHEMES = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "abfs": "adlfs",
    "az": "adlfs",
    "file": "",
    "memory": "",
}
# Whoever names a whole bucket full of other things is asked for a narrower folder.
MOST_LOOKED_AT = 100_000
_CHUNK_BYTES = 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True)
class StoredObject:
    """An object: its path as the storage has it, and its size in bytes."""

    path: str
    size: int


class ObjectStore:
    """The objects under one address, such as ``s3://bucket/folder`` or ``file:///folder``.

    Credentials are those that the storage's own tools find (its environment variables and files), or
    ``FSSPEC_<SCHEME>`` as fsspec documents it. Raises ``InvalidConfiguration`` for an address that cannot be read.
    """

    def __init__(
        self,
        url: str,
        *,
        policy: RetryPolicy | None = None,
        clock: Clock | None = None,
        redactor: Redactor | None = None,
        max_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        check_location(url)
        self.url = url.rstrip("/")
        self._policy = policy or RetryPolicy()
        self._clock = clock or SystemClock()
        self._redactor = redactor or Redactor()
        self._max_bytes = max_bytes
        scheme = url.partition("://")[0]
        try:
            # no listings from earlier: what is looked for has just been written
            self._files, self._root = fsspec.core.url_to_fs(
                self.url, use_listings_cache=False, skip_instance_cache=True
            )
        except ImportError:
            hint = f"install {SCHEMES[scheme]}"
            raise InvalidConfiguration(
                f"{scheme}:// needs the package {SCHEMES[scheme]}", hint=hint
            ) from None

    def probe(self) -> None:
        """Lists the address. A folder that does not exist yet is an empty one."""
        self._asked(lambda: self._listing(self._root))

    def at(self, path: str) -> StoredObject | None:
        """The object at a path below the address."""
        parts = path.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise DataError(f"{path!r:.200} is no path below {self.url}")
        return self._asked(lambda: self._stored("/".join([self._root, *parts])))

    def search(self, wanted: Callable[[str], bool]) -> list[StoredObject]:
        """The objects whose path is wanted, in whichever folder below the address they lie, by their paths.

        Raises ``LimitExceeded`` where there are too many objects to look through.
        """
        return self._asked(lambda: self._search(wanted))

    def download(self, stored: StoredObject, to: Path) -> Downloaded:
        """Copies an object to a file. Raises ``SizeMismatch`` when it changes meanwhile, every time."""
        if stored.size > self._max_bytes:
            raise LimitExceeded(f"{stored.path} has {stored.size} bytes, the limit is {self._max_bytes}")
        return self._asked(lambda: self._copy(stored, to))

    def _asked(self, ask: Callable[[], T]) -> T:
        """The storage's answer, asked for again where that may help. Its errors are told by consequence."""

        def attempt() -> T:
            try:
                return ask()
            except SourceError:
                raise
            except PermissionError as error:
                raise PermissionDenied(self._said(error)) from None
            except Exception as error:  # every storage has errors of its own
                raise Unavailable(self._said(error)) from None

        return with_retries(
            attempt,
            policy=self._policy,
            clock=self._clock,
            may_repeat=lambda error: isinstance(error, RetriableError | SizeMismatch),
        )

    def _said(self, error: Exception) -> str:
        return self._redactor.text(f"{self.url}: {type(error).__name__}: {error}"[:500])

    def _listing(self, path: str) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = self._files.ls(path, detail=True)
        except (FileNotFoundError, NotADirectoryError):
            return []
        return found

    def _stored(self, path: str) -> StoredObject | None:
        try:
            about = self._files.info(path)
        except FileNotFoundError:
            return None
        return _stored(about)

    def _search(self, wanted: Callable[[str], bool]) -> list[StoredObject]:
        found, looked_at, folders = [], 0, [self._root]
        while folders:
            folder = folders.pop()
            for about in self._listing(folder):
                looked_at += 1
                if looked_at > MOST_LOOKED_AT:
                    raise LimitExceeded(
                        f"more than {MOST_LOOKED_AT} objects lie below {self.url}",
                        hint="name a narrower folder",
                    )
                path = str(about["name"]).rstrip("/")
                if about["type"] == "directory" and path != folder.rstrip("/"):
                    folders.append(path)
                elif wanted(path) and (stored := _stored(about)) is not None:
                    found.append(stored)
        return sorted(found, key=lambda stored: stored.path)

    def _copy(self, stored: StoredObject, to: Path) -> Downloaded:
        hasher, size = hashlib.sha256(), 0
        with self._files.open(stored.path, "rb") as source, to.open("wb") as target:
            while chunk := source.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > stored.size:
                    break
                hasher.update(chunk)
                target.write(chunk)
        if size != stored.size:
            to.unlink()
            raise SizeMismatch(f"{stored.path} had {stored.size} bytes and has another size now")
        return Downloaded(to, size, hasher.hexdigest())


def check_location(url: str) -> None:
    """Raises ``InvalidConfiguration`` for an address that no ``ObjectStore`` can be of."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in SCHEMES or not rest.strip("/"):
        known = ", ".join(f"{each}://" for each in SCHEMES)
        raise InvalidConfiguration(
            f"{url!r:.200} is no bucket or folder: an address begins with one of {known}"
        )
    if scheme != "file" and "@" in rest.partition("/")[0]:
        raise InvalidConfiguration(
            f"the {scheme}:// address holds credentials: they belong in the storage's own settings"
        )


def _stored(about: dict[str, Any]) -> StoredObject | None:
    return StoredObject(str(about["name"]), int(about["size"])) if about["type"] == "file" else None
