"""NFS-e in the national layout 1.00 and in ABRASF 2.04 → rows of the same fiscal tables.

A note is found wherever it lies in its file: alone, in a list, or in the answer of a city hall's service. City
halls write ABRASF in namespaces of their own, so a note's is taken from the note.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Context
from functools import lru_cache, reduce

from lxml import etree

from sources.kit.formats._documents import Record, number_lists
from sources.kit.formats._errors import FormatError
from sources.kit.formats._layout import TIMESTAMP, Layout, Row, TableSpec
from sources.kit.formats._nfse_fields import DECLARED, INF, PARENT_KEY
from sources.kit.formats._nfse_values import HEADER_FIELDS, SERVICE_FIELDS, SHARED, TAX_FIELDS
from sources.kit.formats._xml import namespace_of, parse_xml

ID_PREFIX = "NFS"
LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?)?")
NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")
EXACT = Context(prec=80)
"""Enough digits that no sum of amounts is rounded."""

NATIONAL_WITHHELD: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("0", "2", "8"), frozenset[str]()),
    **dict.fromkeys(("1", "3", "4"), frozenset({"PIS", "COFINS"})),
    **dict.fromkeys(("5", "9"), frozenset({"PIS"})),
    **dict.fromkeys(("6", "7"), frozenset({"COFINS"})),
}
"""Which of PIS and COFINS are withheld, by ``tpRetPisCofins``; the CSLL's amount is there when it is."""

ISSUERS = {"1": "provider", "2": "customer", "3": "intermediary"}
"""Which party issued the note, by ``tpEmit``."""

NATIONAL_INSIDE = "{*}infNFSe"
WRAPPERS = (
    ("{*}NFSe", NATIONAL_INSIDE, ""),
    ("{*}CompNfse", "{*}InfNfse", ""),
    ("{*}Nfse", "{*}InfNfse", "Nfse"),
)
"""The element of a note, the one inside it that makes it one, and the note's place in the layout."""

TAXES = (
    ("ISS", "iss_base", "iss_rate", "iss_value"),
    ("PIS", "pis_cofins_base", "pis_rate", "pis_value"),
    ("COFINS", "pis_cofins_base", "cofins_rate", "cofins_value"),
    ("CSLL", None, None, "csll_value"),
    ("INSS", None, None, "inss_value"),
    ("IRRF", None, None, "irrf_value"),
    ("IBS_UF", "ibs_cbs_base", "ibs_uf_effective_rate", "ibs_uf_value"),
    ("IBS_MUN", "ibs_cbs_base", "ibs_mun_effective_rate", "ibs_mun_value"),
    ("CBS", "ibs_cbs_base", "cbs_effective_rate", "cbs_value"),
)
"""Tribute, and the note's columns with its base, rate and value."""

_TABLES = {
    "nfse": TableSpec("", HEADER_FIELDS),
    "nfse__services": TableSpec(f"{DECLARED}/Servico|{INF}/Servico", SERVICE_FIELDS),
    "nfse__taxes": TableSpec(None, TAX_FIELDS),
}
_ANCHORS = ("NFSe", "CompNfse", "Servico")

NFSE_TABLES = {name: spec.fields for name, spec in _TABLES.items()}
"""The columns of each table, in order: what models, tables and the data dictionary are made from."""


def read_nfse(document: bytes | etree._Element) -> list[Record]:
    """The notes of a file, in either layout.

    A note's key is made of its issuer, the issuing municipality and its number: see the column ``id``. Raises
    FormatError when there is no note, when one has no number or no issuer, or when a value is not of its
    column's type.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    for wrapper, inside, at in WRAPPERS:
        notes = [(note, content) for note in root.iter(wrapper) for content in _first(note, inside)]
        if notes:
            national = inside == NATIONAL_INSIDE
            return [
                _checked(_layout(_namespaces(note, content)).read(note, at), national=national)
                for note, content in notes
            ]
    raise FormatError("nfse: the file holds no note")


def _first(note: etree._Element, name: str) -> Iterator[etree._Element]:
    found = next(note.iter(name), None)
    if found is not None:
        yield found


def _namespaces(note: etree._Element, content: etree._Element) -> tuple[str, ...]:
    """Those between a note and its content, and of the content's own elements."""
    tags = {str(element.tag) for element in (*list(content)[:1], content, *content.iterancestors())}
    return tuple(sorted({namespace_of(tag) for tag in tags | {str(note.tag)}} | {""}))


