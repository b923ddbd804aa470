"""Lists become child tables with keys and positions; empty ones leave word that they are."""

from __future__ import annotations

import hashlib
from datetime import date

import pytest
from kit_models import Bill, Order, order, write

from sources.kit.tables import table_shapes, warehouse_tables


@pytest.mark.parametrize("text", ["", '"lines":null', '"lines":[]'])
def test_a_list_that_is_absent_null_or_empty_leaves_a_tombstone(text: str) -> None:
    written = write(Order, [order(text)])
    for table in ("orders__lines", "orders__tags", "orders__total_fees", "orders__buyer_aliases"):
        (tombstone,) = written.tombstones(table)
        assert (tombstone["order_id"], tombstone["position"]) == ("o1", -1)
        assert written.rows(table) == []
    (tombstone,) = written.tombstones("orders__lines__taxes")
    assert (tombstone["line_position"], tombstone["position"]) == (-1, -1)


def test_a_list_with_elements_leaves_no_tombstone() -> None:
    written = write(Order, [order('"lines":[{"taxes":[]},{"taxes":[{"code":"a"}]}],"tags":["x"]')])
    for table in ("orders__lines", "orders__tags", "orders__lines__taxes"):
        assert written.tombstones(table) == []


def test_two_records_keep_their_elements_apart() -> None:
    texts = [
        '"lines":[{"sku":"a0"},{"sku":"a1","taxes":[{"code":"t0"},{"code":"t1"}]}]',
        "",
        '"lines":[{"sku":"c0"}]',
    ]
    written = write(Order, [order(text, key=key) for key, text in zip("abc", texts, strict=True)])
    lines = [(row["order_id"], row["position"], row["sku"]) for row in written.rows("orders__lines")]
    assert lines == [("a", 0, "a0"), ("a", 1, "a1"), ("c", 0, "c0")]
    taxes = [
        (row["order_id"], row["line_position"], row["position"], row["code"])
        for row in written.rows("orders__lines__taxes")
    ]
    assert taxes == [("a", 1, 0, "t0"), ("a", 1, 1, "t1")]
    assert [row["order_id"] for row in written.tombstones("orders__lines")] == ["b"]
    assert [row["order_id"] for row in written.tombstones("orders__lines__taxes")] == ["b", "c"]


def test_a_list_of_texts_has_a_value_column_and_keeps_nulls() -> None:
    rows = write(Order, [order('"tags":["x",null,""]')]).rows("orders__tags")
    assert [(row["position"], row["value"]) for row in rows] == [(0, "x"), (1, None), (2, "")]


def test_a_lifted_list_counts_over_all_the_lists_between_and_says_where_it_came_from() -> None:
    record = (
        b'{"series":"A","number":1,"periods":['
        b'{"groups":[{"items":[{"sku":"a","taxes":[{"code":"t"}]},{"sku":"b"}]},{"items":[]}]},'
        b'{"groups":[{},{"items":[{"sku":"c","taxes":[{"code":"u"},{"code":"v"}]}]}]}]}'
    )
    second = b'{"series":"A","number":2,"periods":[{"groups":[{"items":[{"sku":"d"}]}]}]}'
    written = write(Bill, [record, second])
    names = ("bill_number", "position", "period_position", "group_position", "sku")
    assert [tuple(row[name] for name in names) for row in written.rows("bills__items")] == [
        (1, 0, 0, 0, "a"),
        (1, 1, 0, 0, "b"),
        (1, 2, 1, 1, "c"),
        (2, 0, 0, 0, "d"),
    ]
    names = ("bill_number", "item_position", "position", "code")
    assert [tuple(row[name] for name in names) for row in written.rows("bills__items__taxes")] == [
        (1, 0, 0, "t"),
        (1, 2, 0, "u"),
        (1, 2, 1, "v"),
    ]
    assert [row["bill_number"] for row in written.tombstones("bills__items__taxes")] == [2]


