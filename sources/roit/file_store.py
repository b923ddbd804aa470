"""Where the files of exports are kept as they came: a folder, or a bucket, by the hash of their bytes."""

from __future__ import annotations

import re
import uuid
from pathlib import Path, PurePosixPath

import fsspec

from sources.kit.formats import Member
from sources.kit.transport import InvalidConfiguration

EXTENSION = re.compile(r"\.[a-z0-9]{1,8}")
# For a name that has no extension, or one that should not be in a path.
NO_EXTENSION = ".bin"


class FileStore:
    """Keeps files under ``ab/cd/<sha256>.<extension>``: each content once, whole or not at all.

    What is there already is not written again, so a load that is repeated changes nothing. Files are kept as
    they came, personal data and all, whatever ``personal_data`` says of the tables.

    Args:
        url: a local folder, or any URL that fsspec knows (``gs://bucket/folder``); credentials are the
            environment's own.

    Raises:
        InvalidConfiguration: fsspec does not know the URL, or its library for it is not installed.
    """

    def __init__(self, url: str) -> None:
        try:
            self._fs, self._root = fsspec.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise InvalidConfiguration(f"keep_files: {error}") from None
        protocol = self._fs.protocol
        self._is_local = "file" in ((protocol,) if isinstance(protocol, str) else protocol)

    def keep(self, member: Member) -> str:
        """Makes sure that the file is kept; gives its URL."""
        extension = PurePosixPath(member.path.replace("\\", "/")).suffix.lower()
        if EXTENSION.fullmatch(extension) is None:
            extension = NO_EXTENSION
        name = f"{member.sha256[:2]}/{member.sha256[2:4]}/{member.sha256}{extension}"
        path = f"{self._root.rstrip('/')}/{name}"
        if not self._fs.exists(path):
            self._write(path, member.content)
        return str(self._fs.unstrip_protocol(path))

    def _write(self, path: str, content: bytes) -> None:
        """A file that can be seen is whole. Object stores promise that; a folder gets it by renaming."""
        if not self._is_local:
            self._fs.pipe_file(path, content)
            return
        whole = Path(path)
        whole.parent.mkdir(parents=True, exist_ok=True)
        part = whole.with_name(f"{whole.name}.{uuid.uuid4().hex}.part")
        try:
            part.write_bytes(content)
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)
