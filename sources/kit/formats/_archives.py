"""Zip files from outside: one member at a time, within limits, and never written anywhere.

An export's part is a zip that somebody else made. Its directory is checked as a whole before the first member
is handed out, so that a hostile archive gives nothing rather than half of its files; then each member is
unpacked by its own bytes and must come out exactly as the directory said: size, CRC-32 and nothing after it.
"""

import hashlib
import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from sources.kit.formats._content_types import content_type
from sources.kit.formats._errors import ArchiveRefused
from sources.kit.formats._zip_directory import LOCAL, count_entries, data_offset

CHUNK = 256 * 1024
"""Bytes read and inflated at a time."""

RATIO_FLOOR = 1024 * 1024
"""Below this size a member's ratio is not looked at: a short file of blanks is no attack."""

ENCRYPTED = 0x1
ALLOWED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The others are rare, and their decoders cannot be stopped inside a block."""

DRIVE = re.compile(r"[A-Za-z]:")
SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold. Fiscal XML deflates 5 to 30 times; deflate itself ends near 1030."""

    max_files: int = 100_000
    max_unpacked_bytes: int = 4 * 1024**3
    max_ratio: float = 200.0
    max_member_bytes: int = 64 * 1024**2


@dataclass(frozen=True, slots=True)
class Member:
    """A file out of an archive.

    ``path`` is as in the archive, ``size`` in bytes and ``sha256`` (lower-case hex) are of the unpacked
    ``content``. A zip inside the zip is a member like any other: it is not opened.
    """

    path: str
    size: int
    sha256: str
    content_type: str
    content: bytes


def read_archive(path: Path, limits: ArchiveLimits | None = None) -> Iterator[Member]:
    """The files of the zip at ``path``, in its directory's order, folders left out, one in memory at a time.

    Raises ArchiveRefused, before the first member where the directory shows it: too many files, too large,
    a ratio no document has, paths that leave the archive, links and devices, encryption, unknown compression,
    two members of one name or over the same bytes; and at the member that turns out broken or cut off.
    """
    limits = limits or ArchiveLimits()
    with path.open("rb") as file:
        for entry in _checked_directory(file, path.name, limits):
            content = _unpack(file, path.name, entry)
            yield Member(
                path=entry.filename,
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
                content_type=content_type(entry.filename, content),
                content=content,
            )


def _checked_directory(file: BinaryIO, archive: str, limits: ArchiveLimits) -> list[zipfile.ZipInfo]:
    try:
        count = count_entries(file, limits.max_files)
        # zipfile reads it all at once: not before its size is known
        opened = zipfile.ZipFile(file) if count <= limits.max_files else None
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise ArchiveRefused(archive, str(error)) from error
    if opened is None:
        raise ArchiveRefused(archive, f"more than {limits.max_files} files")
    entries = opened.infolist()
    seen: set[str] = set()
    for entry in entries:
        if reason := _objection(entry, seen, limits):
            raise ArchiveRefused(archive, reason, member=entry.orig_filename)
        seen.add(entry.filename)
    _refuse_overlaps(archive, entries, opened.start_dir)
    if sum(entry.file_size for entry in entries) > limits.max_unpacked_bytes:
        raise ArchiveRefused(archive, f"unpacks to more than {limits.max_unpacked_bytes} bytes")
    return [entry for entry in entries if not entry.is_dir()]


def _objection(entry: zipfile.ZipInfo, seen: set[str], limits: ArchiveLimits) -> str | None:
    """Why a member is not let in, or None. Sizes are the directory's; unpacking holds the member to them."""
    name = entry.filename
    parts = SEPARATORS.split(name)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    ratio = entry.file_size / max(entry.compress_size, 1)
    objections = (
        (not name or "\0" in entry.orig_filename, "its name is empty or holds a NUL"),
        (parts[0] == "" or DRIVE.match(name) is not None, "its path is absolute"),
        (".." in parts, "its path leaves the archive"),
        (entry.filename in seen, "a second member of that name"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR), "not a plain file but a link or a device"),
        (bool(entry.flag_bits & ENCRYPTED), "it is encrypted"),
        (
            entry.compress_type not in ALLOWED_METHODS,
            f"compression method {entry.compress_type} is not read",
        ),
        (entry.file_size > limits.max_member_bytes, f"unpacks to more than {limits.max_member_bytes} bytes"),
        (
            entry.file_size > RATIO_FLOOR and ratio > limits.max_ratio,
            f"unpacks to more than {limits.max_ratio:g} times its packed size",
        ),
    )
    return next((reason for applies, reason in objections if applies), None)


def _refuse_overlaps(archive: str, entries: list[zipfile.ZipInfo], directory_start: int) -> None:
    """Two members over the same bytes: how a few kilobytes become petabytes at an innocent ratio."""
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset < end:
            raise ArchiveRefused(archive, "it overlaps another member", member=entry.orig_filename)
        # the local header's extra field may add to this, never take away
        end = entry.header_offset + LOCAL.size + len(_raw_name(entry)) + entry.compress_size
        if end > directory_start:
            raise ArchiveRefused(archive, "it runs into the directory", member=entry.orig_filename)


def _raw_name(entry: zipfile.ZipInfo) -> bytes:
    utf8 = 0x800  # general purpose bit 11; without it the name is in code page 437
    return entry.orig_filename.encode("utf-8" if entry.flag_bits & utf8 else "cp437")


def _unpack(file: BinaryIO, archive: str, entry: zipfile.ZipInfo) -> bytes:
    try:
        file.seek(data_offset(file, entry.header_offset, _raw_name(entry)))
        if entry.compress_type == zipfile.ZIP_STORED:
            content = file.read(min(entry.compress_size, entry.file_size + 1))
        else:
            content = _inflate(file, entry)
    except (ValueError, zlib.error) as error:
        raise ArchiveRefused(archive, str(error), member=entry.filename) from error
    if len(content) != entry.file_size:
        raise ArchiveRefused(archive, "its size is not what the directory says", member=entry.filename)
    if zlib.crc32(content) != entry.CRC:
        raise ArchiveRefused(archive, "its checksum is wrong", member=entry.filename)
    return content


def _inflate(file: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
    """The member's bytes: at most one more than the directory says, however much there would be."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    unpacked = io.BytesIO()
    left, room = entry.compress_size, entry.file_size + 1
    while not inflater.eof and room > 0:
        packed = inflater.unconsumed_tail
        if not packed:
            packed = file.read(min(CHUNK, left))
            left -= len(packed)
        produced = inflater.decompress(packed, min(room, CHUNK))
        room -= unpacked.write(produced)
        if not packed and not produced and not inflater.eof:
            raise ValueError("it is cut off")
    if inflater.eof and (inflater.unused_data or left):
        raise ValueError("it holds bytes after its end")
    return unpacked.getvalue()