def test_children_carry_the_date_that_their_record_is_partitioned_by() -> None:
    due = '"due":"2026-03-31","tags":["x"],"lines":[{"taxes":[{"code":"a"}]}]'
    written = write(Order, [order(due), order('"tags":["y"]', key="o2")])
    for table in ("orders__tags", "orders__tags__history"):
        dates = [(row["order_id"], row["order_due"]) for row in written.rows(table)]
        assert dates == [("o1", date(2026, 3, 31)), ("o2", None)]
    assert [row["order_due"] for row in written.rows("orders__lines__taxes")] == [date(2026, 3, 31)]
    (tombstone,) = written.tombstones("orders__total_fees")[:1]
    assert tombstone["order_due"] == date(2026, 3, 31)
    months = {s.name: s.partition.name for s in warehouse_tables(Order) if s.partition}
    assert months.pop("orders") == months.pop("orders__history") == "due"
    assert set(months.values()) == {"order_due"}
    assert len(months) == 2 * (len(table_shapes(Order)) - 1)


def test_children_of_a_record_without_such_a_date_have_none() -> None:
    assert [shape.name for shape in table_shapes(Bill) if shape.partition] == []


def test_keys_name_the_record_and_the_lists_above() -> None:
    keys = {shape.name: shape.key for shape in (*table_shapes(Order), *table_shapes(Bill))}
    assert keys == {
        "orders": ("id",),
        "orders__total_fees": ("order_id", "position"),
        "orders__buyer_aliases": ("order_id", "position"),
        "orders__tags": ("order_id", "position"),
        "orders__lines": ("order_id", "position"),
        "orders__lines__seller_aliases": ("order_id", "line_position", "position"),
        "orders__lines__taxes": ("order_id", "line_position", "position"),
        "bills": ("series", "number"),
        "bills__periods": ("bill_series", "bill_number", "position"),
        "bills__periods__groups": ("bill_series", "bill_number", "period_position", "position"),
        "bills__items": ("bill_series", "bill_number", "position"),
        "bills__items__taxes": ("bill_series", "bill_number", "item_position", "position"),
    }


def test_what_is_written_has_exactly_the_columns_that_the_shapes_say_in_their_order() -> None:
    for model, record in ((Order, order()), (Bill, b'{"series":"A","number":1}')):
        arrow = write(model, [record]).arrow
        for shape in warehouse_tables(model):
            assert arrow[shape.name].column_names == [column.name for column in shape.columns], shape.name


def test_the_version_is_the_hash_of_the_bytes_and_every_child_carries_it() -> None:
    records = [
        b'{"id":"a", "updatedAt":"2026-01-01T00:00:00Z","lines":[{"taxes":[{"code":"t"}]}],"tags":[ "x" ]}',
        order('"lines":[{},{}]', key="b"),
    ]
    written = write(Order, records)
    hashes = {key: hashlib.sha256(r).hexdigest() for key, r in zip("ab", records, strict=True)}
    assert {row["id"]: row["_version"] for row in written.rows("orders__history")} == hashes
    found = {
        table: [(row["order_id"], row["_version"] == hashes[row["order_id"]]) for row in written.rows(table)]
        for table in ("orders__lines__history", "orders__tags__history", "orders__lines__taxes__history")
    }
    assert found == {
        "orders__lines__history": [("a", True), ("b", True), ("b", True)],
        "orders__tags__history": [("a", True)],
        "orders__lines__taxes__history": [("a", True)],
    }


def test_history_has_no_tombstones() -> None:
    written = write(Order, [order()])
    for name, table in written.arrow.items():
        if name.endswith("__history"):
            assert "_tombstone" not in table.column_names
            assert table.num_rows == (1 if name == "orders__history" else 0)


def test_a_model_without_history_has_none() -> None:
    assert [s.name for s in warehouse_tables(Bill) if s.name.endswith("__history")] == []
