"""NFS-e in the national layout and in ABRASF, read from documents made here."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree
from nfse_samples import CANCELLATION, KEY_50, REFORM, SUBSTITUTION, abrasf, national, service

from sources.kit.formats import NFSE_TABLES, FormatError, kind, read_nfse


def one(document, table="nfse"):
    (record,) = read_nfse(document.encode())
    (row,) = record[table]
    return row


def taxes(document):
    (record,) = read_nfse(document.encode())
    return {row["tribute"]: row for row in record["nfse__taxes"]}


def test_both_layouts_fill_the_same_columns():
    shared = {
        "number": "123",
        "municipality_code": "3550308",
        "issued_on": date(2026, 11, 2),
        "competence_date": date(2026, 11, 1),
        "issuer__tax_id": "11222333000181",
        "provider__tax_id": "11222333000181",
        "provider__municipal_registration": "152",
        "provider__street": "Rua Inventada",
        "customer__tax_id": "52998224725",
        "customer__name": "Cliente Imaginário",
        "customer__email": "ninguem@example.com",
        "service_municipality_code": "3509502",
        "service_value": Decimal("1000.00"),
        "iss_base": Decimal("1000.00"),
        "iss_value": Decimal("50.00"),
        "pis_value": Decimal("6.50"),
        "cofins_value": Decimal("30.00"),
        "irrf_value": Decimal("15.00"),
        "csll_value": Decimal("10.00"),
    }
    for document, layout in ((national(), "national"), (abrasf(), "abrasf")):
        row = one(document)
        assert {name: row[name] for name in shared} == shared
        assert row["layout"] == layout


def test_each_layout_has_what_is_its_own():
    row = one(national())
    assert (row["access_key"], row["service_code"], row["nbs_code"]) == (KEY_50, "010101", "115022000")
    assert (row["iss_municipality_code"], row["total_withheld_value"]) == ("3509502", Decimal("111.50"))
    assert (row["declaration__series"], row["declaration__number"]) == ("00007", "9")
    row = one(abrasf())
    assert (row["verification_code"], row["service_code"]) == ("AB12-CD34", "01.01")
    assert (row["net_value"], row["inss_value"]) == (Decimal("828.50"), Decimal("110.00"))
    assert (row["access_key"], row["iss_municipality_code"], row["activity_code"]) == (
        None,
        "3550308",
        "6201501",
    )


def test_a_time_with_an_offset_is_a_moment_and_one_without_stays_what_was_written():
    row = one(national())
    assert row["issued_at"].astimezone(UTC) == datetime(2026, 11, 3, 1, 30, tzinfo=UTC)
    assert (row["issued_at_offset"], row["issued_at_local"]) == ("-03:00", "2026-11-02T22:30:00-03:00")
    row = one(abrasf())
    assert (row["issued_at"], row["issued_at_offset"]) == (None, None)
    assert (row["issued_at_local"], row["issued_on"]) == ("2026-11-02T22:30:00", date(2026, 11, 2))
    assert one(abrasf(issued="2026-11-02T22:30:00-04:00"))["issued_at_offset"] == "-04:00"


def test_a_note_is_one_by_its_issuer_its_municipality_and_its_number():
    first = one(abrasf())["id"]
    assert one(national())["id"] == first, "the layout is not part of the key"
    assert one(abrasf(number="000123"))["id"] == first
    punctuated = "<CpfCnpj><Cnpj>11.222.333/0001-81</Cnpj></CpfCnpj>"
    assert one(abrasf(provider=punctuated))["id"] == first
    others = {
        one(abrasf(number="124"))["id"],
        one(abrasf(city="<OrgaoGerador><CodigoMunicipio>3509502</CodigoMunicipio></OrgaoGerador>"))["id"],
        one(abrasf(provider="<CpfCnpj><Cpf>52998224725</Cpf></CpfCnpj>"))["id"],
    }
    assert first not in others
    assert len(others) == 3


def test_the_key_shows_nobodys_tax_id():
    assert "52998224725" not in one(abrasf(provider="<CpfCnpj><Cpf>52998224725</Cpf></CpfCnpj>"))["id"]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (abrasf(number=""), "no number or no issuer"),
        (abrasf(number="0"), "no number or no issuer"),
        (abrasf(provider=""), "no number or no issuer"),
        (national(emitter=""), "no number or no issuer"),
        (national(rate="5,00"), "iss_rate"),
        (national(issued="ontem"), "time of issue"),
        (abrasf(issued="2026-13-45T00:00:00"), "day of issue"),
        ("<order><id>1</id></order>", "holds no note"),
    ],
)
def test_a_note_that_cannot_be_trusted_is_refused(document, reason):
    if "emit>" in document and "no issuer" in reason:
        document = document.replace("<prest><CNPJ>11222333000181</CNPJ>", "<prest>")
    with pytest.raises(FormatError, match=reason):
        read_nfse(document.encode())


def test_several_services_are_rows_and_the_note_sums_them_up():
    services = service("600.10", text="Um") + service("399.90", code="01.02", text="Dois")
    (record,) = read_nfse(abrasf(services=services).encode())
    (header,) = record["nfse"]
    rows = record["nfse__services"]
    assert [(r["position"], r["description"], r["service_value"]) for r in rows] == [
        (0, "Um", Decimal("600.10")),
        (1, "Dois", Decimal("399.90")),
    ]
    assert {r["nfse_id"] for r in rows} == {header["id"]}
    assert (header["service_value"], header["pis_value"]) == (Decimal("1000.00"), Decimal("13.00"))
    assert (header["service_code"], header["service_municipality_code"]) == (None, "3509502")
    assert header["iss_value"] == Decimal("50.00"), "what the note itself says is not summed"


def test_a_national_note_has_one_service():
    row = one(national(), "nfse__services")
    assert (row["service_code"], row["service_value"], row["net_value"]) == (
        "010101",
        Decimal("1000.00"),
        Decimal("888.50"),
    )


def test_each_tax_is_a_row_with_what_the_note_says_of_it():
    found = taxes(national(reform=REFORM))
    assert set(found) == {"ISS", "PIS", "COFINS", "CSLL", "IRRF", "IBS_UF", "IBS_MUN", "CBS"}
    assert (found["ISS"]["base"], found["ISS"]["rate"], found["ISS"]["is_withheld"]) == (
        Decimal("1000.00"),
        Decimal("5.00"),
        True,
    )
    assert (found["PIS"]["rate"], found["PIS"]["value"]) == (Decimal("0.65"), Decimal("6.50"))
    assert (found["CBS"]["base"], found["CBS"]["value"], found["CBS"]["is_withheld"]) == (
        Decimal("950.00"),
        Decimal("8.55"),
        False,
    )


@pytest.mark.parametrize(
    ("code", "pis", "cofins"),
    [("0", False, False), ("3", True, True), ("5", True, False), ("7", False, True)],
)
def test_the_national_layout_says_which_contributions_are_withheld(code, pis, cofins):
    found = taxes(national(withheld=code))
    assert (found["PIS"]["is_withheld"], found["COFINS"]["is_withheld"]) == (pis, cofins)


def test_whether_a_contribution_is_withheld_is_not_guessed():
    assert taxes(national(withheld=""))["PIS"]["is_withheld"] is None
    assert taxes(abrasf())["PIS"]["is_withheld"] is True, "ABRASF has it only where it is"


@pytest.mark.parametrize(("code", "withheld"), [("1", True), ("2", False)])
def test_abrasf_says_whether_the_iss_is_withheld(code, withheld):
    document = abrasf(services=service(retained=code))
    assert one(document)["iss_withheld"] is withheld
    assert taxes(document)["ISS"]["is_withheld"] is withheld


def test_a_cancellation_and_a_substitution_are_told():
    row = one(abrasf(after=CANCELLATION.format(number="123") + SUBSTITUTION))
    assert (row["is_cancelled"], row["cancellation_code"]) == (True, "2")
    assert (row["cancelled_at_local"], row["substitute_number"]) == ("2026-11-05T10:00:00", "124")
    assert row["_extra"] is None or "IdentificacaoNfse" not in row["_extra"], "said twice is said once"
    assert one(abrasf())["is_cancelled"] is False
    assert one(abrasf(substituted="<NfseSubstituida>99</NfseSubstituida>"))["substituted_number"] == "99"
    row = one(national(substitution="<subst><chSubstda>9</chSubstda><cMotivo>01</cMotivo></subst>"))
    assert (row["substituted_access_key"], row["substitution_reason_code"]) == ("9", "01")
    assert row["is_cancelled"] is None


def test_a_note_issued_by_the_customer_has_both_parties():
    row = one(national(issuer="2", emitter="<CPF>52998224725</CPF>"))
    assert (row["issuer__tax_id"], row["provider__tax_id"]) == ("52998224725", "11222333000181")
    assert (row["customer__street"], row["provider__street"]) == ("Av. Ausente", None)


@pytest.mark.parametrize("competence", ["2026-11-01", "2026-11-01-03:00", "2026-11-01T00:00:00"])
def test_a_day_may_be_written_with_its_zone_or_its_midnight(competence):
    assert one(abrasf(competence=competence))["competence_date"] == date(2026, 11, 1)


def test_a_city_halls_own_namespace_and_wrapper_make_no_difference():
    wrapped = (
        f"<r:ConsultarNfseResposta xmlns:r='urn:city'><r:ListaNfse>{abrasf(ns='urn:city-types')}"
        f"{abrasf(number='124', ns='urn:city-types')}</r:ListaNfse></r:ConsultarNfseResposta>"
    )
    assert kind(wrapped.encode()) == "nfse_abrasf"
    records = read_nfse(wrapped.encode())
    assert [record["nfse"][0]["number"] for record in records] == ["123", "124"]
    assert records[0]["nfse"][0] == one(abrasf()), "every column is found, whatever the namespace"


def test_a_bare_note_is_read():
    bare = abrasf().partition(">")[2].removesuffix("</CompNfse>")
    assert one(bare)["number"] == "123"


@pytest.mark.parametrize(
    "document", [national(reform=REFORM), abrasf(after=CANCELLATION.format(number="123"))], ids=["nat", "abr"]
)
def test_no_text_of_a_note_is_lost_between_the_columns_and_the_rest(document):
    document = document.replace("<xLocPrestacao>", "<novo>só aqui</novo><xLocPrestacao>")
    (record,) = read_nfse(document.encode())
    kept = json.dumps(record, default=str, ensure_ascii=False)
    for text in etree.fromstring(document.encode()).itertext():
        assert text.strip() in kept


def test_an_event_of_the_national_system_is_no_event_of_an_nfe():
    assert kind(b'<evento xmlns="http://www.sped.fazenda.gov.br/nfse"><infEvento/></evento>') == "nfse_event"


def test_every_row_has_the_columns_that_its_table_declares_with_their_types():
    types = {"text": str, "decimal": Decimal, "timestamp": datetime, "date": date, "int": int, "bool": bool}
    for document in (national(reform=REFORM), abrasf()):
        (record,) = read_nfse(document.encode())
        assert list(record) == list(NFSE_TABLES)
        for table, rows in record.items():
            names = [field.name for field in NFSE_TABLES[table]]
            assert len(names) == len(set(names))
            for row in rows:
                assert list(row) == names
                for field in NFSE_TABLES[table]:
                    assert row[field.name] is None or type(row[field.name]) is types[field.type], field


def test_personal_columns_are_marked():
    personal = {field.name for field in NFSE_TABLES["nfse"] if field.personal}
    assert {"provider__tax_id", "customer__name", "customer__street", "description", "_extra"} <= personal
    assert not {"id", "service_value", "municipality_code"} & personal
