"""A stream of XML whose kind only its first bytes tell: a list of objects, or an ISO 20022 message."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, cast

from lxml import etree

from sources.kit.formats._errors import UnknownMessage
from sources.kit.formats._iso20022 import bank_statements, payment_requests, payment_statuses
from sources.kit.formats._kinds import ISO20022_NAMESPACE
from sources.kit.formats._xml import PARSER_OPTIONS, local_name, namespace_of
from sources.kit.formats._xml_records import FEED_BYTES, read_xml_records

READERS = {
    "pain.001": ("PAYMENT_REQUEST", payment_requests),
    "pain.002": ("PAYMENT_STATUS", payment_statuses),
    "camt.053": ("BANK_STATEMENT", bank_statements),
}

MESSAGE_LENGTH = len("pain.001")
APPLICATION_HEADER = "AppHdr"
MAX_HEAD_BYTES = 1024 * 1024
"""What tells the kind must come within this."""


@dataclass(frozen=True, slots=True)
class XmlPayload:
    """What a stream of XML holds. ``records`` can be read once.

    ``message`` is the ISO 20022 message with its version and ``object_type`` what its records are; both are None
    for a plain list of objects, which does not say.
    """

    message: str | None
    object_type: str | None
    records: Iterator[dict[str, Any]]


def read_xml_payload(chunks: Iterable[bytes]) -> XmlPayload:
    """Opens a stream of XML and tells an ISO 20022 message, also in an envelope, from a list of objects.

    Raises UnknownMessage at once for a message without a reader; while reading, XmlRefused for what is no XML, and
    FormatError for a message without transactions or statements.
    """
    stream = iter(chunks)
    head, message = _sniff(stream)
    whole = chain((head,), stream)
    if message is None:
        return XmlPayload(None, None, read_xml_records(whole))
    if message[:MESSAGE_LENGTH] not in READERS:
        raise UnknownMessage(message)
    object_type, read = READERS[message[:MESSAGE_LENGTH]]
    return XmlPayload(message, object_type, read(whole))


def _sniff(stream: Iterator[bytes]) -> tuple[bytes, str | None]:
    """What had to be read to tell, and the message's name; None: it is none, or no XML, which reading will show."""
    parser = etree.XMLPullParser(events=("start", "end"), **PARSER_OPTIONS)
    head = b""
    depth = 0
    for chunk in stream:
        head += chunk
        try:
            for start in range(0, len(chunk), FEED_BYTES):
                parser.feed(chunk[start : start + FEED_BYTES])
        except (etree.XMLSyntaxError, LookupError, ValueError):
            return head, None
        for event, element in cast("Iterator[tuple[str, etree._Element]]", parser.read_events()):
            depth += 1 if event == "start" else -1
            if event == "start" and depth <= 2:
                namespace, name = namespace_of(str(element.tag)), local_name(str(element.tag))
                if name == "Document" and namespace.startswith(ISO20022_NAMESPACE):
                    return head, namespace.removeprefix(ISO20022_NAMESPACE)
                if depth == 2 and name != APPLICATION_HEADER:
                    return head, None
        if len(head) > MAX_HEAD_BYTES:
            break
    return head, None
