"""ISO 20022 messages, old and new versions, as the objects of a JSON batch."""

import re
import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.formats import FormatError, GroupStatus, UnknownMessage, XmlRefused, read_xml_payload

SPACE = "urn:iso:std:iso:20022:tech:xsd:"

PAIN_001 = """<Document xmlns="{space}{version}"><CstmrCdtTrfInitn>
<GrpHdr><MsgId>M-1</MsgId><CreDtTm>2026-11-02T09:00:00-03:00</CreDtTm><NbOfTxs>2</NbOfTxs></GrpHdr>
<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt>{date}</ReqdExctnDt>
<Dbtr><Nm>Pagadora Fictícia</Nm><Id><OrgId><Othr><Id>CC-10</Id></Othr></OrgId></Id></Dbtr>
<DbtrAcct><Id><IBAN>BR1500000000000010932840814P2</IBAN></Id></DbtrAcct>
<DbtrAgt><FinInstnId><{bic}>AAAABRSP</{bic}></FinInstnId></DbtrAgt>
<CdtTrfTxInf><PmtId><InstrId>I-1</InstrId><EndToEndId>E-1</EndToEndId></PmtId>
<Amt><InstdAmt Ccy="BRL">12345678901234567.89</InstdAmt></Amt>
<CdtrAgt><FinInstnId><{bic}>BBBBBRSP</{bic}></FinInstnId></CdtrAgt>
<Cdtr><Nm>Credora Inventada &amp; Cia</Nm><Id><OrgId><Othr><Id>S-7</Id></Othr></OrgId></Id></Cdtr>
<CdtrAcct><Id><Othr><Id>0001-2</Id></Othr></Id><Prxy><Id>chave@example.com</Id></Prxy></CdtrAcct>
<RmtInf><Ustrd>free text</Ustrd><Strd><RfrdDocInf><Nb>INV-1</Nb></RfrdDocInf><RfrdDocAmt>
<RmtdAmt Ccy="BRL">5.00</RmtdAmt></RfrdDocAmt><AddtlRmtInf>a</AddtlRmtInf><AddtlRmtInf>b</AddtlRmtInf></Strd>
<Strd><CdtrRefInf><Ref>INV-2</Ref></CdtrRefInf></Strd></RmtInf></CdtTrfTxInf>
<CdtTrfTxInf><PmtId><EndToEndId>E-2</EndToEndId></PmtId><Amt><InstdAmt Ccy="EUR">1.10</InstdAmt></Amt>
<Cdtr><Nm>Outra</Nm></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></CdtTrfTxInf></PmtInf>
<PmtInf><PmtInfId>P-2</PmtInfId><PmtMtd>CHK</PmtMtd><ReqdExctnDt>{date}</ReqdExctnDt>
<CdtTrfTxInf><PmtId><EndToEndId>E-3</EndToEndId></PmtId><Amt><InstdAmt Ccy="BRL">3</InstdAmt></Amt></CdtTrfTxInf>
</PmtInf></CstmrCdtTrfInitn></Document>"""

PAIN_002 = """<Document xmlns="{space}{version}"><CstmrPmtStsRpt>
<GrpHdr><MsgId>R-1</MsgId><CreDtTm>2026-11-03T10:00:00-03:00</CreDtTm></GrpHdr>
<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId></OrgnlGrpInfAndSts>
<OrgnlPmtInfAndSts><OrgnlPmtInfId>P-1</OrgnlPmtInfId>
<TxInfAndSts><StsId>S-1</StsId><OrgnlInstrId>I-1</OrgnlInstrId><OrgnlEndToEndId>E-1</OrgnlEndToEndId>
<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn><AddtlInf>Conta</AddtlInf><AddtlInf>errada</AddtlInf>
</StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy="BRL">10.00</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>
<TxInfAndSts><OrgnlEndToEndId>E-2</OrgnlEndToEndId><TxSts>ACSC</TxSts>
<AccptncDtTm>2026-11-03T09:59:59-03:00</AccptncDtTm></TxInfAndSts></OrgnlPmtInfAndSts>
</CstmrPmtStsRpt></Document>"""

