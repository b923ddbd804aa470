"""What is sent to Solvimon and what of its answers is used, without a server."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from dlt.common.configuration import resolve_configuration
from dlt.common.configuration.exceptions import ConfigurationValueError

from sandbox.core.server import running
from sources.kit.transport import AuthenticationFailed, WrongAnswer
from sources.solvimon import SPEC, SolvimonSettings
from sources.solvimon.api import connect, page_of, probe
from sources.solvimon.definitions import Definition
from sources.solvimon.reports import report_table, report_tables

START, END = datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
FINAL = {"updated_to_final_from_date": "TIMESTAMP", "updated_to_final_to_date": "TIMESTAMP"}
DATES = {"from_date": "LOCALE_DATE", "to_date": "LOCALE_DATE"}


def settings(**values) -> SolvimonSettings:
    return resolve_configuration(SolvimonSettings(), explicit_value={"api_key": "k", **values})


def page(number=1, size=2, **answer):
    return page_of(
        httpx.Response(200, text=json.dumps({"data": [{"id": "1"}, {"id": "2"}], **answer})), number, size
    )


def last(found, number, size=2):
    """Whether the walk would end with this page."""
    return len(found.records) < size if found.pages is None else number >= found.pages


@pytest.mark.parametrize(
    ("number", "answer", "ends"),
    [
        (1, {"links": {"next": "/v1/x?page=2"}}, False),
        (1, {"links": {"next": None}, "total_number_of_pages": 9}, True),
        (1, {"links": {}}, True),
        (1, {"total_number_of_pages": 2}, False),
        (2, {"total_number_of_pages": 2}, True),
        (1, {}, False),
        (1, {"data": [{"id": "1"}]}, True),
        (1, {"data": [], "links": {}}, True),
    ],
)
def test_the_next_link_says_whether_there_is_more_then_the_page_count_then_a_short_page(number, answer, ends):
    assert last(page(number, **answer), number) is ends


def test_an_empty_page_that_says_that_there_are_more_is_wrong():
    with pytest.raises(WrongAnswer, match="empty"):
        page(data=[], links={"next": "/v1/x?page=2"})


def test_records_stay_the_bytes_that_came():
    text = '{"data": [{"n": 1.50,  "m": 12345678901234567.89}], "links": {}}'
    assert page_of(httpx.Response(200, text=text), 1, 2).records == [
        b'{"n": 1.50,  "m": 12345678901234567.89}'
    ]


def test_a_page_holds_no_more_than_the_api_gives():
    assert settings().page_size == 100
    assert settings(page_size=500).page_size == 100
    assert settings(page_size=20).page_size == 20


def test_report_codes_are_a_setting():
    assert settings().report_codes == ["INVOICE_HEADER", "INVOICE_LINE", "INVOICE_TAX"]
    assert settings(report_codes=["payment "]).report_codes == ["PAYMENT"]


def test_there_is_a_report_stream_for_each_configured_code_before_the_lists_of_reports():
    names = [stream.name for stream in SPEC.configured(settings(report_codes=["CLAUSES"])).streams]
    assert [name for name in names if "report" in name] == [
        "report_definitions",
        "report_configurations",
        "report_subscriptions",
        "report_clauses",
        "report_generate_requests",
        "reports",
    ]
    assert SPEC.stream("report_invoice_tax") is not None


def test_an_unknown_way_to_ask_for_reports_is_refused():
    with pytest.raises(ConfigurationValueError, match="report_window"):
        settings(report_window="weekly")


def test_a_key_or_a_token_is_needed():
    assert SPEC.missing(settings(api_key=None)) == ["SOURCES__SOLVIMON__API_KEY"]
    assert SPEC.missing(settings(api_key=None, token="t")) == []


@pytest.mark.parametrize("platform", [None, "plat_sandbox"])
@pytest.mark.parametrize("credential", ["api_key", "token"])
def test_the_probe_shows_that_either_credential_works_and_creates_nothing(credential, platform):
    with running(["solvimon"], scale=100) as sandbox:
        value = sandbox.credentials["solvimon"][credential]
        base_url = sandbox.urls["solvimon"]
        given = settings(
            **{"base_url": base_url, "api_key": None, "platform_id": platform, credential: value}
        )
        with connect(given) as client:
            probe(client, given)
        (entry,) = sandbox.requests
        assert (entry.method, entry.path, entry.status) == ("GET", "/v1/report-definitions", 200)
        assert entry.headers.get("x-platform-id") == platform
        wrong = settings(base_url=base_url, api_key="secret-that-nobody-knows")
        with connect(wrong) as client, pytest.raises(AuthenticationFailed) as refused:
            probe(client, wrong)
        assert "request id" in str(refused.value)
        assert "secret-that-nobody-knows" not in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "window", "values"),
    [
        (FINAL | DATES, "final", ["2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z"]),
        (dict.fromkeys(FINAL, "LOCALE_DATE"), "final", ["2026-02-01", "2026-02-28"]),
        (DATES, "dates", ["2026-02-01", "2026-02-28"]),
        ({"report_date": "LOCALE_DATE"}, "whole", ["2026-02-28"]),
        ({}, "whole", []),
    ],
)
def test_a_report_is_asked_for_by_what_its_definition_takes(parameters, window, values):
    definition = Definition((), parameters)
    assert definition.window("auto") == window
    assert list(definition.values(window, START, END).values()) == values


def test_declared_tables_exist_with_all_their_columns():
    shapes = {shape.name: shape for shape in report_tables()}
    assert {"report_invoice_header", "report_invoice_line", "report_invoice_tax"} <= shapes.keys()
    assert str(shapes["report_invoice_line"].column("unit_price").type) == "decimal"
    assert str(shapes["report_invoice_line"].column("line_number").type) == "text"
    assert "_version" in {column.name for column in shapes["report_invoice_tax__history"].columns}


def test_columns_that_only_the_definition_has_are_text():
    table = report_table("INVOICE_TAX", ["Invoice ID", "Tax Rate", "Surcharge Rate"])
    assert [
        str(column.type) for column in table.columns if column.name in ("tax_rate", "surcharge_rate")
    ] == [
        "decimal",
        "text",
    ]
