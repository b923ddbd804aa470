"""XML from outside, parsed without anything that a document could use against its reader.

No DTD, no entities but the five of XML itself, no network, no includes; libxml2's own bounds stay on (256
levels, 10 MB of text in a node). A DTD is refused rather than ignored: no fiscal, bank or ERP document has
one, and it is the root of every entity attack.
"""

import re
import threading
from typing import Any

from lxml import etree

from sources.kit.formats._errors import XmlRefused

MAX_XML_BYTES = 64 * 1024**2
"""A document larger than this is refused: the largest NF-e (990 items) is under 2 MB."""

PARSER_OPTIONS: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "huge_tree": False,
    "recover": False,
    "collect_ids": False,
    "remove_comments": True,
    "remove_pis": True,
}

BEFORE_DOCTYPE = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->)*+<!DOCTYPE", re.DOTALL)
NO_DTD = "it has a DTD"

_local = threading.local()


def parse_xml(content: bytes, max_bytes: int = MAX_XML_BYTES) -> etree._Element:
    """The root element of a document, without comments and processing instructions.

    The encoding is the declared one, UTF-8 by default. Raises XmlRefused when the document is too large,
    has a DTD, is nested too deeply or is not well formed.
    """
    if len(content) > max_bytes:
        raise XmlRefused(f"XML refused: more than {max_bytes} bytes")
    # before the parser sees it: even a refused bomb would cost its time
    if b"<!DOCTYPE" in content and BEFORE_DOCTYPE.match(content):
        raise XmlRefused(f"XML refused: {NO_DTD}")
    try:
        root = etree.fromstring(content, _parser())
    except (etree.XMLSyntaxError, LookupError, ValueError) as error:
        raise refused(error) from None
    # in an encoding that is no superset of ASCII only the parser finds it
    if root.getroottree().docinfo.internalDTD is not None:
        raise XmlRefused(f"XML refused: {NO_DTD}")
    return root


def refused(error: Exception) -> XmlRefused:
    """The parser's complaint, which names line and column, on one line."""
    return XmlRefused(f"XML refused: {' '.join(str(error).split())[:200]}")


def local_name(tag: str) -> str:
    """The name without its namespace, which lxml writes in braces before it."""
    return tag.rpartition("}")[2]


def namespace_of(tag: str) -> str:
    """The namespace that lxml writes in braces before a name, "" for none."""
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def element_value(element: etree._Element) -> Any:
    """An element as JSON would have it, nothing left out: for what no model names.

    Text stays text; an element with children or attributes is a dict by local names (attributes as ``@name``,
    text of its own as ``#text``); a repeated element is a list; an empty one is None.
    """
    text = (element.text or "").strip()
    if not len(element) and not element.attrib:
        return text or None
    value: dict[str, Any] = {
        f"@{local_name(str(name))}": str(found) for name, found in element.attrib.items()
    }
    for child in element:
        add_value(value, local_name(str(child.tag)), element_value(child))
        text += (child.tail or "").strip()
    if text:
        value["#text"] = text
    return value


def add_value(values: dict[str, Any], name: str, value: Any) -> None:
    """Puts ``value`` under ``name``; from the second one on, the name holds a list."""
    if name not in values:
        values[name] = value
    elif isinstance(values[name], list):
        values[name].append(value)
    else:
        values[name] = [values[name], value]


def _parser() -> etree.XMLParser:
    """One parser for each thread: threads that share one wait for each other."""
    parser: etree.XMLParser | None = getattr(_local, "parser", None)
    if parser is None:
        parser = _local.parser = etree.XMLParser(**PARSER_OPTIONS)
    return parser
