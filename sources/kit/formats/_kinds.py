"""Which kind of document an XML file is, told by its root; a city hall's own wrapper, by what is inside."""

from typing import Literal

from lxml import etree

from sources.kit.formats._xml import local_name, namespace_of, parse_xml

Kind = Literal[
    "nfe", "nfe_event", "cte", "cte_event", "nfse_national", "nfse_abrasf", "nfse_event", "iso20022"
]

ISO20022_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"

ROOTS: dict[str, Kind] = {
    "nfeProc": "nfe",
    "NFe": "nfe",
    "enviNFe": "nfe",
    "procEventoNFe": "nfe_event",
    "evento": "nfe_event",
    "envEvento": "nfe_event",
    "cteProc": "cte",
    "CTe": "cte",
    "enviCTe": "cte",
    "cteOSProc": "cte",
    "CTeOS": "cte",
    "cteSimpProc": "cte",
    "CTeSimp": "cte",
    "procEventoCTe": "cte_event",
    "eventoCTe": "cte_event",
    "CompNfse": "nfse_abrasf",
    "ListaNfse": "nfse_abrasf",
    "Nfse": "nfse_abrasf",
    "NFSe": "nfse_national",
    "pedRegEvento": "nfse_event",
}

INSIDE: dict[str, Kind] = {"InfNfse": "nfse_abrasf", "infNFSe": "nfse_national"}
"""The element that holds the note itself; an answer of a city hall's service has it somewhere below."""

NFSE_NAMESPACE = "http://www.sped.fazenda.gov.br/nfse"
EVENT_OF_OTHER_DOCUMENTS = ("cte", "mdfe", "bpe", "nf3e", "nfcom", "nfse")
"""``evento`` is a root in several layouts; their namespaces end in the document's name."""


def kind(document: bytes | etree._Element) -> Kind | None:
    """The kind of an XML document, None when it is none that is known. Prefixes do not matter.

    An ISO 20022 message is known by its namespace, also inside an envelope. Raises XmlRefused.
    """
    root = parse_xml(document) if isinstance(document, bytes) else document
    if any(_namespace(element).startswith(ISO20022_NAMESPACE) for element in (root, *root)):
        return "iso20022"
    found = ROOTS.get(local_name(str(root.tag)))
    if found == "nfe_event" and _namespace(root) == NFSE_NAMESPACE:
        return "nfse_event"
    if found == "nfe_event" and _namespace(root).endswith(EVENT_OF_OTHER_DOCUMENTS):
        return None
    if found is not None:
        return found
    return next((INSIDE[name] for name in map(_local, root.iter()) if name in INSIDE), None)


def _local(element: etree._Element) -> str:
    return local_name(str(element.tag))


def _namespace(element: etree._Element) -> str:
    return namespace_of(str(element.tag))
