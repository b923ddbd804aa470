"""Secrets are never kept; personal data is kept, dropped or hashed, wherever it stands."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from kit_models import Order, Written, order, write

from sources.kit.tables import Privacy

KEY = b"a key of our own"
PEOPLE = (
    '"buyer":{"name":"Fulana Inventada","taxId":123,"aliases":["Fula"],"notes":{"of":"Fulana"},"pin":"0000"},'
    '"lines":[{"seller":{"name":"Fulana Inventada","taxId":"123"}}],"nickname":"Fulaninha","secret":"s3cret"'
)


def hashed(text: str) -> str:
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def everything(written: Written) -> str:
    return json.dumps({name: table.to_pylist() for name, table in written.arrow.items()}, default=str)


@pytest.mark.parametrize("privacy", [Privacy(), Privacy("drop"), Privacy("hash", KEY)], ids=lambda p: p.mode)
@pytest.mark.parametrize("more", ["", ',"quantity":"bad"'], ids=["loaded", "rejected"])
def test_a_secret_is_nowhere(privacy: Privacy, more: str) -> None:
    written = write(Order, [order(PEOPLE + more)], privacy)
    text = everything(written)
    assert "0000" not in text
    assert "s3cret" not in text
    assert len(written.rejects) == (1 if more else 0)


@pytest.mark.parametrize("privacy", [Privacy("drop"), Privacy("hash", KEY)], ids=lambda p: p.mode)
@pytest.mark.parametrize("more", ["", ',"quantity":"bad"'], ids=["loaded", "rejected"])
def test_no_personal_value_is_left_in_any_table(privacy: Privacy, more: str) -> None:
    text = everything(write(Order, [order(PEOPLE + more)], privacy))
    assert "Ful" not in text
    assert '"123"' not in text


def test_dropped_is_null() -> None:
    written = write(Order, [order(PEOPLE)], Privacy("drop"))
    row = written.one("orders")
    assert [row[f"buyer__{name}"] for name in ("name", "tax_id", "notes")] == [None, None, None]
    assert row["_extra"] is None
    assert written.one("orders__buyer_aliases")["value"] is None
    assert written.one("orders__lines")["seller__name"] is None


def test_hashes_of_equal_values_are_equal_whether_text_or_number_and_in_every_table() -> None:
    written = write(Order, [order(PEOPLE)], Privacy("hash", KEY))
    row, line = written.one("orders"), written.one("orders__lines")
    assert row["buyer__name"] == line["seller__name"] == hashed("Fulana Inventada")
    assert row["buyer__tax_id"] == line["seller__tax_id"] == hashed("123")
    assert written.one("orders__buyer_aliases")["value"] == hashed("Fula")
    assert written.one("orders__history")["buyer__name"] == hashed("Fulana Inventada")


def test_a_hash_in_a_json_column_is_json() -> None:
    row = write(Order, [order(PEOPLE)], Privacy("hash", KEY)).one("orders")
    assert json.loads(row["buyer__notes"]) == hashed('{"of":"Fulana"}')
    assert json.loads(row["_extra"]) == hashed('{"nickname":"Fulaninha"}')


def test_a_null_is_not_hashed() -> None:
    text = '"buyer":{"name":null,"notes":null,"aliases":[null]},"quantity":"bad"'
    raw = json.loads(write(Order, [order(text)], Privacy("hash", KEY)).rejects[0]["raw"])
    assert raw["buyer"] == {"name": None, "notes": None, "aliases": [None]}


def test_a_rejected_record_keeps_the_rest() -> None:
    written = write(Order, [order(PEOPLE + ',"total":{"net":1e400},"code":1.10')], Privacy("hash", KEY))
    raw = written.rejects[0]["raw"]
    assert '"total":{"net":1e400}' in raw
    assert '"code":1.10' in raw
    assert json.loads(raw)["buyer"]["name"] == hashed("Fulana Inventada")
    assert json.loads(raw)["nickname"] == hashed("Fulaninha")


@pytest.mark.parametrize(
    "text", ['"buyer":"Fulana, 0000"', '"buyer":["Fulana 0000"]', '"lines":[{"seller":"Fulana 0000"}]']
)
@pytest.mark.parametrize("privacy", [Privacy(), Privacy("drop"), Privacy("hash", KEY)], ids=lambda p: p.mode)
def test_what_stands_where_a_person_should_is_not_kept_in_the_clear(text: str, privacy: Privacy) -> None:
    (reject,) = write(Order, [order(text)], privacy).rejects
    assert "Fulana" not in reject["raw"]


def test_a_record_that_cannot_be_read_is_not_kept_where_it_might_hold_a_secret() -> None:
    (reject,) = write(Order, [b'{"id":"x","secret":"s3cret",']).rejects
    assert (reject["raw"], reject["reason"]) == (None, "not readable as JSON")


def test_a_hash_needs_a_key_and_a_mode_must_exist() -> None:
    with pytest.raises(ValueError, match="personal_data_key"):
        Privacy("hash")
    with pytest.raises(ValueError, match="use keep, drop or hash"):
        Privacy("blur")  # type: ignore[arg-type]