@lru_cache(maxsize=32)  # a few city halls' namespaces; bounded, as a file can name any
def _layout(namespaces: tuple[str, ...]) -> Layout:
    return Layout(_TABLES, namespaces, _ANCHORS)


def _checked(record: Record, *, national: bool) -> Record:
    (header,) = record["nfse"]
    header["layout"] = "national" if national else "abrasf"
    if national:
        header["access_key"] = (header["access_key"] or "").removeprefix(ID_PREFIX) or None
        blank = {field.name: None for field in SERVICE_FIELDS}
        record["nfse__services"].append(blank | {field.name: header[field.name] for field in SHARED})
    else:
        _sum_services(header, record["nfse__services"])
        header["is_cancelled"] = bool(header["cancelled_at_local"] or header["cancellation_code"])
    _settle_parties(header, national=national)
    _tell_time(header)
    header["iss_withheld"] = _iss_withheld(header["iss_withholding_code"], national=national)
    header["id"] = _identify(header)
    record["nfse__taxes"] = list(_taxes(header, national=national))
    return number_lists(record, PARENT_KEY.name, header["id"])


def _sum_services(header: Row, services: list[Row]) -> None:
    """What the note as a whole does not say is the sum of its services, or what all of them share."""
    for field in SHARED:
        found = [row[field.name] for row in services if row[field.name] is not None]
        if header[field.name] is not None or not found:
            continue
        if field.type == "decimal" and not field.name.endswith("_rate"):
            header[field.name] = reduce(EXACT.add, found)
        elif len(set(found)) == 1:
            header[field.name] = found[0]


def _settle_parties(header: Row, *, national: bool) -> None:
    """In ABRASF the provider issues; in the national layout the issuer is one of the parties, which then may
    not be described again."""
    issuer = ISSUERS.get(header["issued_by"] or "1", "provider")
    source, target = ("issuer", issuer) if national else (issuer, "issuer")
    for column in [name for name in header if name.startswith(f"{source}__")]:
        own = f"{target}__{column.removeprefix(f'{source}__')}"
        if own in header and header[own] is None:
            header[own] = header[column]
    if header["municipality_code"] is None:
        header["municipality_code"] = header["issuer__municipality_code"]


def _tell_time(header: Row) -> None:
    written = header["issued_at_local"]
    if written is None:
        return
    if TIMESTAMP.fullmatch(written) is not None:
        header["issued_at"] = datetime.fromisoformat(written)
        header["issued_at_offset"] = str(header["issued_at"])[-6:]
    elif LOCAL_TIME.fullmatch(written) is None:
        raise FormatError("nfse: the time of issue is not what issued_at_local can hold")
    try:
        header["issued_on"] = date.fromisoformat(written[:10])
    except ValueError:
        raise FormatError("nfse: the day of issue is none") from None


def _identify(header: Row) -> str:
    """The note's key; a hash, as the issuer may be a person and a key is not masked."""
    issuer = NOT_ALPHANUMERIC.sub("", header["issuer__tax_id"] or "")
    number = (header["number"] or "").lstrip("0")
    if not issuer or not number:
        raise FormatError("nfse: the note has no number or no issuer")
    return hashlib.sha256(f"{issuer}|{header['municipality_code'] or ''}|{number}".encode()).hexdigest()


def _iss_withheld(code: str | None, *, national: bool) -> bool | None:
    if code is None:
        return None
    return code in ("2", "3") if national else code == "1"


def _taxes(header: Row, *, national: bool) -> Iterator[Row]:
    for tribute, base, rate, value in TAXES:
        if header[value] is not None:
            yield {field.name: None for field in TAX_FIELDS} | {
                "tribute": tribute,
                "base": header[base] if base else None,
                "rate": header[rate] if rate else None,
                "value": header[value],
                "is_withheld": _is_withheld(tribute, header, national=national),
            }


def _is_withheld(tribute: str, header: Row, *, national: bool) -> bool | None:
    """ABRASF has the contributions only where they are withheld; the national layout says which are."""
    if tribute == "ISS":
        withheld: bool | None = header["iss_withheld"]
        return withheld
    if tribute.startswith(("IBS", "CBS")):
        return False
    if national and tribute in ("PIS", "COFINS"):
        code = header["pis_cofins_withholding_code"]
        return tribute in NATIONAL_WITHHELD[code] if code in NATIONAL_WITHHELD else None
    return True
