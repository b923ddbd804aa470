"""Of the versions of one record the right one counts, once, and the counts and sums are exact."""

from __future__ import annotations

import gc
import itertools
from datetime import datetime
from decimal import Decimal
from typing import Annotated, ClassVar

import pytest
from kit_models import Order, order, write
from pydantic import Field

from sources.kit.tables import (
    AlsoNamed,
    CamelRecord,
    DateOk,
    FreeForm,
    LooseText,
    ModelError,
    Personal,
    Record,
    Spool,
    Table,
    Tally,
    table_shapes,
)


def winners(spool: Spool) -> list[bytes]:
    return [record for records, _ in spool.winners() for record in records]


def at(minute: int, key: str = "k", text: str = "") -> bytes:
    return order(text, key, f"2026-01-01T00:{minute:02}:00Z")


def test_the_highest_version_wins_whatever_the_order() -> None:
    for versions in itertools.permutations(range(4)):
        spool = Spool(Order, Tally("t"))
        for version in versions:
            spool.add([at(version)])
        assert winners(spool) == [at(3)]


def test_versions_are_compared_as_moments_not_as_text() -> None:
    later = order(at="2026-01-01T00:30:00-03:00")
    spool = Spool(Order, Tally("t"))
    spool.add([later, order(at="2026-01-01T03:00:00Z"), order(at="2026-01-01T03:29:59+0000")])
    assert winners(spool) == [later]


def test_of_equal_versions_the_higher_rank_wins_and_then_the_last() -> None:
    spool = Spool(Order, Tally("t"))
    first, second, third = (at(1, text=f'"code":{n}') for n in range(3))
    spool.add([first], rank=2)
    spool.add([second], rank=1)
    assert winners(spool) == [first]
    spool = Spool(Order, Tally("t"))
    spool.add([first, second, third], rank=2)
    assert winners(spool) == [third]


def test_a_record_without_a_readable_version_loses_to_any_other() -> None:
    naive = order(key="k", at="2027-01-01T00:00:00")
    for records in ([naive, at(1)], [at(1), naive]):
        spool = Spool(Order, Tally("t"))
        spool.add(records)
        assert winners(spool) == [at(1)]


def test_records_without_a_key_pass_and_are_counted_once_however_often_they_come() -> None:
    tally = Tally("t")
    spool = Spool(Order, tally)
    keyless = [b'{"updatedAt":"2026-01-01T00:00:00Z"}', b"nonsense", b"[]", b'{"id":5}']
    assert spool.add([*keyless, at(1)])[:4] == [None] * 4
    spool.add(keyless)
    assert (len(spool), winners(spool)) == (5, [*keyless, at(1)])
    assert tally.source_rows == 5


def test_one_unreadable_record_does_not_hide_the_keys_of_the_others() -> None:
    spool = Spool(Order, Tally("t"))
    seen = spool.add([at(1, "a"), b"nonsense", order('"status":5', "b"), at(2, "c", '"total":"x"')])
    assert [probed and probed[0] for probed in seen] == [("a",), None, ("b",), ("c",)]


def test_winners_come_whole_and_in_the_order_in_which_they_came() -> None:
    records = [at(n % 60, f"k{n}", f'"memo":{{"n": {n}}}') for n in range(12_000)]
    spool = Spool(Order, Tally("t"))
    for start in range(0, len(records), 1000):
        spool.add(records[start : start + 1000])
    assert winners(spool) == records


def test_totals_are_by_currency_and_status_and_exact_beyond_28_digits() -> None:
    tally = Tally("t")
    spool = Spool(Order, tally)
    big, small = "9999999999999999999999999999.9999999999", "0.0000000001"
    text = '"status":"{}","total":{{"currency":"{}","net":{}}}'
    rows = [("PAID", "BRL", big), ("PAID", "BRL", small), ("PAID", "BRL", big), ("OPEN", "USD", "1")]
    spool.add([at(1, str(n), text.format(*row)) for n, row in enumerate(rows)])
    winners(spool)
    assert tally.source["BRL", "PAID"].amount == Decimal("19999999999999999999999999999.9999999999")
    assert tally.source["USD", "OPEN"].amount == 1


@pytest.mark.parametrize("amount", ["1e400", "1e-400", '"NaN"', '"Infinity"', "0.12345678901"])
def test_an_amount_that_no_column_holds_does_not_spoil_the_sum_of_the_others(amount: str) -> None:
    tally = Tally("t")
    spool = Spool(Order, tally)
    spool.add([at(1, "a", '"total":{"net":0.01}'), at(1, "b", f'"total":{{"net":{amount}}}')])
    winners(spool)
    assert (tally.source_rows, tally.source[None, None].amount) == (2, Decimal("0.01"))


