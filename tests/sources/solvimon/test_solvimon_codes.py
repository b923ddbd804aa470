"""Every report code: its table, what it may be asked for with, and reports of other shapes than the invoices'."""

from __future__ import annotations

import pytest
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationValueError

from sources.kit.transport import SkippableError
from sources.solvimon import SPEC, SolvimonSettings, report_tables
from sources.solvimon.definitions import ASSUMED, PARAMETERS, Definition, InvalidParameters
from sources.solvimon.models._values import REPORT_CODES

DATES = {"from_date": "2026-02-01", "to_date": "2026-02-28"}
METERING = Definition(
    (), {name: PARAMETERS[name] for name in (*DATES, "meter_id")}, frozenset({"from_date", "meter_id"})
)


@pytest.mark.parametrize("code", sorted(REPORT_CODES.values))
def test_every_published_code_has_a_table_and_a_stream(code):
    settings = resolve_configuration(SolvimonSettings(), explicit_value={"report_codes": [code.lower()]})
    stream = SPEC.configured(settings).stream(f"report_{code.lower()}")
    assert stream is not None
    names = {shape.name for shape in report_tables([code])}
    assert {stream.name, f"{stream.name}__history"} <= names


def test_there_are_eighteen_codes():
    assert len(REPORT_CODES.values) == 18


@pytest.mark.parametrize("code", ["", "invoice line", "x;drop", "../x"])
def test_a_code_that_can_be_no_table_is_refused(code):
    with pytest.raises(ConfigurationValueError, match="report code"):
        resolve_configuration(SolvimonSettings(), explicit_value={"report_codes": [code]})


@pytest.mark.parametrize("values", [["x"], {"meter_id": 1}, "mete_1"])
def test_fixed_parameters_are_texts_by_name(values):
    given = {"report_parameters": {"METERING": values}}
    with pytest.raises(ConfigurationValueError, match="METERING needs names and texts"):
        resolve_configuration(SolvimonSettings(), explicit_value=given)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (DATES | {"meter_id": "m1", "statuses": "FINAL"}, "takes no statuses; it takes from_date, meter_id"),
        (DATES, "needs meter_id"),
        ({"from_date": "2026-02-01", "meter_id": "m1"}, "needs from_date and to_date"),
        (DATES | {"meter_id": "m1", "to_date": "2026-01-31"}, "from_date is after to_date"),
        (DATES | {"meter_id": "m1", "to_date": "2026-02-30"}, "use a day"),
        (DATES | {"meter_id": "m1", "to_date": "20260228"}, "use a day"),
        (DATES | {"meter_id": "m/1"}, "no id"),
    ],
)
def test_parameters_that_the_definition_does_not_allow_are_refused(values, reason):
    with pytest.raises(InvalidParameters, match=reason):
        METERING.check("METERING", values)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statuses", "FINAL,draft"),
        ("statuses", ""),
        ("customer_id", "a b"),
        ("meter", "?"),
        ("updated_to_final_from_date", "2026-02-01"),
        ("updated_to_final_from_date", "2026-02-01T10:00:00+02:00"),
        ("updated_to_final_from_date", "2026-02-01T10:00:00.000Z"),
    ],
)
def test_a_value_has_to_be_of_its_parameters_type(name, value):
    with pytest.raises(InvalidParameters, match=name):
        ASSUMED.check("INVOICE", {name: value})


def test_what_the_definition_allows_passes():
    METERING.check("METERING", DATES | {"meter_id": "mete_1"})
    ASSUMED.check("INVOICE", DATES | {"statuses": "DRAFT,FINAL", "customer_id": "cust_1"})


def test_a_report_that_must_have_dates_is_asked_for_by_dates():
    both = Definition((), PARAMETERS, frozenset(DATES))
    assert (both.window("auto"), ASSUMED.window("auto")) == ("dates", "final")


def test_a_code_that_needs_what_nobody_gave_fails_with_one_line_and_sends_nothing(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["METERING"]')
    with pytest.raises(Exception, match="the report METERING needs meter_id") as failure:
        loader.load("report_metering")
    assert isinstance(_cause(failure.value), SkippableError)
    assert "SOURCES__SOLVIMON__REPORT_PARAMETERS" in str(failure.value)
    assert loader.requests("POST") == []


def test_a_window_that_the_definition_does_not_take_is_not_asked_for(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["CUSTOMER"]')
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_WINDOW", "dates")
    with pytest.raises(Exception, match="the report CUSTOMER takes no from_date, to_date"):
        loader.load("report_customer")
    assert loader.requests("POST") == []


def test_reports_of_other_shapes_land_with_their_columns_as_text(loader, monkeypatch):
    items = loader.tenant.catalog.tariffs
    meter = next(t.item["usage_based"]["meter_value_calculation_id"] for t in items if t.metered)
    codes = '["METERING", "INVOICE_USAGE", "REVENUE_RECOGNITION"]'
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", codes)
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_PARAMETERS", f'{{"METERING": {{"meter_id": "{meter}"}}}}')
    loader.load("report_metering", "report_invoice_usage", "report_revenue_recognition")
    assert set(loader.values("select meter_id from report_metering")) == {meter}
    assert loader.values("select count(*) > 0 from report_invoice_usage") == [True]
    assert loader.values("select distinct report_date from report_revenue_recognition") == ["2026-03-20"]
    types = loader.values(
        "select distinct data_type from information_schema.columns where table_name = 'report_metering'"
        " and column_name in ('meter_id', 'meter', 'customer_id', 'timestamp', 'number')"
    )
    assert types == ["VARCHAR"]


def _cause(error):
    while error.__cause__ is not None:
        error = error.__cause__
    return error
