"""Free-form values and unknown fields keep the bytes that came, at every depth."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from kit_models import Bill, Order, order, write

from sources.kit.tables import Decoder

FREE = [
    '{"a": 1.10,  "b":1e-7 , "c":12345678901234567890123}',
    '{"id":1,"Id":2,"_dlt_id":3,"_extra":4}',
    '{"a":1,"a":2}',
    r'{"t":"\u00e9\ud83d\ude00\n"}',
    "[ 1 , 2 ]",
    '"null"',
    '""',
    "1.10",
    "false",
    "{}",
]


@pytest.mark.parametrize("text", FREE)
def test_free_form_values_are_kept_byte_for_byte(text: str) -> None:
    written = write(Order, [order(f'"memo":{text},"lines":[{{"data":{text}}}]')])
    assert written.one("orders")["memo"] == text
    assert written.one("orders__lines")["data"] == text


@pytest.mark.parametrize("text", FREE)
def test_they_are_also_when_the_record_needs_a_second_chance(text: str) -> None:
    written = write(Order, [order(f'"memo":{text},"strange":{text},"code":1E5', at="20260102T030405Z")])
    row = written.one("orders")
    assert (row["memo"], row["_extra"], row["code"]) == (text, f'{{"strange":{text}}}', "1E5")


def test_null_and_absent_are_null_and_the_empty_text_is_not() -> None:
    texts = ["", '"region":null,"memo":null,"code":null,"paid":null', '"region":"","memo":"","code":""']
    written = write(Order, [order(text, key=str(n)) for n, text in enumerate(texts)])
    names = ("region", "memo", "code", "paid")
    values = [tuple(row[name] for name in names) for row in written.rows("orders")]
    assert values == [(None,) * 4, (None,) * 4, ("", '""', "", None)]


def test_unknown_fields_are_kept_where_they_stood_under_the_apis_names() -> None:
    text = (
        '"newField":1.10,"total":{"net":1,"Steuer":{"x":[1e-7]}},"buyer":{"vip":null},'
        '"lines":[{"amount":1,"extraCost":"é"},{"amount":2,"taxes":[{"code":"T","x y":12345678901234567890}]}]'
    )
    written = write(Order, [order(text)])
    extra = '{"newField":1.10,"total":{"Steuer":{"x":[1e-7]}},"buyer":{"vip":null}}'
    assert written.one("orders")["_extra"] == extra
    assert [row["_extra"] for row in written.rows("orders__lines")] == ['{"extraCost":"é"}', None]
    assert written.one("orders__lines__taxes")["_extra"] == '{"x y":12345678901234567890}'
    assert written.tally.drift == {
        "$.newField",
        "$.total.Steuer",
        "$.buyer.vip",
        "$.lines[].extraCost",
        "$.lines[].taxes[].x y",
    }


def test_unknown_fields_collide_with_nothing() -> None:
    names = ["ID", "Id", "_extra", "f1", "x0", "rescued", "_dlt_id", "updated_at", "", "self", "é", 'a"b\\']
    unknown = {name: n for n, name in enumerate(names)}
    written = write(Order, [order(json.dumps(unknown)[1:-1], key=str(n)) for n in range(2)])
    assert written.rejects == []
    assert [json.loads(row["_extra"]) for row in written.rows("orders")] == [unknown, unknown]


def test_a_field_that_is_new_in_the_last_record_of_a_batch_is_found() -> None:
    records = [order('"first":1' if n == 0 else "", key=str(n)) for n in range(300)]
    records += [order('"late":2', key="late"), order('"total":{"later":3}', key="later")]
    rows = {row["id"]: row["_extra"] for row in write(Order, records).rows("orders")}
    assert {key: text for key, text in rows.items() if text} == {
        "0": '{"first":1}',
        "late": '{"late":2}',
        "later": '{"total":{"later":3}}',
    }


def test_hundreds_of_unknown_names_cost_time_but_neither_data_nor_memory() -> None:
    records = [order(f'"n{n}":{n},"total":{{"m{n}":{n}}}', key=f"{n:04}") for n in range(500)]
    written = write(Order, records)
    assert written.rejects == []
    extras = [json.loads(row["_extra"]) for row in written.rows("orders")]
    assert extras == [{f"n{n}": n, "total": {f"m{n}": n}} for n in range(500)]
    assert len(written.tally.drift) == 401
    assert "more than 400 unknown fields" in written.tally.drift


def test_bad_records_and_unknown_fields_in_one_batch_do_not_hide_each_other() -> None:
    bad = {2: '"quantity":"x"', 5: '"total":{"net":"x"}', 9: '"quantity":"x","odd":1'}
    texts = [bad.get(n, f'"u{n % 2}":{n}') for n in range(12)]
    written = write(Order, [order(text, key=f"{n:02}") for n, text in enumerate(texts)])
    assert [r["key"] for r in written.rejects] == ["02", "05", "09"]
    extras = {int(row["id"]): json.loads(row["_extra"]) for row in written.rows("orders")}
    assert extras == {n: {f"u{n % 2}": n} for n in range(12) if n not in bad}


def test_a_decoder_goes_on_with_what_it_learned() -> None:
    decoder = Decoder(Order)
    decoder.decode([order('"a":1')])
    decoder.decode([order('"b":1')])
    (found,) = decoder.decode([order('"b":2,"a":3')]).objects
    learned = {name: bytes(getattr(found, attribute)) for name, attribute in decoder.root.learned.items()}
    assert learned == {"a": b"3", "b": b"2"}


def test_an_unknown_value_of_an_enumeration_is_kept_and_reported() -> None:
    texts = ['"status":"PAID"', '"status":"NOVO"', '"status":null']
    written = write(Order, [order(text, key=str(n)) for n, text in enumerate(texts)])
    assert [row["status"] for row in written.rows("orders")] == ["PAID", "NOVO", None]
    assert written.tally.drift == {"orders.status = NOVO"}


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ('"region":"a","state":"b"', "a"),
        ('"region":null,"state":"b"', "b"),
        ('"state":null,"province":"c"', "c"),
        ('"region":"","state":"b"', ""),
    ],
)
def test_of_several_names_the_first_that_is_not_null_counts(text: str, region: str) -> None:
    assert write(Order, [order(text)]).one("orders")["region"] == region


def test_free_form_values_and_lists_under_another_name_count_too() -> None:
    written = write(Order, [order('"memo":null,"remark":{"a":1},"tags":null,"labels":["x"]')])
    assert written.one("orders")["memo"] == '{"a":1}'
    assert written.one("orders__tags")["value"] == "x"
    assert written.tally.drift == set()


def test_a_key_of_several_parts_names_its_children() -> None:
    record = b'{"series":"A","number":7,"periods":[{"groups":[{"items":[{"sku":"x"}]}]}]}'
    row: dict[str, Any] = write(Bill, [record]).one("bills__items")
    assert (row["bill_series"], row["bill_number"]) == ("A", 7)


def test_the_control_sum_is_that_of_the_bytes() -> None:
    amounts = ["12345678901234567.89", '"0.1"', "1e-7"]
    text = '"status":"PAID","total":{"currency":"BRL","net":%s}'
    written = write(Order, [order(text % amount, key=str(n)) for n, amount in enumerate(amounts)])
    totals = written.tally.source["BRL", "PAID"]
    assert (totals.rows, totals.amount) == (3, Decimal("12345678901234567.9900001"))