CAMT_053 = """<Document xmlns="{space}{version}"><BkToCstmrStmt><GrpHdr><MsgId>B-1</MsgId></GrpHdr>
<Stmt><Id>ST-1</Id><ElctrncSeqNb>42</ElctrncSeqNb><CreDtTm>2026-11-03T00:10:00-03:00</CreDtTm>
<FrToDt><FrDtTm>2026-11-02T00:00:00-03:00</FrDtTm><ToDtTm>2026-11-02T23:59:59-03:00</ToDtTm></FrToDt>
<Acct><Id><IBAN>BR1500000000000010932840814P2</IBAN></Id><Ccy>BRL</Ccy></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="BRL">100.10</Amt><CdtDbtInd>DBIT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLAV</Cd></CdOrPrtry></Tp><Amt Ccy="BRL">999</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="BRL">200.20</Amt><CdtDbtInd>CRDT</CdtDbtInd></Bal>
<Ntry><NtryRef>N-1</NtryRef><Amt Ccy="BRL">300.30</Amt><CdtDbtInd>CRDT</CdtDbtInd>{booked}
<BookgDt><Dt>2026-11-02</Dt></BookgDt><ValDt><DtTm>2026-11-03T23:00:00-03:00</DtTm></ValDt>
<AcctSvcrRef>BANK-1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly>
</Domn></BkTxCd><Chrgs><Rcrd><Amt Ccy="BRL">1.50</Amt></Rcrd></Chrgs><NtryDtls><TxDtls><Refs>
<EndToEndId>E-9</EndToEndId></Refs><RltdPties><Dbtr>{name}</Dbtr><DbtrAcct><Id><IBAN>DE89370400440532013000</IBAN>
</Id></DbtrAcct></RltdPties><RmtInf><Ustrd>one</Ustrd><Ustrd>two</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="BRL">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><RvslInd>true</RvslInd>{booked}
<BookgDt><Dt>2026-11-02</Dt></BookgDt><BkTxCd><Prtry><Cd>909</Cd></Prtry></BkTxCd><NtryDtls><TxDtls>
<RltdPties><Dbtr><Nm>Nós</Nm></Dbtr><Cdtr>{name}</Cdtr></RltdPties></TxDtls></NtryDtls></Ntry>
<Ntry><NtryRef>N-3</NtryRef><Amt Ccy="BRL">7.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>{booked}<NtryDtls><Btch/><TxDtls>
<Refs><EndToEndId>E-A</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="BRL">3.00</Amt></TxAmt></AmtDtls>
<RltdPties><Cdtr>{name}</Cdtr></RltdPties></TxDtls><TxDtls><Refs><EndToEndId>E-B</EndToEndId></Refs>
<Amt Ccy="BRL">4.00</Amt></TxDtls></NtryDtls><AddtlNtryInf>batch</AddtlNtryInf></Ntry></Stmt>
<Stmt><Id>ST-2</Id><Acct><Id><Othr><Id>0001-2</Id></Othr></Id></Acct></Stmt></BkToCstmrStmt></Document>"""


def pain_001(version="pain.001.001.09"):
    new = version >= "pain.001.001.08"
    date = "<Dt>2026-11-05</Dt>" if new else "2026-11-05"
    return PAIN_001.format(space=SPACE, version=version, date=date, bic="BICFI" if new else "BIC")


def camt_053(version="camt.053.001.08"):
    new = version >= "camt.053.001.08"
    booked = "<Sts><Cd>BOOK</Cd></Sts>" if new else "<Sts>BOOK</Sts>"
    name = "<Pty><Nm>Parte Inventada</Nm></Pty>" if new else "<Nm>Parte Inventada</Nm>"
    return CAMT_053.format(space=SPACE, version=version, booked=booked, name=name)


def read(text, encoding="utf-8"):
    return list(read_xml_payload([text.encode(encoding)]).records)


