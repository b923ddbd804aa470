"""Gzip, unpacked as it comes, when the bytes say that it is gzip."""

import zlib
from collections.abc import Iterator

from sources.kit.formats._errors import FormatError

MAGIC = b"\x1f\x8b"
GZIP_WINDOW = 16 + zlib.MAX_WBITS
CHUNK = 256 * 1024
"""Most bytes that come out at a time, however little went in."""

MAX_RATIO = 300
"""Reports deflate 5 to 50 times, a bomb a thousand times."""

RATIO_FLOOR = 16 * 1024 * 1024
"""Below this many bytes the ratio is not looked at."""


def gunzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks as they are, or unpacked where the stream begins like gzip, in pieces of bounded size.

    Several gzip members in a row are one stream. Raises FormatError when it is damaged, cut off or a bomb.
    """
    head = b""
    while len(head) < len(MAGIC) and (chunk := next(chunks, None)) is not None:
        head += chunk
    if head.startswith(MAGIC):
        yield from _unpacked(_after(head, chunks))
    else:
        yield head
        yield from chunks


def _after(head: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield head
    yield from chunks


def _unpacked(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(GZIP_WINDOW)
    read = written = 0
    for chunk in chunks:
        read += len(chunk)
        packed = chunk
        while packed:
            if inflater.eof:
                packed = packed.lstrip(b"\0")  # padding between members and at the end
                if not packed:
                    break
                inflater = zlib.decompressobj(GZIP_WINDOW)
            try:
                piece = inflater.decompress(packed, CHUNK)
            except zlib.error:
                raise FormatError("gzip: damaged", offset=read) from None
            packed = inflater.unused_data if inflater.eof else inflater.unconsumed_tail
            written += len(piece)
            if written > max(RATIO_FLOOR, MAX_RATIO * read):
                raise FormatError(f"gzip: unpacks to more than {MAX_RATIO} times its size")
            yield piece
    while not inflater.eof:
        piece = inflater.decompress(b"", CHUNK)
        if not piece:
            raise FormatError("gzip: cut off", offset=read)
        yield piece
