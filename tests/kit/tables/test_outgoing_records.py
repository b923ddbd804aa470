"""Records that are sent: out of rows of the warehouse, and checked more strictly than what arrives."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import ClassVar

import pytest
from pydantic import Field

from sources.kit.tables import CamelRecord, Table, Validator, WarehouseRecords


class Account(CamelRecord):
    iban: str | None = Field(None, description="Number.")


class Part(CamelRecord):
    line_number: str | None = Field(None, description="Number.")
    net_amount: Decimal | None = Field(None, description="Amount.")


class Order(CamelRecord):
    table: ClassVar[Table | None] = Table(name="orders", singular="order", key=("reference_id",))

    reference_id: str = Field(description="Reference.")
    total: Decimal | None = Field(None, alias="grandTotal", description="Amount.")
    ordered_on: date | None = Field(None, description="Day.")
    changed_at: datetime | None = Field(None, description="When.")
    debtor_account: Account | None = Field(None, description="Account.")
    parts: list[Part] | None = Field(None, description="Parts.")
    tags: list[str] | None = Field(None, description="Tags.")


def encoded(**row):
    return WarehouseRecords(Order).encode(row).decode()


def test_columns_go_under_the_names_of_the_api_with_their_digits():
    assert encoded(
        reference_id="a", total=Decimal("12345678901234567.8900000000"), debtor_account__iban="X", _dlt_id="d"
    ) == ('{"referenceId":"a","grandTotal":12345678901234567.89,"debtorAccount":{"iban":"X"}}')


def test_names_of_the_api_are_taken_too_and_null_is_left_out_and_unknown_names_stay():
    text = encoded(referenceId="a", grandTotal=Decimal("10"), tags=None, other__name=1)
    assert json.loads(text) == {"referenceId": "a", "grandTotal": 10, "other__name": 1}


@pytest.mark.parametrize(
    "parts",
    [
        [{"line_number": "1", "net_amount": Decimal("1.50")}, {"line_number": "2", "net_amount": None}],
        '[{"lineNumber": "1", "netAmount": 1.50}, {"line_number": "2"}]',
    ],
)
def test_lists_are_lists_of_the_warehouse_or_json_as_text(parts):
    assert encoded(reference_id="a", parts=parts, tags='["x"]') == (
        '{"referenceId":"a","parts":[{"lineNumber":"1","netAmount":1.5},{"lineNumber":"2"}],"tags":["x"]}'
    )


def test_days_and_moments_are_written_as_iso_8601():
    moment = datetime(2026, 1, 31, 12, tzinfo=UTC)
    assert json.loads(encoded(ordered_on=date(2026, 1, 31), changed_at=moment)) == {
        "orderedOn": "2026-01-31",
        "changedAt": "2026-01-31T12:00:00Z",
    }


def test_a_floating_point_number_is_refused():
    with pytest.raises(ValueError, match="total is a floating-point number"):
        encoded(total=1.1)


def test_what_does_not_fit_is_named_by_record_and_field_also_numbers_that_no_column_holds():
    records = [
        b'{"referenceId": "a", "grandTotal": "10.50"}',
        b'{"grandTotal": 1}',
        b'{"referenceId": "b", "grandTotal": "1.123456789012"}',
        b'{"referenceId": "c", "parts": "none"}',
        b'{"referenceId": "a"}',
    ]
    validator = Validator(Order)
    rejected = [(reject.index, reject.field) for reject in validator.check(records)]
    assert rejected == [(1, "$.referenceId"), (2, "$.grandTotal"), (3, "$.parts"), (4, None)]
    assert [reject.index for reject in validator.check([b'{"referenceId": "d"}', records[0]])] == [1]


def test_fields_that_the_model_does_not_know_are_named():
    validator = Validator(Order)
    assert validator.check([b'{"referenceId": "a", "totl": 1, "parts": [{"lineNo": "1"}]}']) == []
    assert validator.unknown_fields == {"$.totl", "$.parts[].lineNo"}