@pytest.mark.parametrize("version", ["pain.001.001.03", "pain.001.001.09", "pain.001.001.12"])
def test_credit_transfers_become_payment_requests(version):
    payload = read_xml_payload([pain_001(version).encode()])
    assert (payload.message, payload.object_type) == (version, "PAYMENT_REQUEST")
    first, second, third = payload.records
    assert first == {
        "referenceId": "I-1",
        "createdDate": "2026-11-02T09:00:00-03:00",
        "companyCodeReferenceId": "CC-10",
        "executionDate": "2026-11-05",
        "currency": "BRL",
        "amount": "12345678901234567.89",
        "method": "TRF",
        "debtorAccount": {"iban": "BR1500000000000010932840814P2", "bic": "AAAABRSP"},
        "creditor": {"referenceId": "S-7", "name": "Credora Inventada & Cia"},
        "creditorAccount": {
            "iban": None,
            "accountNumber": "0001-2",
            "bic": "BBBBBRSP",
            "pixKey": "chave@example.com",
        },
        "remittances": [
            {"invoiceReferenceId": "INV-1", "amount": "5.00", "text": "a\nb"},
            {"invoiceReferenceId": "INV-2", "amount": None, "text": None},
            {"invoiceReferenceId": None, "amount": None, "text": "free text"},
        ],
        "endToEndId": "E-1",
        "messageId": "M-1",
        "paymentInformationId": "P-1",
    }
    assert (second["referenceId"], second["currency"], second["amount"]) == ("E-2", "EUR", "1.10")
    assert second["creditorAccount"]["iban"] == "DE89370400440532013000"
    assert second["remittances"] == []
    assert (second["debtorAccount"], third["debtorAccount"]["iban"]) == (first["debtorAccount"], None)
    assert (third["paymentInformationId"], third["method"], third["messageId"]) == ("P-2", "CHK", "M-1")


@pytest.mark.parametrize("version", ["pain.002.001.03", "pain.002.001.10"])
def test_transaction_statuses_become_payment_statuses(version):
    payload = read_xml_payload([PAIN_002.format(space=SPACE, version=version).encode()])
    assert (payload.message, payload.object_type) == (version, "PAYMENT_STATUS")
    first, second = payload.records
    assert first == {
        "referenceId": "I-1",
        "paymentRequestReferenceId": "I-1",
        "endToEndId": "E-1",
        "status": "RJCT",
        "reasonCode": "AC01",
        "reasonText": "Conta\nerrada",
        "statusAt": "2026-11-03T10:00:00-03:00",
        "amount": "10.00",
        "currency": "BRL",
        "reportedAt": "2026-11-03T10:00:00-03:00",
        "statusId": "S-1",
        "messageId": "R-1",
    }
    assert (second["paymentRequestReferenceId"], second["status"], second["amount"]) == ("E-2", "ACSC", None)
    assert second["statusAt"] == "2026-11-03T09:59:59-03:00"
    assert second["reportedAt"] == first["reportedAt"]


def test_a_status_report_of_the_oldest_version_has_its_transactions_one_level_higher():
    text = PAIN_002.format(space=SPACE, version="pain.002.001.02")
    text = text.replace("<OrgnlPmtInfAndSts><OrgnlPmtInfId>P-1</OrgnlPmtInfId>", "")
    statuses = read(text.replace("</OrgnlPmtInfAndSts>", ""))
    assert [(s["endToEndId"], s["messageId"]) for s in statuses] == [("E-1", "R-1"), ("E-2", "R-1")]


@pytest.mark.parametrize("version", ["camt.053.001.02", "camt.053.001.08", "camt.053.001.12"])
def test_statements_become_bank_statements_with_their_entries(version):
    payload = read_xml_payload([camt_053(version).encode()])
    assert (payload.message, payload.object_type) == (version, "BANK_STATEMENT")
    first, second = payload.records
    entries = first.pop("entries")
    assert first == {
        "referenceId": "ST-1",
        "createdDate": "2026-11-03T00:10:00-03:00",
        "accountIban": "BR1500000000000010932840814P2",
        "accountNumber": None,
        "currency": "BRL",
        "statementNumber": "42",
        "fromDate": "2026-11-02",
        "toDate": "2026-11-02",
        "openingBalance": "-100.10",
        "closingBalance": "200.20",
    }
    assert entries[0] == {
        "entryReference": "N-1",
        "bookingDate": "2026-11-02",
        "valueDate": "2026-11-03",
        "amount": "300.30",
        "currency": "BRL",
        "creditDebit": "CRDT",
        "status": "BOOK",
        "endToEndId": "E-9",
        "counterpartyName": "Parte Inventada",
        "counterpartyIban": "DE89370400440532013000",
        "remittanceText": "one\ntwo",
        "bankTransactionCode": "PMNT-RCDT-ESCT",
        "accountServicerReference": "BANK-1",
        "reversal": None,
        "charges": [{"Rcrd": {"Amt": {"@Ccy": "BRL", "#text": "1.50"}}}],
        "transactions": None,
    }
    assert (second["referenceId"], second["accountNumber"], second["entries"]) == ("ST-2", "0001-2", [])
    assert (second["openingBalance"], second["currency"]) == (None, None)


