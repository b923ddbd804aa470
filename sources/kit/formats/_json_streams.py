"""JSON records out of a stream of byte chunks, one at a time, as the very bytes they came in.

Chunks may end anywhere, inside a record, a string, a character. Nothing is decoded: what a record says, and
whether it is right, is for the model's decoder, which rejects it alone. What is checked here is what only the
stream can show: that it is whole.
"""

import json
import re
from collections.abc import Iterable, Iterator

import msgspec

from sources.kit.formats._errors import FormatError

MAX_RECORD_BYTES = 64 * 1024**2
"""A record larger than this is refused: it would have to be held in memory whole."""

MAX_HEAD_BYTES = 64
"""An element's first key is compared with others up to this length."""

MAX_GUESSES = 3
"""Ends that are tried for a run of elements: nested objects may begin like the elements do."""

BOM = b"\xef\xbb\xbf"
BLANKS = b" \t\r\n"

# possessive: what was skipped is never looked at again, so a scan is linear whatever the bytes
PLAIN = re.compile(rb'(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)
"""Everything up to a bracket, or to a string that the buffer does not hold to its end."""

STRING_REST = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)
"""The rest of a string up to its quote, or to the end of the buffer."""

SEPARATOR = re.compile(rb"[ \t\r\n]*+")
SCALAR = re.compile(rb"[^ \t\r\n,\[\]{}\"]*+")

QUOTE, BACKSLASH, COMMA = b'"\\,'
LIST_START, LIST_END, OBJECT_START = b"[]{"
OPENING, STRUCTURED = frozenset(b"{["), frozenset(b'{["')


