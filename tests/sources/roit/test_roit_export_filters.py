"""What may be asked of an export, and how what may not is told before anything is sent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import msgspec
import pytest

from sources.roit.export_filters import NAMES, ExportFilters, InvalidFilters, checked_filters, export_body

LEAST = {
    "type": {"in": [".xml"]},
    "createAt": {"gte": "2026-01-10T03:00:00.000Z"},
    "issueDate": {"lte": "2026-01-31"},
    "entryDate": {"gte": "2026-01-01"},
}
# Every filter that the API publishes, each with an operand of its type.
ALL = {
    **LEAST,
    "clientTree": [{"identifier": {"in": ["1234567890"]}}],
    "classification": {"in": ["/fiscal/nfe"]},
    "step": {"in": ["COMPLEMENTATION"]},
    "origin": {"nin": ["SITE"]},
    "isConsolidated": {"eq": False},
    "finalized": {"eq": True},
    "originCity": {"in": ["4106902"]},
    "destinyCity": {"eq": "4106902"},
    "number": {"gte": "100"},
    "totalValue": {"gte": 100, "lte": Decimal("12345678901234567.89")},
    "internalId": {"in": ["docId1"]},
    "serviceMadeCity": {"in": ["4106902"]},
    "supplierDocumentNumber": {"in": ["1234567890"]},
    "hasIssRetention": {"eq": True},
    "accessKey": {"eq": "4" * 44},
    "purchaseOrder": {"in": ["PO-1"]},
    "movement": {"in": ["INPUT", "OUTPUT"]},
    "classTypeEvent": {"eq": "event"},
    "message": {"eq": "a message"},
}


def problems(filters):
    with pytest.raises(InvalidFilters) as raised:
        ExportFilters.parse(filters)
    return raised.value.problems


def test_all_filters_of_the_contract_are_known():
    assert set(ALL) == set(NAMES)
    assert len(NAMES) == 23
    parsed = ExportFilters.parse(ALL, complete=True).values
    untouched = {name: value for name, value in ALL.items() if name not in ("issueDate", "entryDate")}
    assert {name: parsed[name] for name in untouched} == untouched


@pytest.mark.parametrize(
    ("operator", "given", "sent"),
    [
        ("gte", "2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("lte", "2026-01-31", "2026-01-31T23:59:59.999Z"),
        ("gte", date(2026, 1, 31), "2026-01-31T00:00:00.000Z"),
        ("gte", "2026-01-31T00:30:00-03:00", "2026-01-31T03:30:00.000Z"),
        ("lte", "2026-01-31T10:00:00.123001Z", "2026-01-31T10:00:00.124Z"),
        ("gte", "2026-01-31T10:00:00.123999Z", "2026-01-31T10:00:00.123Z"),
        ("eq", datetime(2026, 1, 31, 12, tzinfo=timezone(timedelta(hours=-3))), "2026-01-31T15:00:00.000Z"),
        ("eq", datetime(2026, 1, 31, 12), "2026-01-31T12:00:00.000Z"),  # noqa: DTZ001 - as TOML gives it
    ],
)
def test_a_date_is_sent_in_utc_with_milliseconds_and_no_bound_loses_anything(operator, given, sent):
    assert ExportFilters.parse({"createAt": {operator: given}}).values == {"createAt": {operator: sent}}


@pytest.mark.parametrize(
    ("filters", "problem"),
    [
        ({"totalvalue": {"eq": 1}}, "totalvalue: no such filter"),
        ({"number": {"like": "1"}}, "number.like: no such operator"),
        ({"number": {"eq": 100}}, "number.eq: a text"),
        ({"number": "100"}, "number: an object of operators"),
        ({"number": {}}, "number: an object of operators"),
        ({"number": {"eq": ""}}, "number.eq: a text"),
        ({"number": {"in": "100"}}, "number.in: a list"),
        ({"number": {"in": []}}, "number.in: a list"),
        ({"number": {"eq": ["100"]}}, "number.eq: a text"),
        ({"totalValue": {"gte": "100"}}, "totalValue.gte: a number"),
        ({"totalValue": {"gte": True}}, "totalValue.gte: a number"),
        ({"totalValue": {"gte": float("nan")}}, "totalValue.gte: a finite number"),
        ({"totalValue": {"gte": 1234567890123456.8}}, "totalValue.gte: a number of at most 15 digits"),
        ({"totalValue": {"gte": 10, "lte": 9.99}}, "totalValue: gte is greater than lte"),
        ({"finalized": {"eq": "true"}}, "finalized.eq: true or false"),
        ({"finalized": {"gte": True}}, "finalized.gte: these values have no order"),
        ({"movement": {"in": ["INPUT", "input"]}}, "movement.in: one of INPUT, OUTPUT"),
        ({"movement": {"eq": ["INPUT"]}}, "movement.eq: one of INPUT, OUTPUT"),
        ({"createAt": {"gte": "31/01/2026"}}, "createAt.gte: a date or timestamp"),
        ({"createAt": {"gte": 1767225600}}, "createAt.gte: a date or timestamp"),
        ({"createAt": {"gte": "2026-02-01", "lte": "2026-01-31"}}, "createAt: gte is greater than lte"),
        ({"createAt": {"lte": "9999-12-31T23:59:59.999999Z"}}, "createAt.lte:"),
        ({"clientTree": {"identifier": {"in": ["1"]}}}, "clientTree: a list"),
        ({"clientTree": []}, "clientTree: a list"),
        ({"clientTree": [{"name": {"in": ["1"]}}]}, "clientTree[0]: an object"),
        ({"clientTree": [{"identifier": {"in": [1]}}]}, "clientTree[0].identifier.in: a text"),
    ],
)
def test_a_filter_that_the_api_would_refuse_is_refused_with_its_place(filters, problem):
    (found,) = problems(filters)
    assert found.startswith(problem)


def test_everything_that_is_wrong_is_told_at_once():
    assert len(problems({"nothing": {"eq": 1}, "number": {"eq": 1}, "finalized": {"eq": 1}})) == 3


def test_a_request_is_complete_with_the_four_filters_that_the_api_requires():
    for name in LEAST:
        rest = {key: value for key, value in LEAST.items() if key != name}
        with pytest.raises(InvalidFilters, match=f"{name}: required"):
            ExportFilters.parse(rest, complete=True)
        with pytest.raises(InvalidFilters, match=f"{name}: required"):
            export_body(ExportFilters.parse(rest))
    assert ExportFilters.parse({}).values == {}


def test_an_amount_is_sent_digit_for_digit_also_one_that_toml_read_as_a_float():
    filters = ExportFilters.parse(
        {**LEAST, "totalValue": {"gte": 0.1, "lte": Decimal("12345678901234567.89")}}
    )
    assert b'"totalValue":{"gte":0.1,"lte":12345678901234567.89}' in export_body(filters)


def test_a_body_has_the_preference_and_the_tenant_only_when_there_is_one():
    filters = ExportFilters.parse(LEAST)
    body = msgspec.json.decode(export_body(filters))
    assert set(body) == {"preference", "filters"}
    assert body["preference"] == "original"
    assert msgspec.json.decode(export_body(filters, "roit", "tenant"))["master"] == "tenant"
    with pytest.raises(InvalidFilters, match="preference: one of original, roit"):
        export_body(filters, "mine")


def test_configured_filters_stand_over_those_of_the_stream():
    configured = ExportFilters.parse({"type": {"in": [".pdf"]}})
    merged = configured.over(ExportFilters.parse(LEAST)).values
    assert merged["type"] == {"in": [".pdf"]}
    assert merged["createAt"] == {"gte": "2026-01-10T03:00:00.000Z"}
    assert datetime.fromisoformat(merged["issueDate"]["lte"]).tzinfo == UTC


def test_the_filters_of_a_load_leave_the_range_to_the_load():
    assert checked_filters({"movement": {"eq": "INPUT"}}) == {"movement": {"eq": "INPUT"}}
    with pytest.raises(InvalidFilters, match="createAt: set by the range"):
        checked_filters({"createAt": {"gte": "2026-01-01"}})