def test_the_local_instrument_is_the_method_where_one_is_named():
    one, two, three = read(
        pain_001()
        .replace("<CdtTrfTxInf><PmtId><EndToEndId>E-2", "<CdtTrfTxInf><PmtTpInf><LclInstrm><Cd>INST</Cd>"
                 "</LclInstrm></PmtTpInf><PmtId><EndToEndId>E-2")
        .replace("<PmtMtd>CHK</PmtMtd>", "<PmtMtd>TRF</PmtMtd><PmtTpInf><LclInstrm><Prtry>PIX</Prtry>"
                 "</LclInstrm></PmtTpInf>")
    )  # fmt: skip
    assert [one["method"], two["method"], three["method"]] == ["TRF", "INST", "PIX"]


def test_an_end_to_end_id_that_was_not_provided_is_none():
    missing = "<EndToEndId>NOTPROVIDED</EndToEndId>"
    request = read(pain_001().replace("<EndToEndId>E-1</EndToEndId>", missing))[0]
    assert (request["referenceId"], request["endToEndId"]) == ("I-1", None)
    assert (
        read(camt_053().replace("<EndToEndId>E-9</EndToEndId>", missing))[0]["entries"][0]["endToEndId"]
        is None
    )
    report = PAIN_002.format(space=SPACE, version="pain.002.001.10")
    status = read(report.replace("<OrgnlEndToEndId>E-1<", "<OrgnlEndToEndId>NOTPROVIDED<"))[0]
    assert status["endToEndId"] == "I-1"


def test_a_time_without_an_offset_is_utc():
    assert read(camt_053().replace("00:10:00-03:00", "00:10:00"))[0]["createdDate"] == "2026-11-03T00:10:00Z"


def test_a_reversal_keeps_its_direction_and_names_the_party_of_the_payment():
    entry = read(camt_053())[0]["entries"][1]
    assert (entry["creditDebit"], entry["reversal"], entry["amount"]) == ("CRDT", True, "5.00")
    assert entry["counterpartyName"] == "Parte Inventada"
    assert (entry["entryReference"], entry["bankTransactionCode"]) == (None, "909")


def test_a_batch_booking_is_one_entry_with_its_transactions():
    entry = read(camt_053())[0]["entries"][2]
    assert (entry["amount"], entry["endToEndId"], entry["remittanceText"]) == ("7.00", None, "batch")
    assert [(t["endToEndId"], t["amount"], t["counterpartyName"]) for t in entry["transactions"]] == [
        ("E-A", "3.00", "Parte Inventada"),
        ("E-B", "4.00", None),
    ]


@pytest.mark.parametrize(
    "document", [pain_001(), PAIN_002.format(space=SPACE, version="pain.002.001.10"), camt_053()]
)
@given(at=st.lists(st.integers(0, 10**6), max_size=8))
def test_any_split_gives_the_same_objects(document, at):
    content = document.encode()
    edges = [0, *sorted(position % (len(content) + 1) for position in at), len(content)]
    payload = read_xml_payload(content[a:b] for a, b in pairwise(edges))
    assert list(payload.records) == read(document)


def test_an_envelope_and_prefixes_make_no_difference():
    header = (
        '<AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><BizMsgIdr>1</BizMsgIdr></AppHdr>'
    )
    enveloped = f"<Envelope>{header}{camt_053()}</Envelope>"
    assert read(enveloped) == read(camt_053())
    prefixed = re.sub(r"<(/?)(\w)", r"<\1d:\2", camt_053()).replace(" xmlns=", " xmlns:d=")
    assert read(prefixed) == read(camt_053())


def test_a_list_of_objects_is_no_message():
    payload = read_xml_payload([b"<companies><comp", b"any><name>x</name></company></companies>"])
    assert (payload.message, payload.object_type) == (None, None)
    assert list(payload.records) == [{"name": "x"}]


def test_a_document_outside_iso_20022_is_a_list():
    assert read("<Document><a><b>1</b></a></Document>") == [{"b": "1"}]


def test_a_message_without_a_reader_is_named_at_once():
    with pytest.raises(UnknownMessage) as caught:
        read_xml_payload([f'<Document xmlns="{SPACE}camt.054.001.08"/>'.encode()])
    assert caught.value.message == "camt.054.001.08"


