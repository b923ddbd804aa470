"""Records out of byte streams that are cut anywhere."""

import json
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.formats import FormatError, read_json_lines, read_json_list

RECORDS = [
    b'{"a": 1.10, "text": "comma, bracket ]}, quote \\" and \\\\"}',
    '{"name": "São João ação 😀", "list": [1, [2, {"b": "[{"}]], "empty": {}}'.encode(),
    b'{"ends with backslash": "\\\\", "x": "\\u005b"}',
    b"{}",
]

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def cut(content, at):
    """The content in pieces that end at the positions ``at`` names, empty pieces among them."""
    edges = [0, *sorted(position % (len(content) + 1) for position in at), len(content)]
    return [content[a:b] for a, b in pairwise(edges)]


@given(
    st.lists(VALUES, max_size=6),
    st.lists(st.integers(0, 10**6), max_size=12),
    st.sampled_from([None, 2]),
    st.booleans(),
    st.sampled_from(["", "\ufeff", "\ufeff \n"]),
)
def test_any_split_of_a_list_gives_the_same_elements(values, at, indent, ascii_only, before):
    content = (before + json.dumps(values, indent=indent, ensure_ascii=ascii_only) + "\n").encode()
    elements = list(read_json_list(cut(content, at)))
    assert [json.loads(element) for element in elements] == values
    assert elements == list(read_json_list([content]))


@given(
    st.lists(VALUES, max_size=6),
    st.lists(st.integers(0, 10**6), max_size=12),
    st.sampled_from(["\n", "\r\n", "\n\n", "\n \r\n"]),
    st.booleans(),
    st.sampled_from(["", "\ufeff"]),
)
def test_any_split_of_lines_gives_the_same_records(values, at, line_end, ends, before):
    text = line_end.join(json.dumps(value, ensure_ascii=False) for value in values)
    content = (before + text + (line_end if ends else "")).encode()
    assert [json.loads(record) for record in read_json_lines(cut(content, at))] == values


SIMILAR = st.lists(
    st.fixed_dictionaries(
        {"id": st.text() | st.sampled_from([',{"id":1}', '"},{"id":', "\\"])},
        optional={"nested": st.lists(st.fixed_dictionaries({"id": st.integers()}), max_size=5)},
    ),
    max_size=12,
)


@given(SIMILAR, st.lists(st.integers(0, 10**6), max_size=4), st.sampled_from([(",", ":"), (" ,\n", " : ")]))
def test_elements_that_begin_alike_are_not_mistaken_for_what_is_inside_them(values, at, separators):
    content = json.dumps(values, separators=separators).encode()
    elements = list(read_json_list(cut(content, at)))
    assert [json.loads(element) for element in elements] == values


def test_a_lone_surrogate_which_some_decoders_refuse_passes_with_its_neighbours():
    elements = [b'{"id":1}', b'{"id":"\\ud83d"}', b'{"id":3}', b'{"id":4}']
    assert list(read_json_list([b"[" + b",".join(elements) + b"]"])) == elements


def test_elements_are_handed_out_byte_for_byte():
    content = b" [ " + b" ,\n".join(RECORDS) + b"\t]\r\n"
    assert list(read_json_list([content])) == RECORDS
    assert list(read_json_list(bytes([byte]) for byte in content)) == RECORDS


def test_lines_are_handed_out_byte_for_byte():
    content = b"\n".join(RECORDS)
    assert list(read_json_lines([content])) == RECORDS
    assert list(read_json_lines(bytes([byte]) for byte in content)) == RECORDS


def test_a_single_object_is_a_list_of_one():
    assert list(read_json_list([b' {"a": [1, ', b"2]} "])) == [b'{"a": [1, 2]}']


@pytest.mark.parametrize("content", [b"[]", b" [ \n ] ", b"\xef\xbb\xbf[]"])
def test_an_empty_list_has_no_elements(content):
    assert list(read_json_list([content])) == []


def test_an_element_that_is_no_object_is_handed_out_for_the_model_to_reject():
    assert list(read_json_list([b'[1, null,"a]", [2] ,{}]'])) == [b"1", b"null", b'"a]"', b"[2]", b"{}"]


