"""NF-e and its events, read from documents made here."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from nfe_samples import IBS_CBS, NAMESPACE, access_key, nfe, nfe_proc

from sources.kit.formats import EVENT_TABLES, NFE_TABLES, FormatError, read_nfe, read_nfe_events

KEY = access_key()


def one(document, table="nfe"):
    (record,) = read_nfe(document.encode())
    (row,) = record[table]
    return row


def test_the_header_has_the_parties_the_totals_and_the_protocol():
    row = one(nfe_proc())
    expected = {
        "access_key": KEY,
        "layout_version": "4.00",
        "model": "55",
        "series": "1",
        "number": "1",
        "operation_nature": "Venda de mercadoria inventada",
        "operation_type": "1",
        "destination": "1",
        "municipality_code": "3550308",
        "environment": "2",
        "is_final_consumer": False,
        "issuer__tax_id": "11222333000181",
        "issuer__name": "Fábrica Fictícia de Porcas S.A.",
        "issuer__state_registration": "111111111111",
        "issuer__municipality": "São Paulo",
        "issuer__state": "SP",
        "recipient__tax_id": "52998224725",
        "recipient__email": "ninguem@example.com",
        "carrier__name": "Transportes de Mentira",
        "total__icms_value": Decimal("1.80"),
        "total__invoice_value": Decimal("10.01"),
        "withheld__pis_value": Decimal("0.65"),
        "withheld__irrf_value": Decimal("1.50"),
        "withheld__csll_value": None,
        "invoice__number": "F1",
        "invoice__net_value": Decimal("10.01"),
        "additional_info": "Pedido PO-77",
        "protocol__number": "135260000000001",
        "protocol__status_code": "100",
        "protocol__digest": "AAAA=",
    }
    assert {name: row[name] for name in expected} == expected


def test_timestamps_are_moments_and_keep_the_offset_they_were_written_with():
    row = one(nfe_proc(issued_at="2026-11-02T22:30:00-03:00"))
    assert row["issued_at"].astimezone(UTC) == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    assert (row["issued_at_offset"], row["protocol__received_at_offset"]) == ("-03:00", "-03:00")
    assert one(nfe(issued_at="2026-11-02T22:30:00Z"))["issued_at_offset"] == "+00:00"
    assert (row["moved_at"], row["moved_at_offset"]) == (None, None)


def test_items_come_in_order_under_the_key_of_their_invoice():
    (record,) = read_nfe(nfe_proc(items=3).encode())
    rows = record["nfe__items"]
    assert [(r["nfe_access_key"], r["position"], r["item_number"]) for r in rows] == [
        (KEY, 0, 1),
        (KEY, 1, 2),
        (KEY, 2, 3),
    ]
    first = rows[0]
    assert (first["purchase_order"], first["purchase_order_item"]) == ("PO-77", "1")
    assert (first["ncm"], first["cfop"], first["is_in_total"]) == ("73181500", "5102", True)
    assert (first["icms_cst"], first["icms_rate"]) == ("00", Decimal("18.0000"))
    assert first["icms_base"] == first["gross_value"] == first["ipi_base"] == first["pis_base"]
    assert (first["ipi_cst"], first["ipi_value"]) == ("50", Decimal("0.50"))
    assert (first["cofins_rate"], first["total_taxes"]) == (Decimal("7.6000"), Decimal("1.23"))


def test_numbers_keep_every_digit():
    row = one(nfe_proc(total="12345678901234567.89"))
    assert str(row["total__invoice_value"]) == "12345678901234567.89"
    assert str(one(nfe_proc(items=1), "nfe__items")["unit_value"]) == "0.1234567891"


def test_payments_and_installments_are_lists_of_their_own():
    (record,) = read_nfe(nfe_proc().encode())
    (payment,) = record["nfe__payments"]
    assert (payment["method"], payment["term"], payment["value"]) == ("15", "1", Decimal("10.01"))
    assert [(r["position"], r["number"], r["due_date"], r["value"]) for r in record["nfe__installments"]] == [
        (0, "001", date(2026, 12, 1), Decimal("5.00")),
        (1, "002", date(2027, 1, 1), Decimal("5.01")),
    ]


def test_references_hold_keys_and_paper_invoices():
    other = access_key(2)
    references = (
        f"<NFref><refNFe>{other}</refNFe></NFref><NFref><refNF><cUF>35</cUF><AAMM>2601</AAMM>"
        "<CNPJ>11222333000181</CNPJ><mod>01</mod><serie>0</serie><nNF>9</nNF></refNF></NFref>"
    )
    (record,) = read_nfe(nfe(references=references).encode())
    first, second = record["nfe__references"]
    assert (first["referenced_access_key"], first["nfe_access_key"], first["position"]) == (other, KEY, 0)
    assert (second["issuer_tax_id"], second["issue_month"], second["number"]) == (
        "11222333000181",
        "2601",
        "9",
    )


def test_the_tax_reform_has_columns_in_items_and_totals():
    totals = (
        "<ISTot><vIS>0.10</vIS></ISTot><IBSCBSTot><vBCIBSCBS>10.00</vBCIBSCBS><gIBS><gIBSUF><vDif>0.01</vDif>"
        "<vDevTrib>0.00</vDevTrib><vIBSUF>0.04</vIBSUF></gIBSUF><vIBS>0.04</vIBS></gIBS>"
        "<gCBS><vCBS>0.09</vCBS></gCBS></IBSCBSTot><vNFTot>10.24</vNFTot>"
    )
    (record,) = read_nfe(nfe(items=1, taxes=IBS_CBS, totals=totals).encode())
    (header,), (item,) = record["nfe"], record["nfe__items"]
    assert (header["total__is_value"], header["total__ibs_cbs_base"]) == (Decimal("0.10"), Decimal("10.00"))
    assert (header["total__ibs_state_value"], header["total__cbs_value"]) == (
        Decimal("0.04"),
        Decimal("0.09"),
    )
    assert header["total__with_reform_taxes_value"] == Decimal("10.24")
    assert (item["ibs_cbs_cst"], item["ibs_cbs_cclasstrib"]) == ("000", "000001")
    assert (item["ibs_uf_rate"], item["ibs_uf_deferral_rate"]) == (Decimal("0.1000"), Decimal("10.0000"))
    assert (item["ibs_uf_reduction_rate"], item["ibs_uf_effective_rate"]) == (
        Decimal("60.0000"),
        Decimal("0.0400"),
    )
    assert (item["ibs_uf_value"], item["ibs_mun_value"]) == (Decimal("0.04"), Decimal("0.00"))
    assert (item["cbs_rate"], item["cbs_value"]) == (Decimal("0.9000"), Decimal("0.09"))
    assert (item["is_cst"], item["is_value"], item["_extra"]) == ("000", Decimal("0.10"), None)


@pytest.mark.parametrize(
    ("group", "column", "value"),
    [
        ("<ICMSSN102><orig>0</orig><CSOSN>102</CSOSN></ICMSSN102>", "icms_csosn", "102"),
        ("<ICMS60><orig>0</orig><CST>60</CST><vICMSSTRet>2.00</vICMSSTRet></ICMS60>",
         "icms_st_withheld_value", Decimal("2.00")),
        ("<ICMS10><orig>0</orig><CST>10</CST><vBCST>3.00</vBCST><pFCPST>2.00</pFCPST></ICMS10>",
         "icms_fcp_st_rate", Decimal("2.00")),
        ("<ICMS99><CST>99</CST></ICMS99>", "icms_cst", "99"),
    ],
)  # fmt: skip
def test_every_group_of_icms_fills_the_same_columns(group, column, value):
    assert one(nfe(items=1, icms=group), "nfe__items")[column] == value


def test_what_no_column_names_is_kept_by_path():
    document = nfe_proc(items=1).replace("<indTot>", '<novo unit="kg">7</novo><indTot>')
    document = document.replace("</infNFe>", "<grupo><a>1</a><a>2</a><b/></grupo><grupo>x</grupo></infNFe>")
    (record,) = read_nfe(document.encode())
    assert json.loads(record["nfe"][0]["_extra"]) == {
        "transp/vol": {"qVol": "3", "esp": "CAIXA"},
        "grupo": [{"a": ["1", "2"], "b": None}, "x"],
    }
    assert json.loads(record["nfe__items"][0]["_extra"]) == {"prod/novo": {"@unit": "kg", "#text": "7"}}


def test_nothing_of_a_document_is_lost_between_the_columns_and_the_rest():
    document = nfe_proc(items=1, taxes=IBS_CBS).replace("imaginário", "único-1").replace("1.0000", "77.0077")
    (record,) = read_nfe(document.encode())
    kept = json.dumps(record, default=str, ensure_ascii=False)
    for marker in ("único-1", "77.0077", "CAIXA", "SEM GTIN", "Av. Ausente", "13000000", "SP_NFE"):
        assert marker in kept


def test_a_second_value_for_a_column_is_kept_too():
    row = one(nfe().replace("<infCpl>", "<infCpl>first</infCpl><infCpl>"))
    assert row["additional_info"] == "first"
    assert json.loads(row["_extra"])["infAdic/infCpl"] == "Pedido PO-77"


def test_an_element_that_holds_blanks_only_has_no_value():
    row = one(nfe().replace("Pedido PO-77", " \n ").replace("<vNF>10.01</vNF>", "<vNF> </vNF>"))
    assert (row["additional_info"], row["total__invoice_value"]) == (None, None)


def test_an_attribute_that_the_layout_does_not_have_is_kept():
    row = one(nfe().replace("<natOp>", '<natOp lang="pt">').replace("<ide>", '<ide a="1">'))
    assert row["operation_nature"] == "Venda de mercadoria inventada"
    assert {"ide/natOp/@lang": "pt", "ide/@a": "1"}.items() <= json.loads(row["_extra"]).items()


def test_a_value_with_elements_inside_is_kept_whole():
    row = one(nfe().replace("<natOp>Venda de mercadoria inventada</natOp>", "<natOp><x>1</x></natOp>"))
    assert row["operation_nature"] is None
    assert json.loads(row["_extra"])["ide/natOp"] == {"x": "1"}


def test_the_signature_is_left_out():
    signed = nfe().replace(
        "</NFe>", '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><SignatureValue/></Signature></NFe>'
    )
    assert "Signature" not in one(signed)["_extra"]


def test_an_invoice_of_model_65_is_read_as_it_comes():
    assert one(nfe_proc(model="65"))["model"] == "65"


def test_a_cnpj_with_letters_is_read():
    row = one(nfe_proc(cnpj="12ABC34501DE35"))
    assert (row["issuer__tax_id"], row["access_key"][6:20]) == ("12ABC34501DE35", "12ABC34501DE35")


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: text,
        lambda text: text.replace(f' xmlns="{NAMESPACE}"', ""),
        lambda text: text.replace(f'<nfeProc xmlns="{NAMESPACE}"', "<nfeProc"),
        lambda text: f'<?xml version="1.0"?>\n<!-- note -->\n{text}',
        lambda text: text.replace("><", ">\n  <"),
    ],
)
def test_namespaces_comments_and_blanks_do_not_matter(rewrite):
    assert one(rewrite(nfe_proc()))["total__invoice_value"] == Decimal("10.01")


def test_prefixed_elements_are_read():
    text = nfe().replace(f' xmlns="{NAMESPACE}"', "").replace("</", "</n:")
    prefixed = "".join(f"<n:{part}" if i and part[0] != "/" else ("<" * bool(i)) + part for i, part in
                       enumerate(text.split("<")))  # fmt: skip
    prefixed = prefixed.replace("<n:NFe>", f'<n:NFe xmlns:n="{NAMESPACE}">')
    assert one(prefixed)["number"] == "1"


def test_latin_1_is_read():
    content = f'<?xml version="1.0" encoding="ISO-8859-1"?>{nfe_proc()}'.encode("iso-8859-1")
    assert read_nfe(content)[0]["nfe"][0]["issuer__municipality"] == "São Paulo"


def test_a_bare_invoice_has_no_protocol():
    row = one(nfe())
    assert (row["access_key"], row["protocol__number"]) == (KEY, None)


def test_a_batch_gives_each_of_its_invoices():
    batch = f'<enviNFe xmlns="{NAMESPACE}" versao="4.00"><idLote>1</idLote>{nfe(1)}{nfe(2)}</enviNFe>'
    assert [r["nfe"][0]["number"] for r in read_nfe(batch.encode())] == ["1", "2"]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (lambda text: text.replace(f"NFe{KEY}", f"NFe{KEY[:43]}{(int(KEY[43]) + 1) % 10}"), "access key"),
        (lambda text: text.replace(f' Id="NFe{KEY}"', ""), "access key"),
        (lambda text: text.replace(f"<chNFe>{KEY}", f"<chNFe>{access_key(2)}"), "protocol"),
        (lambda text: text.replace("<vNF>10.01", "<vNF>10,01"), "total/ICMSTot/vNF"),
        (lambda text: text.replace("<vNF>10.01", "<vNF>NaN"), "total__invoice_value"),
        (lambda text: text.replace("<vNF>10.01", "<vNF>1_0"), "total__invoice_value"),
        (lambda text: text.replace("10:00:00-03:00", "10:00:00"), "issued_at"),
        (lambda text: text.replace("2026-11-02T10:00:00", "2026-13-02T10:00:00"), "issued_at"),
        (lambda text: text.replace("<dVenc>2026-12-01", "<dVenc>01/12/2026"), "due_date"),
        (lambda text: text.replace("<indFinal>0", "<indFinal>2"), "is_final_consumer"),
        (lambda text: text.replace('nItem="1"', 'nItem="one"'), "item_number"),
        (lambda text: text.replace("nfeProc", "other"), "root element"),
    ],
)
def test_a_damaged_invoice_is_refused_and_the_place_named(damage, reason):
    damaged = damage(nfe_proc())
    assert damaged != nfe_proc()
    with pytest.raises(FormatError, match=reason) as caught:
        read_nfe(damaged.encode())
    assert "\n" not in str(caught.value)


EVENT = f"""<procEventoNFe xmlns="{NAMESPACE}" versao="1.00"><evento versao="1.00">
<infEvento Id="ID110111{KEY}01"><cOrgao>35</cOrgao><tpAmb>2</tpAmb><CNPJ>11222333000181</CNPJ>
<chNFe>{KEY}</chNFe><dhEvento>2026-11-03T09:00:00-03:00</dhEvento><tpEvento>110111</tpEvento><nSeqEvento>1</nSeqEvento>
<verEvento>1.00</verEvento><detEvento versao="1.00"><descEvento>Cancelamento</descEvento>
<nProt>135260000000001</nProt><xJust>Pedido inventado por engano</xJust></detEvento></infEvento></evento>
<retEvento versao="1.00"><infEvento><tpAmb>2</tpAmb><cStat>135</cStat><xMotivo>Evento registrado</xMotivo>
<chNFe>{KEY}</chNFe><dhRegEvento>2026-11-03T09:00:01-03:00</dhRegEvento><nProt>135260000000002</nProt></infEvento>
</retEvento></procEventoNFe>"""


def test_a_cancellation_is_read():
    (record,) = read_nfe_events(EVENT.encode())
    (row,) = record["nfe_events"]
    assert (row["access_key"], row["event_type"], row["sequence"]) == (KEY, "110111", 1)
    assert (row["justification"], row["document_protocol"]) == (
        "Pedido inventado por engano",
        "135260000000001",
    )
    assert (row["protocol"], row["status_code"]) == ("135260000000002", "135")
    assert row["occurred_at"].astimezone(UTC) == datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert row["occurred_at_offset"] == "-03:00"
    assert (row["is_registered"], row["is_cancellation"], row["_extra"]) == (True, True, None)


def test_a_correction_letter_without_its_answer_is_read():
    bare = EVENT.partition("<evento")[2].partition("<retEvento")[0]
    bare = f'<evento xmlns="{NAMESPACE}"{bare}'.replace("110111", "110110")
    bare = bare.replace("xJust", "xCorrecao").replace("Cancelamento", "Carta de Correção")
    (record,) = read_nfe_events(bare.encode())
    (row,) = record["nfe_events"]
    assert (row["event_type"], row["correction"]) == ("110110", "Pedido inventado por engano")
    assert row["protocol"] is None


def test_an_event_that_was_not_accepted_is_told_from_one_that_counts():
    (record,) = read_nfe_events(EVENT.replace("<cStat>135", "<cStat>573").encode())
    assert record["nfe_events"][0]["is_registered"] is False
    bare = f'<evento xmlns="{NAMESPACE}"' + EVENT.partition("<evento")[2].partition("<retEvento")[0]
    (record,) = read_nfe_events(bare.encode())
    assert (record["nfe_events"][0]["is_registered"], record["nfe_events"][0]["is_cancellation"]) == (
        None,
        True,
    )


def test_a_manifestation_of_the_recipient_is_read():
    manifested = EVENT.replace("110111", "210240").replace("Cancelamento", "Operacao nao Realizada")
    (record,) = read_nfe_events(manifested.encode())
    (row,) = record["nfe_events"]
    assert (row["event_type"], row["is_cancellation"]) == ("210240", False)
    assert row["justification"] == "Pedido inventado por engano"


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (("<nSeqEvento>1</nSeqEvento>", ""), "no type or no sequence"),
        (
            (f"<chNFe>{KEY}</chNFe><dhRegEvento>", f"<chNFe>{access_key(2)}</chNFe><dhRegEvento>"),
            "another document's",
        ),
    ],
)
def test_an_event_without_a_key_of_its_own_is_refused(damage, reason):
    with pytest.raises(FormatError, match=reason):
        read_nfe_events(EVENT.replace(*damage).encode())


@pytest.mark.parametrize(
    ("status", "situation"), [("100", "authorised"), ("101", "cancelled"), ("302", "denied"), ("999", None)]
)
def test_the_protocol_says_what_became_of_the_invoice(status, situation):
    assert one(nfe_proc().replace("<cStat>100", f"<cStat>{status}"))["situation"] == situation
    assert one(nfe())["situation"] is None


def test_an_event_for_a_wrong_key_is_refused():
    with pytest.raises(FormatError, match="access key"):
        read_nfe_events(EVENT.replace(KEY, KEY[:43] + str((int(KEY[43]) + 1) % 10)).encode())


def test_an_invoice_is_no_event():
    with pytest.raises(FormatError, match="root element"):
        read_nfe_events(nfe_proc().encode())


def test_every_row_has_the_columns_that_its_table_declares_in_order():
    rows = {**read_nfe(nfe_proc().encode())[0], **read_nfe_events(EVENT.encode())[0]}
    for table, fields in (NFE_TABLES | {"nfe_events": EVENT_TABLES["nfe_events"]}).items():
        for row in rows[table]:
            assert list(row) == [field.name for field in fields]


def test_the_declaration_names_each_column_once_with_a_meaning():
    for table, fields in (NFE_TABLES | EVENT_TABLES).items():
        names = [field.name for field in fields]
        assert len(names) == len(set(names)), table
        for field in fields:
            assert field.description, field
            assert field.name == field.name.lower()


def test_values_have_the_declared_types():
    types = {"text": str, "decimal": Decimal, "timestamp": datetime, "date": date, "int": int, "bool": bool}
    record = read_nfe(nfe_proc(taxes=IBS_CBS).encode())[0]
    for table, rows in record.items():
        for row in rows:
            for field in NFE_TABLES[table]:
                assert row[field.name] is None or type(row[field.name]) is types[field.type], field


def test_personal_columns_are_marked():
    personal = {field.name for field in NFE_TABLES["nfe"] if field.personal}
    assert {
        "recipient__tax_id",
        "recipient__name",
        "recipient__email",
        "recipient__street",
        "_extra",
    } <= personal
    assert "total__invoice_value" not in personal