@pytest.mark.parametrize("version", ["pain.001.001.09", "pain.002.001.10", "camt.053.001.08"])
def test_a_message_without_transactions_is_refused_and_not_taken_for_empty(version):
    with pytest.raises(FormatError, match="no transaction"):
        read(f'<Document xmlns="{SPACE}{version}"><X><GrpHdr/></X></Document>')


def status_report(group="", payments=""):
    return (
        f'<Document xmlns="{SPACE}pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>M-9</MsgId>'
        "<CreDtTm>2026-11-02T09:00:00-03:00</CreDtTm></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId>{group}</OrgnlGrpInfAndSts>{payments}"
        "</CstmrPmtStsRpt></Document>"
    )


REASON = "<StsRsnInf><Rsn><Cd>AM04</Cd></Rsn><AddtlInf>no cover</AddtlInf></StsRsnInf>"
TRANSACTION = "<TxInfAndSts><OrgnlEndToEndId>E-1</OrgnlEndToEndId><TxSts>ACSC</TxSts></TxInfAndSts>"


def of_payments(inside):
    return f"<OrgnlPmtInfAndSts><OrgnlPmtInfId>P-1</OrgnlPmtInfId>{inside}</OrgnlPmtInfAndSts>"


def test_a_message_that_is_refused_as_a_whole_says_so_though_it_names_no_transaction():
    (found,) = read(status_report(f"<GrpSts>RJCT</GrpSts>{REASON}"))
    assert isinstance(found, GroupStatus)
    assert dict(found) == {
        "referenceId": "M-1",
        "status": "RJCT",
        "reasonCode": "AM04",
        "reasonText": "no cover",
        "statusAt": "2026-11-02T09:00:00-03:00",
        "reportedAt": "2026-11-02T09:00:00-03:00",
        "messageId": "M-9",
        "isAbout": "OrgnlMsgId",
    }


def test_a_whole_payment_information_has_a_status_of_its_own_where_none_of_its_transactions_has_one():
    group = "<GrpSts>PART</GrpSts>"
    with_its_own = of_payments(f"<PmtInfSts>ACCP</PmtInfSts>{TRANSACTION}")
    without = of_payments(f"<PmtInfSts>RJCT</PmtInfSts>{REASON}")
    first, second = read(status_report(group, with_its_own + without))
    assert (first["endToEndId"], isinstance(first, GroupStatus)) == ("E-1", False)
    assert (second["referenceId"], second["status"], second["isAbout"]) == ("P-1", "RJCT", "OrgnlPmtInfId")
    assert isinstance(second, GroupStatus)


def test_a_message_that_is_cut_off_is_refused():
    with pytest.raises(XmlRefused):
        read(camt_053()[:-20])


@pytest.mark.parametrize("content", [b"", b"<a", b"plain text", b"\xff\xfe"])
def test_what_is_no_xml_is_refused_when_it_is_read(content):
    with pytest.raises(XmlRefused):
        list(read_xml_payload([content]).records)


def test_a_message_with_a_dtd_is_refused():
    with pytest.raises(XmlRefused, match="DTD"):
        read("<!DOCTYPE Document [<!ENTITY x 'y'>]>" + camt_053())


PEAK = """
import resource, sys
from sources.kit.formats import read_xml_payload
head, _, rest = sys.stdin.read().partition("<CdtTrfTxInf>")
transfer, _, tail = rest.rpartition("</CdtTrfTxInf>")
def chunks():
    yield head.encode()
    for _ in range(int(sys.argv[1])):
        yield f"<CdtTrfTxInf>{transfer}</CdtTrfTxInf>".encode() * 10
    yield tail.encode()
count = sum(1 for _ in read_xml_payload(chunks()).records)
print(count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_holds_a_transfer_and_not_the_message():
    start, _, rest = pain_001().partition("<CdtTrfTxInf>")
    document = f"{start}<CdtTrfTxInf>{rest.partition('</CdtTrfTxInf>')[0]}</CdtTrfTxInf></PmtInf>"
    document += "</CstmrCdtTrfInitn></Document>"

    def run(count):
        command = [sys.executable, "-c", PEAK, str(count)]
        done = subprocess.run(command, input=document.encode(), capture_output=True, check=True)
        return [int(number) for number in done.stdout.split()]

    (few, small), (many, large) = run(60), run(960)
    assert (few, many) == (600, 9_600)
    assert large < 1.2 * small
