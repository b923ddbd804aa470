"""What can be wrong with bytes from outside.

* FormatError               the bytes are not what they should be: reject the record or the file
  x ArchiveRefused          an archive that is broken, hostile or larger than allowed
  x XmlRefused              XML that is not well formed, hostile or larger than allowed
  x UnknownMessage          an ISO 20022 message without a reader: skip it, and say so
"""

MAX_SHOWN = 120
"""Characters of foreign text (a path, a value) that a message shows."""


class FormatError(ValueError):
    """The bytes do not hold what their format promises. Asking again gives the same bytes: do not retry.

    ``offset`` is the position in the stream, in bytes from 0, where that is known.
    """

    def __init__(self, message: str, *, offset: int | None = None) -> None:
        self.offset = offset
        super().__init__(message if offset is None else f"{message} (at byte {offset})")


class ArchiveRefused(FormatError):
    """The archive is broken, hostile or over a limit; ``member`` is the path of the culprit, if it is one."""

    def __init__(self, archive: str, reason: str, *, member: str | None = None) -> None:
        self.archive = archive
        self.member = member
        self.reason = reason
        where = shown(archive) if member is None else f"{shown(archive)}, member {shown(member)}"
        super().__init__(f"archive {where} refused: {reason}")


class UnknownMessage(FormatError):
    """An ISO 20022 message that there is no reader for; ``message`` is its name with version."""

    def __init__(self, message: str) -> None:
        self.message = message
        super().__init__(f"ISO 20022: there is no reader for {shown(message)}")


class XmlRefused(FormatError):
    """The XML is not well formed, or has what no document of ours needs: a DTD, entities, endless depth."""


def shown(text: str) -> str:
    """Foreign text for a message: quoted, on one line, control characters escaped, cut when it is long."""
    return repr(text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…")
