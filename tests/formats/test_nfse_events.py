"""Events of the national NFS-e, in both versions of their layout, from documents made here."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from lxml import etree

from sandbox.roit.fiscal import nfse_events as written
from sources.kit.formats import NFSE_EVENT_TABLES, FormatError, kind, read_nfse_events

NAMESPACE = "http://www.sped.fazenda.gov.br/nfse"
KEY = "3550308" + "22" + "11222333000181" + "0000000000042" + "2611" + "0000000007"
SUBSTITUTE = KEY[:-1] + "8"
CANCELLED = """<e101101><xDesc>Cancelamento de NFS-e</xDesc><cMotivo>2</cMotivo>
<xMotivo>Serviço inventado por engano</xMotivo></e101101>"""


def request(
    detail: str = CANCELLED, key: str = KEY, number: str = "<nPedRegEvento>001</nPedRegEvento>"
) -> str:
    """What the author of an event sends; the number is layout 1.00's."""
    return f"""<pedRegEvento xmlns="{NAMESPACE}" versao="1.00"><infPedReg Id="PRE{key}101101001"><tpAmb>2</tpAmb>
<verAplic>erp 1</verAplic><dhEvento>2026-11-03T09:00:00-03:00</dhEvento><CPFAutor>52998224725</CPFAutor>
<chNFSe>{key}</chNFSe>{number}{detail}</infPedReg></pedRegEvento>"""


def event(detail: str = CANCELLED, registered: str = "2026-11-03T09:00:01-03:00", **parts: str) -> bytes:
    """A registered event."""
    return f"""<evento xmlns="{NAMESPACE}" versao="1.00"><infEvento Id="EVT{KEY}101101001"><verAplic>sefin 1</verAplic>
<ambGer>2</ambGer><nSeqEvento>001</nSeqEvento><dhProc>{registered}</dhProc><nDFe>77</nDFe>
{request(detail, **parts)}</infEvento><Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/></evento>""".encode()


def one(document: bytes) -> dict:
    (record,) = read_nfse_events(document)
    (row,) = record["nfse_events"]
    return row


def test_a_cancellation_names_its_note_its_author_its_reason_and_when_it_was_registered():
    row = one(event())
    assert (row["access_key"], row["event_type"], row["sequence"]) == (KEY, "101101", 1)
    assert row["occurred_at"] == datetime(2026, 11, 3, 12, 0, tzinfo=UTC)
    assert (row["registered_at"].second, row["registered_at_offset"]) == (1, "-03:00")
    assert (row["author_tax_id"], row["reason_code"]) == ("52998224725", "2")
    assert row["justification"] == "Serviço inventado por engano"
    assert (row["software"], row["request_software"]) == ("sefin 1", "erp 1")
    assert (row["national_document_number"], row["request_number"], row["layout_version"]) == (
        "77",
        1,
        "1.00",
    )
    assert (row["is_registered"], row["is_cancellation"], row["_extra"]) == (True, True, None)


def test_a_request_alone_is_read_and_is_not_registered():
    row = one(request().encode())
    assert (row["access_key"], row["event_type"], row["sequence"]) == (KEY, "101101", 1)
    assert (row["is_registered"], row["registered_at"], row["is_cancellation"]) == (None, None, True)


def test_the_second_version_of_the_layout_is_read_too():
    document = event(number="").replace(b"nDFe>", b"nDFSe>").replace(b'versao="1.00"', b'versao="1.01"')
    row = one(document)
    assert (row["sequence"], row["request_number"]) == (1, None)
    assert (row["national_document_number"], row["layout_version"]) == ("77", "1.01")


