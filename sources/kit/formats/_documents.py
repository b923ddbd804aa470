"""What the readers of fiscal documents share: finding the documents of a file, and numbering their lists."""

from collections.abc import Collection, Iterator

from lxml import etree

from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import EXTRA, FieldSpec, Row
from sources.kit.formats._xml import local_name

Record = dict[str, list[Row]]
"""The rows of one document by table; the header table has exactly one."""

POSITION = FieldSpec("position", "int", "Place in the document's list, from 0")
EXTRA_FIELD = FieldSpec(EXTRA, "text", "What the layout has and no column names, as JSON by path", True)


def each_document(
    root: etree._Element, whole: Collection[str], parts: Collection[str], batch: str, at: str | None = None
) -> Iterator[tuple[etree._Element, str]]:
    """The documents under ``root``, each with its place in the layout: "" for one with its protocol, ``at``
    (its own name by default) for a bare one, alone or in a batch.

    Raises FormatError when the root is none of these.
    """
    name = local_name(str(root.tag))
    if name in whole:
        yield root, ""
    elif name in parts:
        yield root, at or name
    elif name == batch:
        for child in root:
            if (part := local_name(str(child.tag))) in parts:
                yield child, at or part
    else:
        *names, last = (*whole, *parts, batch)
        raise FormatError(f"the root element is none of {', '.join(names)} and {last}")


def number_lists(record: Record, parent_key: str, key: str) -> Record:
    """Gives the rows of the lists, which come after the header, the header's key and their places."""
    for rows in list(record.values())[1:]:
        for position, row in enumerate(rows):
            row[parent_key], row["position"] = key, position
    return record