def test_a_record_that_the_warehouse_has_newer_is_left_out_and_counted_as_superseded() -> None:
    tally = Tally("t")
    spool = Spool(Order, tally)
    spool.add([at(1, "a"), at(2, "b")])
    assert {key: version.minute for key, version in spool.versions().items()} == {("a",): 1, ("b",): 2}
    spool.drop(("a",))
    assert winners(spool) == [at(2, "b")]
    assert (tally.superseded, tally.source_rows) == (1, 1)


def test_the_temporary_file_has_no_name_and_is_closed_with_the_spool(tmp_path) -> None:
    spool = Spool(Order, Tally("t"), tmp_path)
    spool.add([at(1, "k", f'"memo":"{"x" * (2 << 20)}"')])
    assert list(tmp_path.iterdir()) == []
    file = spool._file
    del spool
    gc.collect()
    assert file.closed


class Receipt(CamelRecord):
    """Known by a number that may be text, and a time that may be a date."""

    table: ClassVar[Table | None] = Table("receipts", "receipt", key=("number", "paid_on"), append_only=True)

    number: LooseText = Field(description="Key.")
    paid_on: Annotated[str, Personal()] = Field(description="Key.")


class Dated(CamelRecord):
    """Ordered by a time that may be a date."""

    table: ClassVar[Table | None] = Table("dated", "dated", key=("id", "at"), version="at")

    id: str = Field(description="Key.")
    at: Annotated[datetime, DateOk()] = Field(description="When.")


def test_a_key_is_found_in_every_spelling_that_the_model_takes() -> None:
    spool = Spool(Receipt, Tally("t"))
    records = [f'{{"number":{n},"paidOn":"x"}}'.encode() for n in ("1", '"1"', "1.0", "-5", "null", "{}")]
    seen = spool.add(records)
    assert [probed and probed[0][0] for probed in seen] == ["1", "1", "1.0", "-5", None, None]
    assert len(spool) == 5
    seen = Spool(Dated, Tally("t")).add(
        [b'{"id":"a","at":"2026-01-01"}', b'{"id":"a","at":"2026-01-01T00:00:00Z"}']
    )
    assert seen[0] == seen[1] is not None


def _model(**fields: object) -> type[Record]:
    annotations = {name: annotation for name, (annotation, _) in fields.items()}  # type: ignore[misc]
    body = {name: default for name, (_, default) in fields.items()}  # type: ignore[misc]
    table = Table("t", "t", amount="amount" if "amount" in fields else None)
    return type(
        "Made",
        (Record,),
        {"__annotations__": {"table": ClassVar[Table | None], **annotations}, "table": table, **body},
    )


ID = (str, Field(description="Key."))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": (str | None, None)}, "may be null"),
        ({"name": (str, Field())}, "do not exist"),
        ({"id": (Annotated[str, AlsoNamed("key")], Field())}, "required field has one name"),
        ({"id": ID, "who": (Annotated[Order | None, Personal()], None)}, "only texts and free-form"),
        ({"id": ID, "age": (Annotated[int | None, Personal()], None)}, "only texts and free-form"),
        ({"id": ID, "all": (Annotated[list[Order] | None, Personal()], None)}, "its elements instead"),
        ({"id": ID, "x": (int | str | None, None)}, "more than one type"),
        ({"id": ID, "x": (list[int] | None, None)}, "records or strings"),
        ({"id": ID, "x": (float | None, None)}, "no column type"),
    ],
)
def test_a_model_that_cannot_be_a_table_is_refused_when_it_is_compiled(fields, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        table_shapes(_model(**fields))


def test_what_decides_what_counts_has_one_name_and_is_no_free_form() -> None:
    model = _model(id=ID, amount=(Annotated[Decimal | None, AlsoNamed("total")], None))
    with pytest.raises(ModelError, match="one name only"):
        Spool(model, Tally("t"))
    with pytest.raises(ModelError, match="no column amount"):
        Spool(type("Bare", (_model(id=ID),), {"table": Table("t", "t", amount="amount")}), Tally("t"))


def test_a_list_of_personal_texts_may_be_marked_on_the_list_or_on_its_elements() -> None:
    outer = _model(id=ID, names=(Annotated[list[str] | None, Personal()], None))
    inner = _model(id=ID, names=(list[Annotated[str, Personal()]] | None, None))
    assert [table_shapes(model)[1].column("value").personal for model in (outer, inner)] == [True, True]


def test_required_free_form_and_loose_values_may_not_be_null() -> None:
    model = _model(id=ID, code=(LooseText, Field()), memo=(FreeForm, Field()), amount=(Decimal, Field()))
    good = '"code":1,"memo":{},"amount":1'
    bad = [
        good.replace("1,", "null,", 1),
        good.replace("{}", "null"),
        good.replace('t":1', 't":null'),
        '"code":1',
    ]
    written = write(model, [f'{{"id":"{n}",{text}}}'.encode() for n, text in enumerate([good, *bad])])
    assert [row["id"] for row in written.rows("t")] == ["0"]
    assert [r["field"] for r in written.rejects] == ["$.code", "$.memo", "$.amount", "$.memo"]