@pytest.mark.parametrize(
    ("detail", "columns"),
    [
        (f"<e105102><xDesc>d</xDesc><cMotivo>99</cMotivo><chSubstituta>{SUBSTITUTE}</chSubstituta></e105102>",
         {"event_type": "105102", "substitute_access_key": SUBSTITUTE, "is_cancellation": True}),
        ("<e105104><xDesc>d</xDesc><CPFAgTrib>52998224725</CPFAgTrib><nProcAdm>P-1</nProcAdm><cMotivo>1</cMotivo>"
         "<xMotivo>m</xMotivo></e105104>",
         {"agent_tax_id": "52998224725", "administrative_process": "P-1", "is_cancellation": True}),
        ("<e105105><xDesc>d</xDesc><cMotivo>1</cMotivo><xMotivo>m</xMotivo></e105105>", {"is_cancellation": False}),
        ("<e203202><xDesc>Confirmação do Tomador</xDesc></e203202>",
         {"event_type": "203202", "description": "Confirmação do Tomador", "is_cancellation": False}),
        ("<e203206><xDesc>d</xDesc><infRej><cMotivo>3</cMotivo><xMotivo>m</xMotivo></infRej></e203206>",
         {"reason_code": "3", "justification": "m"}),
        ("<e203206><xDesc>d</xDesc><cMotivo>3</cMotivo><xMotivo>m</xMotivo></e203206>",
         {"reason_code": "3", "justification": "m"}),
        ("<e205208><xDesc>d</xDesc><infAnRej><CPFAgTrib>52998224725</CPFAgTrib><idEvManifRej>1</idEvManifRej>"
         "<xMotivo>m</xMotivo></infAnRej></e205208>",
         {"agent_tax_id": "52998224725", "referenced_event_id": "1", "justification": "m"}),
        ("<e305101><xDesc>d</xDesc><nProcAdm>P-1</nProcAdm><xProcAdm>m</xProcAdm></e305101>",
         {"is_cancellation": True, "justification": "m"}),
        ("<e305102><xDesc>d</xDesc><xMotivo>m</xMotivo><codEvento>e101101</codEvento></e305102>",
         {"blocked_event_type": "e101101", "is_cancellation": False}),
        ("<e305103><xDesc>d</xDesc><idBloqOfic>9</idBloqOfic></e305103>", {"referenced_event_id": "9"}),
    ],
)  # fmt: skip
def test_each_type_fills_the_columns_of_its_details(detail, columns):
    row = one(event(detail))
    assert {name: row[name] for name in columns} == columns
    assert row["_extra"] is None


def test_a_type_that_is_new_is_read_and_its_details_are_kept():
    row = one(event("<e999999><xDesc>d</xDesc><novo>only here</novo></e999999>"))
    assert (row["event_type"], row["is_cancellation"]) == ("999999", False)
    assert "only here" in json.dumps(json.loads(row["_extra"]))


def test_no_text_of_an_event_is_lost_between_the_columns_and_the_rest():
    document = event().replace(b"</infPedReg>", b"<novo>so aqui</novo></infPedReg>")
    (record,) = read_nfse_events(document)
    kept = json.dumps(record, default=str, ensure_ascii=False).replace("03 09", "03T09")
    numbers = {"001"}  # 1, as a number
    for text in etree.fromstring(document).itertext():
        assert text.strip() in kept or text.strip() in numbers


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (event(key=KEY[:-1]), "access key"),
        (event(key=KEY[:-1] + "-"), "access key"),
        (event("<cancelamento/>"), "no type"),
        (request(number="").encode(), "no sequence"),
        (event(registered="yesterday"), "registered_at"),
        (event().replace(b"<nSeqEvento>001<", b"<nSeqEvento>one<"), "sequence"),
        (b"<NFSe/>", "root element"),
    ],
)
def test_an_event_that_cannot_be_trusted_is_refused(document, reason):
    with pytest.raises(FormatError, match=reason):
        read_nfse_events(document)


@pytest.mark.parametrize(("of", "tax_id"), [("COMPANY", "11222333000181"), ("PERSON", "52998224725")])
def test_what_the_simulated_system_writes_is_such_an_event(of, tax_id):
    supplier = SimpleNamespace(kind=of, tax_id=tax_id)
    facts = SimpleNamespace(supplier=supplier, number="42", issued=date(2026, 11, 2), index=6)
    document = written.make_nfse_cancellation(facts)
    assert kind(document) == "nfse_event"
    row = one(document)
    assert (row["access_key"], row["event_type"]) == (written.access_key(facts), "101101")
    assert row["author_tax_id"] == tax_id
    assert row["registered_at"] > row["occurred_at"]
    assert row["_extra"] is None


def test_personal_columns_are_marked():
    personal = {field.name for field in NFSE_EVENT_TABLES["nfse_events"] if field.personal}
    assert personal == {"author_tax_id", "agent_tax_id", "justification", "_extra"}
