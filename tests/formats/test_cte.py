"""CT-e and CT-e OS, read from documents made here."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from cte_samples import CARRIED, EARLIER, KEY, cte, cte_proc, cte_simplified, party
from lxml import etree
from nfe_samples import access_key, nfe_proc

from sources.kit.formats import CTE_TABLES, FormatError, kind, read_cte, read_cte_events


def one(document, table="cte"):
    (record,) = read_cte(document.encode())
    (row,) = record[table]
    return row


def test_the_header_has_route_parties_values_taxes_and_the_protocol():
    row = one(cte_proc())
    expected = {
        "access_key": KEY,
        "model": "57",
        "document_type": "0",
        "cfop": "6353",
        "modal": "01",
        "origin__municipality_code": "4106902",
        "destination__municipality_code": "3509502",
        "issuer__tax_id": "11222333000181",
        "issuer__municipality_code": "3550308",
        "sender__name": "Remetente Imaginário",
        "recipient__tax_id": "52998224725",
        "total__service_value": Decimal("1000.00"),
        "icms_rate": Decimal("12.00"),
        "icms_value": Decimal("120.00"),
        "cargo__value": Decimal("25000.00"),
        "cargo__product": "PARAFUSOS",
        "road__carrier_registration": "12345678",
        "invoice__number": "F-9",
        "additional_info": "Entregar pela manhã",
        "protocol__number": "135260000000003",
        "issued_at_offset": "-03:00",
    }
    assert {name: row[name] for name in expected} == expected
    assert row["issued_at"].astimezone(UTC) == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)


def test_the_tax_reform_has_columns():
    row = one(cte_proc())
    assert (row["ibs_cbs_cst"], row["ibs_cbs_cclasstrib"]) == ("000", "000001")
    assert (row["ibs_uf_value"], row["ibs_mun_value"], row["cbs_value"]) == (
        Decimal("0.88"),
        Decimal("0.00"),
        Decimal("7.92"),
    )
    assert row["total__document_value"] == Decimal("1000.00")


def test_each_list_is_a_table_under_the_key_of_the_document():
    (record,) = read_cte(cte_proc().encode())
    assert [(r["name"], r["value"]) for r in record["cte__components"]] == [
        ("FRETE PESO", Decimal("900.00")),
        ("PEDAGIO", Decimal("100.00")),
    ]
    assert [str(r["quantity"]) for r in record["cte__quantities"]] == ["1234.5678", "40.0000"]
    nfe, other = record["cte__documents"]
    assert (nfe["access_key"], nfe["model"], nfe["expected_delivery_date"]) == (
        CARRIED,
        "55",
        date(2026, 12, 1),
    )
    assert (other["type_code"], other["number"], other["value"]) == ("99", "R-1", Decimal("5.00"))
    assert [r["access_key"] for r in record["cte__previous_documents"]] == [EARLIER]
    assert [r["due_date"] for r in record["cte__installments"]] == [date(2026, 12, 15)]
    for rows in list(record.values())[1:]:
        assert [(r["cte_access_key"], r["position"]) for r in rows] == [(KEY, i) for i in range(len(rows))]


def test_a_taker_that_is_one_of_the_parties_has_their_columns():
    row = one(cte())
    assert (row["taker__role"], row["taker__name"]) == ("3", "Destinatário Imaginário")
    assert (row["taker__tax_id"], row["taker__municipality"]) == ("52998224725", "Cidade Destinatário")
    sender = one(cte(taker="<toma3><toma>0</toma></toma3>"))
    assert sender["taker__name"] == "Remetente Imaginário"


def test_another_taker_has_his_own():
    inner = party("x", "enderToma", "Tomador").removeprefix("<x>").removesuffix("</x>")
    row = one(cte(taker=f"<toma4><toma>4</toma>{inner}</toma4>"))
    assert (row["taker__role"], row["taker__name"]) == ("4", "Tomador Imaginário")


def test_a_taker_without_a_party_stays_empty():
    row = one(cte(taker="<toma3><toma>1</toma></toma3>"))
    assert (row["taker__role"], row["taker__name"]) == ("1", None)


def test_a_cte_os_is_read_with_its_taker_and_federal_taxes():
    key = access_key(5, model="67")
    body = "<infCTeNorm><infServico><xDescServ>Fretamento</xDescServ></infServico></infCTeNorm>"
    taxes = "<infTribFed><vPIS>6.50</vPIS><vINSS>110.00</vINSS></infTribFed>"
    parties = party("toma", "enderToma", "Tomador")
    document = cte_proc("cteOSProc", root="CTeOS", key=key, body=body, taxes=taxes, taker="", parties=parties)
    assert kind(document.encode()) == "cte"
    row = one(document)
    assert (row["access_key"], row["model"], row["taker__name"]) == (key, "67", "Tomador Imaginário")
    assert (row["federal__pis_value"], row["federal__inss_value"]) == (Decimal("6.50"), Decimal("110.00"))
    assert row["service__description"] == "Fretamento"


def test_a_simplified_cte_has_a_row_for_each_delivery_and_its_lists_name_theirs():
    (record,) = read_cte(cte_simplified().encode())
    assert [
        (r["number"], r["origin__municipality"], r["destination__municipality_code"], r["service_value"])
        for r in record["cte__deliveries"]
    ] == [(1, "Curitiba", "3509502", Decimal("600.00")), (2, "Curitiba", "3550308", Decimal("400.00"))]
    assert [r["receivable_value"] for r in record["cte__deliveries"]] == [
        Decimal("590.00"),
        Decimal("400.00"),
    ]
    assert [(r["delivery_number"], r["name"], r["value"]) for r in record["cte__components"]] == [
        (1, "FRETE PESO", Decimal("500.00")),
        (1, "PEDAGIO", Decimal("100.00")),
        (2, "FRETE VALOR", Decimal("400.00")),
    ]
    assert [(r["delivery_number"], r["access_key"], r["model"]) for r in record["cte__documents"]] == [
        (1, CARRIED, "55"),
        (2, access_key(12), "55"),
    ]
    (earlier,) = record["cte__previous_documents"]
    assert (earlier["delivery_number"], earlier["access_key"], earlier["provision_type"]) == (2, EARLIER, "2")
    for rows in list(record.values())[1:]:
        assert [(r["cte_access_key"], r["position"]) for r in rows] == [(KEY, i) for i in range(len(rows))]


def test_a_simplified_cte_has_its_cargo_bill_and_totals_in_the_columns_of_any_other():
    (record,) = read_cte(cte_simplified().encode())
    (row,) = record["cte"]
    assert (row["document_type"], row["taker__role"], row["taker_taxpayer_type"]) == ("5", "4", "1")
    assert (row["cargo__value"], row["invoice__number"], row["road__carrier_registration"]) == (
        Decimal("25000.00"),
        "F-9",
        "12345678",
    )
    assert (row["substituted_access_key"], row["taker__suframa_registration"]) == (EARLIER, "12345")
    totals = ("total__service_value", "total__receivable_value", "total__document_value")
    assert [str(row[name]) for name in totals] == ["1000.00", "990.00", "1008.80"]
    assert [str(r["quantity"]) for r in record["cte__quantities"]] == ["1234.5678"]
    assert [str(r["value"]) for r in record["cte__installments"]] == ["990.00"]
    assert all(row["_extra"] is None for rows in record.values() for row in rows), "everything has a column"


def test_a_cte_that_is_not_simplified_has_no_deliveries_and_its_lists_name_none():
    (record,) = read_cte(cte_proc().encode())
    assert record["cte__deliveries"] == []
    lists = ("cte__components", "cte__documents", "cte__previous_documents")
    assert {row["delivery_number"] for name in lists for row in record[name]} == {None}


@pytest.mark.parametrize("number", ["one", ""])
def test_a_delivery_whose_number_is_none_refuses_the_document(number):
    with pytest.raises(FormatError, match="number"):
        read_cte(cte_simplified().replace('nItem="2"', f'nItem="{number}"').encode())


def test_a_complement_names_what_it_completes():
    (record,) = read_cte(cte(body=f"<infCteComp><chCTe>{EARLIER}</chCTe></infCteComp>").encode())
    assert [r["access_key"] for r in record["cte__complements"]] == [EARLIER]


@pytest.mark.parametrize(
    ("group", "column", "value"),
    [
        ("<ICMSSN><CST>90</CST><indSN>1</indSN></ICMSSN>", "icms_is_simples", True),
        ("<ICMS60><CST>60</CST><vICMSSTRet>2.00</vICMSSTRet></ICMS60>", "icms_st_withheld_value", Decimal("2.00")),
        (
            "<ICMSOutraUF><CST>90</CST><vICMSOutraUF>3.00</vICMSOutraUF></ICMSOutraUF>",
            "icms_value",
            Decimal("3.00"),
        ),
    ],
)  # fmt: skip
def test_every_group_of_icms_fills_the_same_columns(group, column, value):
    assert one(cte(icms=group))[column] == value


def test_numbers_keep_every_digit():
    assert str(one(cte(total="12345678901234567.89"))["total__service_value"]) == "12345678901234567.89"


def test_no_text_of_a_document_is_lost_between_the_columns_and_the_rest():
    document = cte_proc().replace("</infCte>", "<novo><campo>só aqui</campo></novo></infCte>")
    (record,) = read_cte(document.encode())
    kept = json.dumps(record, default=str, ensure_ascii=False).replace(" 22:", "T22:")
    for text in etree.fromstring(document.encode()).itertext():
        assert text.strip() in kept


def test_nor_of_a_simplified_one():
    (record,) = read_cte(cte_simplified().encode())
    kept = json.dumps(record, default=str, ensure_ascii=False).replace(" 22:", "T22:")
    for text in etree.fromstring(cte_simplified().encode()).itertext():
        assert text.strip() in kept


def test_a_batch_gives_each_of_its_documents():
    other = access_key(11, model="57")
    batch = f'<enviCTe xmlns="http://www.portalfiscal.inf.br/cte">{cte()}{cte(key=other)}</enviCTe>'
    assert [record["cte"][0]["access_key"] for record in read_cte(batch.encode())] == [KEY, other]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (cte(key=KEY[:43] + str((int(KEY[43]) + 1) % 10)), "check digit"),
        (cte_proc(protocol_key=EARLIER), "another document's"),
        (cte(total="1,00"), "total__service_value"),
        (nfe_proc(), "root element"),
    ],
)
def test_a_document_that_cannot_be_trusted_is_refused(document, reason):
    with pytest.raises(FormatError, match=reason):
        read_cte(document.encode())


EVENT = f"""<procEventoCTe xmlns="http://www.portalfiscal.inf.br/cte" versao="4.00"><eventoCTe versao="4.00">
<infEvento Id="ID110111{KEY}001"><cOrgao>35</cOrgao><tpAmb>2</tpAmb><CNPJ>11222333000181</CNPJ><chCTe>{KEY}</chCTe>
<dhEvento>2026-11-03T09:00:00-03:00</dhEvento><tpEvento>110111</tpEvento><nSeqEvento>1</nSeqEvento>
<detEvento versaoEvento="4.00"><evCancCTe><descEvento>Cancelamento</descEvento><nProt>135260000000003</nProt>
<xJust>Viagem inventada por engano</xJust></evCancCTe></detEvento></infEvento></eventoCTe><retEventoCTe versao="4.00">
<infEvento><tpAmb>2</tpAmb><cStat>135</cStat><chCTe>{KEY}</chCTe><dhRegEvento>2026-11-03T09:00:01-03:00</dhRegEvento>
<nProt>135260000000004</nProt></infEvento></retEventoCTe></procEventoCTe>"""


def test_a_cancellation_of_a_cte_is_read():
    assert kind(EVENT.encode()) == "cte_event"
    (record,) = read_cte_events(EVENT.encode())
    (row,) = record["cte_events"]
    assert (row["access_key"], row["event_type"], row["sequence"]) == (KEY, "110111", 1)
    assert (row["justification"], row["document_protocol"]) == (
        "Viagem inventada por engano",
        "135260000000003",
    )
    assert (row["is_registered"], row["is_cancellation"], row["_extra"]) == (True, True, None)
    assert row["registered_at_offset"] == "-03:00"


def test_what_a_correction_letter_of_a_cte_changes_is_kept():
    change = (
        "<infCorrecao><grupoAlterado>ide</grupoAlterado><valorAlterado>novo</valorAlterado></infCorrecao>"
    )
    letter = EVENT.replace("<nProt>135260000000003</nProt>", change).replace("evCancCTe", "evCCeCTe")
    (record,) = read_cte_events(letter.replace("110111", "110110").encode())
    (row,) = record["cte_events"]
    assert row["is_cancellation"] is False
    assert "valorAlterado" in row["_extra"]


def test_every_row_has_the_columns_that_its_table_declares_with_their_types():
    types = {"text": str, "decimal": Decimal, "timestamp": datetime, "date": date, "int": int, "bool": bool}
    (record,) = read_cte(cte_proc().encode())
    assert list(record) == list(CTE_TABLES)
    for table, rows in record.items():
        names = [field.name for field in CTE_TABLES[table]]
        assert len(names) == len(set(names))
        for row in rows:
            assert list(row) == names
            for field in CTE_TABLES[table]:
                assert row[field.name] is None or type(row[field.name]) is types[field.type], field


def test_personal_columns_are_marked():
    personal = {field.name for field in CTE_TABLES["cte"] if field.personal}
    assert {"taker__tax_id", "sender__name", "recipient__street", "additional_info", "_extra"} <= personal
    assert not {"total__service_value", "origin__municipality_code", "access_key"} & personal