def test_no_lines_are_no_records():
    assert list(read_json_lines([])) == []
    assert list(read_json_lines([b"\xef\xbb\xbf\r\n", b"\n"])) == []


def test_a_bad_line_in_the_middle_is_handed_out_for_the_model_to_reject():
    assert list(read_json_lines([b'{"a":1}\n{"a":\n{"a":3}\n'])) == [b'{"a":1}', b'{"a":', b'{"a":3}']


@pytest.mark.parametrize(
    ("content", "reason", "offset"),
    [
        (b"", "empty", 0),
        (b"  ", "empty", 2),
        (b"<html>", "neither", 0),
        (b"[", "ends inside", 1),
        (b"[{}", "ends inside", 3),
        (b"[{},", "ends inside", 4),
        (b'[{"a": "b', "ends inside", 9),
        (b'[{"a": "b\\', "ends inside", 9),
        (b"[12", "ends inside", 3),
        (b"[{},]", "without an element", 4),
        (b"[,{}]", "missing", 1),
        (b"[{}{}]", "no comma", 3),
        (b"[}]", "missing", 1),
        (b"[{}] []", "follows", 5),
        (b"[]x", "follows", 2),
        (b"{}{}", "follows", 2),
        (b'{"a":1', "ends inside", 6),
    ],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_a_list_that_is_cut_off_or_followed_is_refused_with_its_offset(content, reason, offset, size):
    chunks = [content[i : i + size] for i in range(0, len(content), size)]
    with pytest.raises(FormatError, match=reason) as caught:
        list(read_json_list(chunks))
    assert caught.value.offset == offset
    assert str(caught.value).endswith(f"(at byte {offset})")


@given(st.lists(VALUES, min_size=1, max_size=4), st.integers(1, 10**6))
def test_every_truncated_list_is_refused(values, cut_off):
    content = json.dumps(values).encode()
    truncated = content[: cut_off % len(content)]
    with pytest.raises(FormatError):
        list(read_json_list([truncated]))


@pytest.mark.parametrize("last", [b'{"a":', b'{"a":"x', b'{"a":1', '{"a":"ç'.encode()[:-1], b"tru"])
def test_a_last_line_that_is_cut_off_is_refused_with_its_offset(last):
    with pytest.raises(FormatError) as caught:
        list(read_json_lines([b'{"a":1}\n', last]))
    assert caught.value.offset == 8


@pytest.mark.parametrize("read", [read_json_lines, read_json_list])
def test_a_record_larger_than_allowed_is_refused_before_it_fills_the_memory(read):
    def endless():
        yield b'[{"a": "'
        while True:
            yield b"x" * 1000

    with pytest.raises(FormatError, match="longer than 5000 bytes"):
        list(read(endless(), max_record_bytes=5000))


def test_endless_nesting_is_scanned_without_recursion():
    deep = b"[" * 200_000 + b"]" * 200_000
    assert list(read_json_list([b"[", deep, b"]"])) == [deep]
    assert list(read_json_lines([deep])) == [deep]


def test_endless_nesting_among_elements_that_begin_alike_is_no_obstacle():
    deep = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    elements = [b'{"a":1}', b'{"a":2}', deep, b'{"a":4}', b'{"a":5}']
    assert list(read_json_list([b"[" + b",".join(elements) + b"]"])) == elements


@pytest.mark.parametrize("read", [read_json_lines, read_json_list])
def test_memory_holds_a_chunk_and_not_the_stream(read):
    record = json.dumps({"text": "x" * 1000}).encode()
    separator = b"\n" if read is read_json_lines else b","

    def chunks(count):
        yield b"" if read is read_json_lines else b"["
        for _ in range(count):
            yield (record + separator) * 50
        yield record + (b"" if read is read_json_lines else b"]")

    tracemalloc.start()
    count = sum(1 for _ in read(chunks(400)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 400 * 50 + 1
    assert peak < 1_000_000


def test_a_long_record_in_small_chunks_takes_linear_time():
    record = b'{"a": "' + b'x\\"' * 1_000_000 + b'", "b": [' + b"{}," * 100_000 + b"{}]}"
    content = b"[" + record + b"]"
    assert list(read_json_list(content[i : i + 1024] for i in range(0, len(content), 1024))) == [record]
