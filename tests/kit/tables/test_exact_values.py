"""What came is what is written, digit for digit; what cannot be is rejected whole and alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from kit_models import Order, order, write

EXACT = {
    "12345678901234567.89": "12345678901234567.89",
    "0.1": "0.1",
    "1e-7": "0.0000001",
    "-0.0": "0",
    "1.5E3": "1500",
    "1.10": "1.1",
    "1.00000000000000": "1",
    "9999999999999999999999999999.9999999999": "9999999999999999999999999999.9999999999",
    "-9999999999999999999999999999.9999999999": "-9999999999999999999999999999.9999999999",
    "0.0000000001": "0.0000000001",
}
NOT_EXACT = ["0.12345678901", "12345678901234567890123456789", "1e28", "1e400", "1e-400", "1e-11"]
NO_NUMBER = [
    '"NaN"',
    '"sNaN"',
    '"Infinity"',
    '"-Infinity"',
    '"1_0"',
    '" 1"',
    '"1 "',
    '"١"',
    '""',
    '"1,5"',
    '"0x1"',
]
NO_NUMBER += ["true", "{}", "[]", "[1]", '{"net":1}']


@pytest.mark.parametrize(("written", "value"), EXACT.items())
@pytest.mark.parametrize("form", ["{}", '"{}"'], ids=["number", "string"])
def test_money_is_exact_as_a_number_and_as_a_string(written: str, value: str, form: str) -> None:
    text = form.format(written)
    written_order = write(Order, [order(f'"total":{{"net":{text}}},"lines":[{{"amount":{text}}}]')])
    assert written_order.one("orders")["total__net"] == Decimal(value)
    assert written_order.one("orders__lines")["amount"] == Decimal(value)


@pytest.mark.parametrize("text", [*NOT_EXACT, *(f'"{n}"' for n in NOT_EXACT), *NO_NUMBER])
def test_a_number_that_is_not_exact_or_none_rejects_its_record_and_no_other(text: str) -> None:
    written = write(Order, [order(key="a"), order(f'"total":{{"net":{text}}}', key="bad"), order(key="c")])
    (reject,) = written.rejects
    assert (reject["key"], reject["field"]) == ("bad", "$.total.net")
    assert reject["reason"] == "not a number that decimal(38, 10) holds exactly"
    assert [row["id"] for row in written.rows("orders")] == ["a", "c"]


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_only_python_takes_for_json_are_rejected_and_never_become_null(word: str) -> None:
    written = write(Order, [order(f'"total":{{"net":{word}}}'), order(key="b")])
    assert [r["reason"] for r in written.rejects] == ["not readable as JSON"]
    assert [row["id"] for row in written.rows("orders")] == ["b"]


def test_many_bad_records_of_many_kinds_in_one_batch_leave_the_good_ones_alone() -> None:
    bad = {
        3: ('"total":{"net":1e99}', "$.total.net"),
        4: ('"lines":[{"amount":1},{"amount":"NaN"}]', "$.lines[].amount"),
        7: ('"lines":[{"taxes":[{"value":0.12345678901}]}]', "$.lines[].taxes[].value"),
        8: ('"quantity":1.0', "$.quantity"),
        9: ('"code":{"a":1}', "$.code"),
        12: ('"lines":[null]', "$.lines[]"),
        13: ('"total":{"fees":[{"value":true}]}', "$.total.fees[].value"),
        19: ('"updatedAt":5', "$.updatedAt"),
    }
    records = [order(bad[i][0] if i in bad else '"quantity":1', key=f"{i:02}") for i in range(20)]
    written = write(Order, records)
    assert {int(r["key"]): r["field"] for r in written.rejects} == {i: path for i, (_, path) in bad.items()}
    assert [int(row["id"]) for row in written.rows("orders")] == [i for i in range(20) if i not in bad]
    assert len(written.rows("orders__history")) == 12
    assert {row["order_id"] for row in written.rows("orders__lines__taxes")} == set()


def test_the_reason_of_a_reject_holds_no_value() -> None:
    texts = [
        '"quantity":"sensitive"',
        '"due":"sensitive"',
        '"total":{"net":"sensitive"}',
        '"paid":"sensitive"',
    ]
    written = write(Order, [order(text, key=str(n)) for n, text in enumerate(texts)])
    assert len(written.rejects) == len(texts)
    assert not [r for r in written.rejects if "sensitive" in r["reason"] + r["field"]]


def test_a_reject_keeps_the_bytes_that_came() -> None:
    record = b'{ "id":"x",  "updatedAt":"2026-01-01T00:00:00Z", "total":{"net": 1e400}, "memo":{"v":1.10} }'
    assert write(Order, [record]).rejects[0]["raw"] == record.decode()


@pytest.mark.parametrize(
    ("text", "value"),
    [("9223372036854775807", 2**63 - 1), ("-9223372036854775808", -(2**63)), ("0", 0)],
)
def test_integers_of_64_bits_are_kept(text: str, value: int) -> None:
    assert write(Order, [order(f'"quantity":{text}')]).one("orders")["quantity"] == value


@pytest.mark.parametrize("text", ["9223372036854775808", "-9223372036854775809", "1.0", "1e3", '"1"', "true"])
def test_what_is_no_integer_of_64_bits_is_rejected(text: str) -> None:
    (reject,) = write(Order, [order(f'"quantity":{text}')]).rejects
    assert reject["field"] == "$.quantity"


def test_a_number_where_text_is_expected_is_rejected() -> None:
    (reject,) = write(Order, [order('"region":5')]).rejects
    assert reject["field"] == "$.region"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"0012"', "0012"),
        ("0.10", "0.10"),
        ("1E5", "1E5"),
        ("-0", "-0"),
        ("123456789012345678901234567890", "123456789012345678901234567890"),
        (r'"a\"b\\n\u00e9"', 'a"b\\né'),
        ('"null"', "null"),
        ('""', ""),
        ("null", None),
    ],
)
def test_loose_text_is_kept_as_it_was_written(text: str, value: str | None) -> None:
    assert write(Order, [order(f'"code":{text}')]).one("orders")["code"] == value


@pytest.mark.parametrize("text", ["true", "false", "{}", "[]", '["a"]'])
def test_loose_text_is_a_string_or_a_number_and_nothing_else(text: str) -> None:
    (reject,) = write(Order, [order(f'"code":{text}')]).rejects
    assert (reject["field"], reject["reason"]) == ("$.code", "Expected a string or a number")


MOMENTS = {
    "2026-01-02T03:04:05Z": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2026-01-02T03:04:05z": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2026-01-02T03:04:05-03:00": datetime(2026, 1, 2, 6, 4, 5, tzinfo=UTC),
    "2026-01-02T03:04:05+0000": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2026-01-02T03:04:05-0330": datetime(2026, 1, 2, 6, 34, 5, tzinfo=UTC),
    "2026-01-02T03:04:05+02": datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC),
    "2026-01-02T03:04Z": datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    "20260102T030405Z": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2026-01-02 03:04:05+00:00": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    "2026-01-02T03:04:05.1Z": datetime(2026, 1, 2, 3, 4, 5, 100_000, tzinfo=UTC),
    "2026-01-02T03:04:05.123456Z": datetime(2026, 1, 2, 3, 4, 5, 123_456, tzinfo=UTC),
    "2026-01-02T03:04:05.123456789Z": datetime(2026, 1, 2, 3, 4, 5, 123_457, tzinfo=UTC),
}


@pytest.mark.parametrize(("text", "moment"), MOMENTS.items())
def test_timestamps_of_any_offset_and_precision_are_utc(text: str, moment: datetime) -> None:
    row = write(Order, [order(f'"seenAt":"{text}"', at=text)]).one("orders")
    assert (row["updated_at"], row["seen_at"]) == (moment, moment)


@pytest.mark.parametrize(
    "text",
    ["2026-01-02T03:04:05", "2026-01-02", "2026-13-01T00:00:00Z", "2026-01-02T24:00:01Z", "yesterday", ""],
)
def test_a_timestamp_without_an_offset_is_rejected(text: str) -> None:
    (reject,) = write(Order, [order(at=text)]).rejects
    assert (reject["key"], reject["field"]) == ("o1", "$.updatedAt")


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_an_offset_that_leads_out_of_the_calendar_is_rejected(text: str) -> None:
    (reject,) = write(Order, [order(f'"seenAt":"{text}"')]).rejects
    assert (reject["field"], reject["reason"]) == (
        "$.seenAt",
        "not a moment between the years 1 and 9999 in UTC",
    )


def test_a_plain_date_is_midnight_utc_only_where_the_model_says_so() -> None:
    row = write(Order, [order('"seenAt":"2026-01-02"')]).one("orders")
    assert row["seen_at"] == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-W01-1", "20260102", "2026-01-02T03:04:05"])
def test_only_a_date_as_such_stands_for_its_midnight(text: str) -> None:
    (reject,) = write(Order, [order(f'"seenAt":"{text}"')]).rejects
    assert reject["field"] == "$.seenAt"


def test_a_date_is_strict() -> None:
    assert write(Order, [order('"due":"2026-02-28"')]).one("orders")["due"] == date(2026, 2, 28)
    texts = ["2026-02-30", "2026-2-3", "20260203", "2026-02-03T00:00:00Z", "03/02/2026"]
    written = write(Order, [order(f'"due":"{text}"', key=str(n)) for n, text in enumerate(texts)])
    assert {r["field"] for r in written.rejects} == {"$.due"}
    assert len(written.rejects) == len(texts)


@pytest.mark.parametrize("field", ["region", "memo", "code"])
def test_bytes_that_are_not_utf_8_reject_their_record_alone(field: str) -> None:
    bad = order(f'"{field}":"?"', key="bad").replace(b"?", b"\xff")
    written = write(Order, [order(key="a"), bad])
    assert [r["key"] for r in written.rejects] == ["bad"]
    assert [row["id"] for row in written.rows("orders")] == ["a"]


def test_halves_of_records_are_not_put_together() -> None:
    halves = [b'{"id":"a","updatedAt":"2026-01-02T03:04:05Z"', b'"code":"1"}']
    written = write(Order, [*halves, order(key="b")])
    assert len(written.rejects) == 2
    assert [row["id"] for row in written.rows("orders")] == ["b"]


def test_a_record_that_is_nested_without_end_is_rejected() -> None:
    written = write(Order, [order('"memo":' + "[" * 100_000 + "]" * 100_000, key="deep"), order(key="b")])
    assert [r["reason"] for r in written.rejects] == ["nested deeper than can be read"]
    assert [row["id"] for row in written.rows("orders")] == ["b"]
