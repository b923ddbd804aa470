"""The hardened parser: what it reads, and what it refuses, quickly."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from sources.kit.formats import FormatError, XmlRefused, kind, parse_xml

BILLION_LAUGHS = (
    "<!DOCTYPE a [<!ENTITY l0 'ha'>"
    + "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10}'>" for i in range(1, 12))
    + "]><a b='&l11;'>&l11;</a>"
)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "iso-8859-1", "windows-1252", "utf-16"], ids=lambda name: name
)
def test_the_declared_encoding_is_honoured(encoding):
    declared = encoding.removesuffix("-sig")
    content = f'<?xml version="1.0" encoding="{declared}"?><a>São João nº 1</a>'.encode(encoding)
    assert parse_xml(content).text == "São João nº 1"


def test_without_a_declaration_it_is_utf_8():
    assert parse_xml("<a>ação</a>".encode()).text == "ação"


def test_comments_and_instructions_are_left_out():
    root = parse_xml(b"<?x y?><a><!-- c -->1<?pi?><b/></a>")
    assert [child.tag for child in root] == ["b"]
    assert root.text == "1"


def test_a_doctype_inside_cdata_is_text():
    assert parse_xml(b"<a><![CDATA[<!DOCTYPE html>]]></a>").text == "<!DOCTYPE html>"


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        "\ufeff",
        '<?xml version="1.0" encoding="UTF-8"?>\n',
        "<!-- <!DOCTYPE --> <?pi ?>\n",
    ],
)
@pytest.mark.parametrize(
    "dtd",
    [
        "<!DOCTYPE a>",
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd">',
        '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE a [<!ENTITY % b SYSTEM "http://127.0.0.1:9/b">%b;]>',
    ],
)
def test_a_dtd_is_refused(prolog, dtd):
    with pytest.raises(XmlRefused, match="DTD"):
        parse_xml(f"{prolog}{dtd}<a/>".encode())


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le"])
def test_a_dtd_hidden_by_its_encoding_is_refused(encoding):
    content = '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "x">]><a>&b;</a>'
    with pytest.raises(XmlRefused):
        parse_xml(content.encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_entity_bomb_is_refused_quickly(encoding):
    started = time.process_time()
    with pytest.raises(XmlRefused):
        parse_xml(BILLION_LAUGHS.encode(encoding))
    assert time.process_time() - started < 1


def test_endless_comments_before_the_root_are_scanned_once():
    started = time.process_time()
    with pytest.raises(XmlRefused):
        parse_xml(b"<!--" * 200_000 + b"<!DOCTYPE")
    assert time.process_time() - started < 2


def test_too_many_bytes_are_refused():
    assert parse_xml(b"<a></a>", max_bytes=7).tag == "a"
    with pytest.raises(XmlRefused, match="more than 6 bytes"):
        parse_xml(b"<a></a>", max_bytes=6)


def test_endless_depth_is_refused():
    with pytest.raises(XmlRefused, match="depth"):
        parse_xml(b"<a>" * 100_000)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"plain",
        b"<a>&undefined;</a>",
        b"<a>\xff</a>",
        b"<a>\x00</a>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
        b'{"a": 1}',
        b"<a b='1' b='2'/>",
    ],
)
def test_what_is_not_well_formed_is_refused_on_one_line(content):
    with pytest.raises(XmlRefused) as caught:
        parse_xml(content)
    assert isinstance(caught.value, FormatError)
    assert str(caught.value).startswith("XML refused: ")
    assert "\n" not in str(caught.value)


def test_threads_parse_side_by_side():
    documents = [f"<a>{i}</a>".encode() for i in range(500)]
    with ThreadPoolExecutor(4) as pool:
        texts = [root.text for root in pool.map(parse_xml, documents)]
    assert texts == [str(i) for i in range(500)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ('<nfeProc xmlns="http://www.portalfiscal.inf.br/nfe"/>', "nfe"),
        ('<x:NFe xmlns:x="http://www.portalfiscal.inf.br/nfe"/>', "nfe"),
        ("<enviNFe/>", "nfe"),
        ('<procEventoNFe xmlns="http://www.portalfiscal.inf.br/nfe"/>', "nfe_event"),
        ('<evento xmlns="http://www.portalfiscal.inf.br/nfe"/>', "nfe_event"),
        ('<evento xmlns="http://www.portalfiscal.inf.br/nfcom"/>', None),
        ('<evento xmlns="http://www.sped.fazenda.gov.br/nfse"/>', "nfse_event"),
        ('<pedRegEvento xmlns="http://www.sped.fazenda.gov.br/nfse"/>', "nfse_event"),
        ('<cteProc xmlns="http://www.portalfiscal.inf.br/cte"/>', "cte"),
        ("<procEventoCTe/>", "cte_event"),
        ('<NFSe xmlns="http://www.sped.fazenda.gov.br/nfse"/>', "nfse_national"),
        ('<CompNfse xmlns="http://www.abrasf.org.br/nfse.xsd"/>', "nfse_abrasf"),
        ("<ConsultarNfseResposta><ListaNfse><CompNfse><Nfse><InfNfse/></Nfse></CompNfse></ListaNfse>"
         "</ConsultarNfseResposta>", "nfse_abrasf"),
        ("<answer><NFSe><infNFSe/></NFSe></answer>", "nfse_national"),
        ('<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"/>', "iso20022"),
        ('<E><d:Document xmlns:d="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/></E>', "iso20022"),
        ("<companies/>", None),
    ],
)  # fmt: skip
def test_the_kind_of_a_document_is_told_by_its_root(document, expected):
    assert kind(document.encode()) == expected
    assert kind(parse_xml(document.encode())) == expected
