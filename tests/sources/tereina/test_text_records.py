"""Records whose values are text become the JSON that their model's decoder takes."""

from __future__ import annotations

import json
from typing import Annotated, ClassVar

import pytest
from pydantic import Field

from sources.kit.tables import AlsoNamed, CamelRecord, Decoder, Table, TextRecords


class Part(CamelRecord):
    line_number: int | None = Field(None, description="Number.")
    last: bool | None = Field(None, description="Whether it is the last one.")


class Account(CamelRecord):
    iban: str | None = Field(None, description="Number.")
    branch: int | None = Field(None, description="Branch.")


class Order(CamelRecord):
    table: ClassVar[Table | None] = Table(name="orders", singular="order")

    id: str = Field(description="Id.")
    version: Annotated[int | None, AlsoNamed("revision")] = Field(None, description="Version.")
    paid: bool | None = Field(None, description="Whether it is paid.")
    debtor_account: Account | None = Field(None, description="Account.")
    parts: list[Part] | None = Field(None, description="Parts.")
    tags: list[str] | None = Field(None, description="Tags.")


def encoded(**values):
    return json.loads(TextRecords(Order).encode(values))


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("-7", -7), ("+7", 7), ("007", 7)])
def test_whole_numbers_lose_their_quotes_under_every_name_of_the_field(text, value):
    assert encoded(version=text) == {"version": value}
    assert encoded(revision=text) == {"revision": value}


@pytest.mark.parametrize("text", ["seven", "7.0", " 7", "1e3", "٧", "9" * 20, "-", "0x1"])
def test_what_is_no_whole_number_stays_text_and_the_decoder_rejects_it(text):
    assert encoded(version=text) == {"version": text}
    decoded = Decoder(Order).decode([TextRecords(Order).encode({"id": "a", "version": text})])
    assert [reject.field for reject in decoded.rejected] == ["$.version"]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("FALSE", False), ("1", True), ("0", False)])
def test_booleans_lose_their_quotes(text, value):
    assert encoded(paid=text) == {"paid": value}
    assert encoded(paid="yes") == {"paid": "yes"}


def test_empty_values_are_left_out_and_unknown_ones_stay_as_they_came():
    assert encoded(id="", version=None, paid="", other="1", more={"x": "1"}) == {
        "other": "1",
        "more": {"x": "1"},
    }


def test_objects_and_lists_are_typed_inside_and_one_element_may_come_without_its_list():
    parts = [{"lineNumber": "1", "last": "false"}, {"lineNumber": "2"}]
    assert encoded(parts=parts)["parts"] == [{"lineNumber": 1, "last": False}, {"lineNumber": 2}]
    assert encoded(parts=parts[1])["parts"] == [{"lineNumber": 2}]
    assert encoded(tags="a") == {"tags": ["a"]}
    assert encoded(debtorAccount={"branch": "12", "iban": "12"}) == {
        "debtorAccount": {"branch": 12, "iban": "12"}
    }


def rows(names, *cells):
    return [json.loads(record) for record in TextRecords(Order).rows(names, cells)]


def test_a_dotted_name_is_a_field_of_an_object_of_the_model_and_of_nothing_else():
    names = ["id", "debtorAccount.iban", "debtorAccount.branch", "custom.field"]
    assert rows(names, ("a", "X", "1", "y"), ("b", None, "", None)) == [
        {"id": "a", "debtorAccount": {"iban": "X", "branch": 1}, "custom.field": "y"},
        {"id": "b"},
    ]


def test_a_name_that_stands_twice_is_a_list():
    assert rows(["id", "tags", "tags"], ("a", "x", "y"), ("b", "", "y")) == [
        {"id": "a", "tags": ["x", "y"]},
        {"id": "b", "tags": ["y"]},
    ]


def test_text_where_an_object_should_be_keeps_everything_that_came():
    names = ["id", "debtorAccount", "debtorAccount.iban"]
    assert rows(names, ("a", "text", "X")) == [
        {"id": "a", "debtorAccount": "text", "debtorAccount.iban": "X"}
    ]
