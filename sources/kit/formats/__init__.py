"""Bytes from outside → records. Nothing here knows an API, a table or a destination."""

from sources.kit.formats._archives import ArchiveLimits, Member, read_archive
from sources.kit.formats._errors import ArchiveRefused, FormatError, XmlRefused

__all__ = [
    "ArchiveLimits",
    "ArchiveRefused",
    "FormatError",
    "Member",
    "XmlRefused",
    "read_archive",
]