def read_json_lines(chunks: Iterable[bytes], max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[bytes]:
    """The records of newline-delimited JSON: a line each, without its line end; blank lines are skipped.

    A BOM is skipped. The last line needs no line end, but must be whole. Raises FormatError with the byte offset
    when that one is cut off, and when a line is longer than ``max_record_bytes``.
    """
    pieces: list[bytes] = []
    held, offset = 0, 0
    for chunk in chunks:
        *lines, rest = chunk.split(b"\n")
        if lines:
            lines[0] = b"".join((*pieces, lines[0]))
            pieces, held = [], 0
        for line in lines:
            if record := _stripped(line, offset):
                yield record
            offset += len(line) + 1
        pieces.append(rest)
        held += len(rest)
        if held > max_record_bytes:
            raise FormatError(f"a record is longer than {max_record_bytes} bytes", offset=offset)
    if record := _stripped(b"".join(pieces), offset):
        if not _is_whole(record):
            raise FormatError("the last line is not a whole JSON value", offset=offset)
        yield record


def read_json_list(chunks: Iterable[bytes], max_record_bytes: int = MAX_RECORD_BYTES) -> Iterator[bytes]:
    """The elements of one top-level JSON list, or the one top-level object, each as its own bytes.

    A BOM and blanks around are skipped. Raises FormatError with the byte offset when the stream ends before the
    list does, when anything follows it, when commas and elements do not alternate, and when an element is longer
    than ``max_record_bytes``.
    """
    scanner = _Scanner(iter(chunks), max_record_bytes)
    start = scanner.skip_blanks()
    if start == OBJECT_START:
        yield scanner.element()
    elif start == LIST_START:
        scanner.position += 1
        yield from _elements(scanner)
    else:
        raise scanner.error("the stream is empty" if start is None else "neither a list nor an object")
    if scanner.skip_blanks() is not None:
        raise scanner.error("something follows the end of the JSON document")


def _stripped(line: bytes, offset: int) -> bytes:
    return (line if offset else line.removeprefix(BOM)).strip(BLANKS)


def _is_whole(record: bytes) -> bool:
    try:
        json.loads(record)
    except RecursionError:
        return True  # whole or not, the decoder rejects it
    except ValueError:
        return False
    return True


def _elements(scanner: "_Scanner") -> Iterator[bytes]:
    found = scanner.skip_blanks()
    while found != LIST_END:
        yield from map(bytes, scanner.run())
        yield scanner.element()
        found = scanner.skip_blanks()
        if found == COMMA:
            scanner.position += 1
            found = scanner.skip_blanks()
            if found == LIST_END:
                raise scanner.error("a comma without an element after it")
        elif found not in (LIST_END, None):
            raise scanner.error("no comma between two elements")
    scanner.position += 1


class _Scanner:
    """A window over the stream, from the element that is being read to the end of the last chunk.

    ``element`` finds the end of any element by its brackets, at some 100 MB/s. ``run`` guesses where the window's
    last element begins, since elements mostly have the same first key, and lets msgspec prove the guess: what it
    decodes as a list is a run of whole elements, whatever made us try. That is twenty times as fast.
    """

    def __init__(self, chunks: Iterator[bytes], max_record_bytes: int) -> None:
        self.position = 0
        self._chunks = chunks
        self._most = max_record_bytes
        self._window = bytearray()
        self._offset = 0
        self._start = 0
        self._head = b""
        self._guessed = False
        while len(self._window) < len(BOM) and self._more():
            pass
        if self._window.startswith(BOM):
            self.position = len(BOM)

    def error(self, message: str) -> FormatError:
        """The error to raise for what stands at the current position."""
        return FormatError(message, offset=self._offset + self.position)

    def skip_blanks(self) -> int | None:
        """Goes to the next byte that is no blank and returns it, None at the end of the stream."""
        while True:
            self._start = self.position = _end_of(SEPARATOR, self._window, self.position)
            if self.position < len(self._window):
                return self._window[self.position]
            if not self._more():
                return None

    def element(self) -> bytes:
        """The value that starts at the current position; goes past it."""
        if self.position < len(self._window) and self._window[self.position] in STRUCTURED:
            self._go_past_brackets()
        else:
            self._go_past_scalar()
        found = bytes(self._window[self._start : self.position])
        self._head = found[: found.find(b":", 0, MAX_HEAD_BYTES) + 1]
        return found

    def run(self) -> list[msgspec.Raw]:
        """Elements from the current position on, as many as can be told at once; goes to the one after them."""
        if self._guessed or not self._head.startswith(b"{"):
            return []
        self._guessed = True
        end = len(self._window)
        for _ in range(MAX_GUESSES):
            end = self._window.rfind(self._head, self.position + 1, end)
            if end < 0:
                break
            before = self._window[self.position : end].rstrip(BLANKS)
            if not before.endswith(b","):
                continue
            before[-1:] = b"]"
            try:
                elements = msgspec.json.decode(b"[" + before, type=list[msgspec.Raw])
            except (msgspec.DecodeError, RecursionError):
                continue
            self._start = self.position = end
            return elements
        return []

    def _go_past_brackets(self) -> None:
        """Past an object, a list or a string: only brackets and unfinished strings come up from the regex."""
        depth, in_string = 0, self._window[self.position] == QUOTE
        self.position += in_string
        while True:
            window = self._window
            position = _end_of(STRING_REST if in_string else PLAIN, window, self.position)
            if position >= len(window) or window[position] == BACKSLASH:
                self.position = position
                self._more_or_fail()
                continue
            byte = window[position]
            self.position = position + 1
            if byte == QUOTE:
                in_string = not in_string
            else:
                depth += 1 if byte in OPENING else -1
            if depth == 0 and not in_string:
                return

    def _go_past_scalar(self) -> None:
        while True:
            self.position = _end_of(SCALAR, self._window, self.position)
            if self.position < len(self._window):
                break
            self._more_or_fail()
        if self.position == self._start:
            raise self.error("an element is missing")

    def _more_or_fail(self) -> None:
        if not self._more():
            raise self.error("the stream ends inside the list")

    def _more(self) -> bool:
        """Lets go of what lies before the current element and takes one more chunk; False when there is none."""
        if len(self._window) - self._start > self._most:
            raise self.error(f"a record is longer than {self._most} bytes")
        chunk = next(self._chunks, None)
        if chunk is None:
            return False
        del self._window[: self._start]
        self._window += chunk
        self._offset += self._start
        self.position -= self._start
        self._start = 0
        self._guessed = False
        return True


def _end_of(pattern: re.Pattern[bytes], window: bytearray, position: int) -> int:
    """Where a pattern that always matches ends."""
    match = pattern.match(window, position)
    return match.end() if match else position
