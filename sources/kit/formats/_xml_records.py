"""Records out of a stream of XML, one element each, with memory for one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from lxml import etree

from sources.kit.formats._errors import XmlRefused
from sources.kit.formats._xml import NO_DTD, PARSER_OPTIONS, element_value, local_name, refused

MAX_RECORD_BYTES = 64 * 1024**2
"""A record larger than this is refused: it would have to be held in memory whole."""

FEED_BYTES = 64 * 1024
"""The parser is fed this much at a time, so that a large chunk is not built into a tree at once."""


def read_xml_records(
    chunks: Iterable[bytes], max_record_bytes: int = MAX_RECORD_BYTES
) -> Iterator[dict[str, Any]]:
    """The elements below the root, in order, as dicts: names as they come (without namespaces), values as text.

    A repeated element is a list, without a wrapper; one that comes once is not, so whoever knows the model makes
    a list of it. An empty element is None, blanks around text are dropped, an attribute is ``@name``. A record
    without elements of its own is ``{"#text": its text}``. Raises XmlRefused when the stream is not well formed,
    ends early, has a DTD, or holds a record larger than allowed.
    """
    for element in record_elements(chunks, {1: None}, max_record_bytes=max_record_bytes):
        value = element_value(element)
        yield value if isinstance(value, dict) else {"#text": value}


def record_elements(
    chunks: Iterable[bytes],
    wanted: Mapping[int, frozenset[str] | None],
    *,
    inside: str | None = None,
    max_record_bytes: int = MAX_RECORD_BYTES,
) -> Iterator[etree._Element]:
    """Elements as they are complete, by their level below the root and their local names (None: all names).

    Each is emptied after it was handed out, so an element at an outer level has lost what was wanted inside it,
    and still has the rest. ``inside``: levels are counted from the first element of that name. Raises XmlRefused.
    """
    parser = etree.XMLPullParser(events=("start", "end"), **PARSER_OPTIONS)
    walk = _Walk(wanted, inside)
    fed = 0
    for piece in _pieces(chunks):
        _feed(parser, piece)
        fed += len(piece)
        for event, element in cast("Iterator[tuple[str, etree._Element]]", parser.read_events()):
            if event == "start":
                walk.enter(element)
            elif walk.leave(element):
                yield element
                walk.forget(element)
                fed = 0
        if fed > max_record_bytes:
            raise XmlRefused(f"XML refused: a record is longer than {max_record_bytes} bytes")
    try:
        parser.close()
    except etree.XMLSyntaxError as error:
        raise refused(error) from None


class _Walk:
    """Where in the document the parser is."""

    def __init__(self, wanted: Mapping[int, frozenset[str] | None], inside: str | None) -> None:
        self._wanted = wanted
        self._inside = inside
        self._depth = 0
        self._base: int | None = None
        self._last: etree._Element | None = None

    def enter(self, element: etree._Element) -> None:
        if self._depth == 0 and element.getroottree().docinfo.internalDTD is not None:
            raise XmlRefused(f"XML refused: {NO_DTD}")
        if self._base is None and self._inside in (None, local_name(str(element.tag))):
            self._base = self._depth
        self._depth += 1

    def leave(self, element: etree._Element) -> bool:
        """Whether the element that ends is a wanted one."""
        self._depth -= 1
        if self._base is None or (level := self._depth - self._base) not in self._wanted:
            return False
        names = self._wanted[level]
        return names is None or local_name(str(element.tag)) in names

    def forget(self, element: etree._Element) -> None:
        """Empties the element and takes the one before out of the tree; this one the parser may still hold."""
        if self._last is not None and (parent := self._last.getparent()) is not None:
            parent.remove(self._last)
        del element[:]
        element.text = None
        self._last = element


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), FEED_BYTES):
            yield chunk[start : start + FEED_BYTES]


def _feed(parser: etree.XMLPullParser, piece: bytes) -> None:
    try:
        parser.feed(piece)
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise refused(error) from None
