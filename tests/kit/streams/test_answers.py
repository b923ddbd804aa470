"""Answers are taken apart without touching what is inside."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sources.kit.streams import Answer
from sources.kit.transport import WrongAnswer


def answer(body: bytes | str, **headers: str) -> Answer:
    return Answer(httpx.Response(200, content=body, headers=headers))


def test_records_are_found_in_an_envelope_byte_for_byte() -> None:
    found = answer('{"data":{"data":[ {"a": 1.10} , {"b":\t"\\u00e9"}],"totalItems":2}}')
    assert list(found.records("data.data")) == [b'{"a": 1.10}', b'{"b":\t"\\u00e9"}']
    assert found.number("data.totalItems") == 2


def test_the_empty_path_is_the_whole() -> None:
    assert list(answer("[1, 2]").records("")) == [b"1", b"2"]
    assert answer('{"a":1}').raw("") == b'{"a":1}'


@pytest.mark.parametrize("path", ["b", "a.b", "a.b.c", "list.0"])
def test_what_is_not_there_is_none(path: str) -> None:
    assert answer('{"a":{"c":null},"list":[1]}').raw(path) is None


def test_null_is_as_good_as_absent() -> None:
    found = answer('{"a":null}')
    assert (found.raw("a"), found.value("a"), found.text("a"), found.number("a")) == (None,) * 4


@pytest.mark.parametrize("body", ['{"data":null}', "{}", '{"data":{}}', '{"data":"x"}', '"x"', "5"])
def test_an_answer_without_its_list_is_wrong(body: str) -> None:
    with pytest.raises(WrongAnswer, match="list"):
        answer(body).records("data")


@pytest.mark.parametrize(
    "body", [b"<html><body>Bad gateway</body></html>", b"", b"{", b'{"a":1}x', b'{"a":NaN}', b"{'a':1}"]
)
def test_what_is_not_json_is_wrong(body: bytes) -> None:
    with pytest.raises(WrongAnswer, match="not JSON"):
        answer(body)


def test_an_answer_nested_without_end_is_wrong() -> None:
    with pytest.raises(WrongAnswer, match="nested deeper"):
        answer("[" * 100_000 + "]" * 100_000)


def test_a_byte_order_mark_is_no_part_of_the_answer() -> None:
    assert answer(b'\xef\xbb\xbf{"a":1}').raw("") == b'{"a":1}'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r'"\ud800"', r'"\ufffd"'),
        (r'"\udc00x"', r'"\ufffdx"'),
        (r'"\uD83D\uDE00\ud83d"', r'"\uD83D\uDE00\ufffd"'),
        (r'"\ud83d\ud83d\ude00"', r'"\ufffd\ud83d\ude00"'),
        (r'"\\ud800 \ud800"', r'"\\ud800 \ufffd"'),
        (r'"\\\ud800"', r'"\\\ufffd"'),
    ],
)
def test_half_a_surrogate_pair_is_replaced_and_nothing_else_is(text: str, kept: str) -> None:
    assert answer(f'{{"a":{text}}}').raw("a") == kept.encode()


def test_a_good_body_is_never_changed() -> None:
    text = r'{"a":"\\ud800 \ud83d\ude00","b":1.0}'
    assert answer(text).raw("") == text.encode()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("5", 5),
        ('"12"', 12),
        ("5.0", 5),
        ("5.5", None),
        ("true", None),
        ('"x"', None),
        ("{}", None),
        ("-1", -1),
    ],
)
def test_a_number_is_whole_and_may_be_written_as_a_string(text: str, number: int | None) -> None:
    assert answer(f'{{"n":{text}}}').number("n") == number


@pytest.mark.parametrize(("text", "found"), [('"x"', "x"), ("5", None), ("{}", None)])
def test_a_text_is_a_string(text: str, found: Any) -> None:
    assert answer(f'{{"t":{text}}}').text("t") == found


def test_a_setting_that_names_no_path_finds_no_number() -> None:
    assert answer("5").number("") is None


def test_headers_are_at_hand() -> None:
    assert answer("{}", **{"X-Total": "7"}).headers["x-total"] == "7"
