"""CSV reports: what is null, what is text, and that nothing is lost between blocks."""

import csv
import gzip
import io
import tracemalloc
from collections import deque
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.formats import FormatError, normalise_headers, read_csv

# surrogates cannot be written as UTF-8, and a NUL is no text of a report
CELLS = st.none() | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


def rows(*chunks, **options):
    file = read_csv(chunks, **options)
    return [tuple(row.values()) for batch in file.batches for row in batch.to_pylist()]


def written(header, records, line_end="\n"):
    """Null as nothing, everything else in quotes: what an exact writer would make."""
    lines = [
        ",".join("" if c is None else '"' + c.replace('"', '""') + '"' for c in r) for r in [header, *records]
    ]
    return line_end.join(lines) + line_end


def test_an_empty_cell_is_null_and_an_empty_quoted_one_is_text():
    assert rows(b'a,b,c\n,"",x\n"",,\n') == [(None, "", "x"), ("", None, None)]


def test_words_that_look_like_nothing_are_text():
    words = ["null", "NULL", "NaN", "NA", "N/A", "nan", "None", "#N/A", "-", " "]
    assert rows(("a\n" + "\n".join(words) + "\n").encode()) == [(word,) for word in words]


def test_numbers_and_dates_stay_the_text_they_are():
    values = ("12345678901234567.89", "1e5", "007", "2026-01-01", "true", "1,5")
    assert rows(written("abcdef", [values]).encode()) == [values]


def test_quotes_line_ends_and_commas_inside_a_cell_are_kept():
    assert rows(b'a,b\r\n"x ""y"" z","1\r\n2\n3,4"\r\n') == [('x "y" z', "1\r\n2\n3,4")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_make_no_difference(line_end, last, bom):
    text = line_end.join(["número,b", "São,2", "3,4"]) + (line_end if last else "")
    file = read_csv([bom + text.encode()])
    assert file.names == ["número", "b"]
    assert [tuple(r.values()) for batch in file.batches for r in batch.to_pylist()] == [
        ("São", "2"),
        ("3", "4"),
    ]


@given(
    st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[CELLS] * n), min_size=1, max_size=20)),
    st.lists(st.integers(0, 10**6), max_size=6),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_any_rows_in_any_split_and_any_block_come_back_exactly(records, at, packed, line_end):
    width = len(records[0])
    content = written([f"c{i}" for i in range(width)], records, line_end).encode()
    content = gzip.compress(content) if packed else content
    edges = [0, *sorted(position % (len(content) + 1) for position in at), len(content)]
    chunks = [content[a:b] for a, b in pairwise(edges)]
    # rows of nothing but null in several columns are commas; in one column they are blank lines
    assert rows(*chunks, block_bytes=256) == records


@given(st.lists(st.tuples(st.text("abc\"\n, '", min_size=1), st.text('xyz",\r\n', min_size=1)), max_size=20))
def test_what_python_writes_is_read_as_python_reads_it(records):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("a", "b"), *records])
    assert rows(text.getvalue().encode()) == records


def test_a_block_may_end_anywhere():
    records = [(str(i), f'line {i}\n"quoted", and so on', None, "") for i in range(50)]
    content = written("abcd", records).encode()
    for block in range(40, 120):
        assert rows(content, block_bytes=block) == records


def test_blank_lines_are_skipped_where_they_cannot_be_rows():
    assert rows(b"\n\r\na,b\n\n1,2\n\r\n\n3,4\n\n") == [("1", "2"), ("3", "4")]
    assert rows(b'a\n1\n\n""\n') == [("1",), (None,), ("",)]


@pytest.mark.parametrize("content", [b"a,b", b"a,b\n", b"a,b\r\n", b"\xef\xbb\xbfa,b\n\n"])
def test_a_file_with_a_header_only_has_columns_and_no_rows(content):
    file = read_csv([content])
    assert (file.columns, list(file.batches)) == (["a", "b"], [])


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"\r\n", b",,\n"])
def test_a_file_without_a_header_is_refused(content):
    with pytest.raises(FormatError, match="header"):
        read_csv([content])


def test_duplicate_headers_become_different_columns():
    file = read_csv([b'Status,status,"Invoice\nStatus"\n1,2,3\n'])
    assert file.names == ["Status", "status", "Invoice\nStatus"]
    assert [b.to_pylist() for b in file.batches] == [
        [{"status": "1", "status_2": "2", "invoice_status": "3"}]
    ]


@pytest.mark.parametrize(("row", "cells"), [(b"7", 1), (b"7,8,9", 3)])
def test_a_short_or_long_row_is_named_and_not_shown(row, cells):
    content = b"a,b\n" + b"1,secret\n" * 999 + row + b"\n"
    with pytest.raises(FormatError, match=f"row 1000 below the header has {cells} cells, not 2") as caught:
        rows(content, block_bytes=100)
    assert "secret" not in str(caught.value)


def test_an_odd_row_that_is_not_utf_8_either_is_refused_and_not_skipped():
    with pytest.raises(FormatError, match="row 2 below the header has 3 cells, not 2"):
        rows(b"a,b\n1,2\n3,\xff,4\n5,6\n")


def test_bytes_that_are_not_utf_8_are_refused_and_the_row_named():
    with pytest.raises(FormatError, match="row 101 below the header is not UTF-8"):
        rows(b"a,b\n" + b"1,2\n" * 100 + b"1,\xff\n")
    with pytest.raises(FormatError, match="header"):
        rows(b"a,\xff\n")


@pytest.mark.parametrize(
    "content", [b'a\n"1', b'a\n1\n"2\n3\n', b'a,b\n1,"2', b'a,b\n1,"2\n3,4\n', b'a,b\n"1,2\n']
)
def test_a_quote_that_is_never_closed_is_refused(content):
    with pytest.raises(FormatError):
        rows(content)


def test_a_record_that_no_block_can_hold_is_refused():
    with pytest.raises(FormatError, match="longer than two blocks"):
        rows(b"a,b\n" + b"1,2\n" * 100 + b"x" * 1000 + b",1\n" + b"1,2\n" * 100, block_bytes=64)
    with pytest.raises(FormatError, match="no header in the first 64 bytes"):
        rows(b'"a\n', *[b"x\n" * 50] * 10, block_bytes=64)


def test_gzip_in_several_members_is_one_file():
    packed = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n") + b"\0" * 10
    assert rows(*(bytes([byte]) for byte in packed)) == [("1", "2"), ("3", "4")]


@pytest.mark.parametrize("cut", [-1, -8, -12, 20])
def test_gzip_that_is_cut_off_is_refused(cut):
    packed = gzip.compress(written("ab", [(str(i), "x") for i in range(500)]).encode())
    with pytest.raises(FormatError, match="cut off"):
        rows(packed[:cut])


def test_gzip_that_is_damaged_is_refused():
    packed = bytearray(gzip.compress(written("ab", [(str(i), "x") for i in range(500)]).encode()))
    packed[-6] ^= 0xFF
    with pytest.raises(FormatError, match="damaged"):
        rows(bytes(packed))


def test_a_gzip_bomb_is_refused_while_it_unpacks():
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 16_000_000)
    tracemalloc.start()
    with pytest.raises(FormatError, match="300 times"):
        deque(read_csv([bomb]).batches, maxlen=0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_an_error_of_the_stream_comes_through_as_it_is():
    def broken():
        yield b"a,b\n1,2\n"
        raise ConnectionResetError("gone")

    with pytest.raises(ConnectionResetError, match="gone"):
        list(read_csv(broken()).batches)


def test_batches_come_before_the_file_has_been_read():
    seen = 0

    def chunks():
        nonlocal seen
        yield b"a,b\n"
        for _ in range(1000):
            seen += 1
            yield b"1,2\n" * 1000

    batches = read_csv(chunks(), block_bytes=4096).batches
    assert next(batches).num_rows
    assert seen < 100


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Invoice ID", "Invoice Number", "Sold From Tax ID"], ["invoice_id", "invoice_number", "sold_from_tax_id"]),
        (["invoiceDate", "InvoiceID", "TAXRate"], ["invoice_date", "invoice_id", "tax_rate"]),
        (["Valor (R$)", "Número", "  due-date  "], ["valor_r", "numero", "due_date"]),
        (["Status", "status", "STATUS "], ["status", "status_2", "status_3"]),
        (["x", "x", "x_2", "x"], ["x", "x_3", "x_2", "x_4"]),
        (["", "日本", "a", ""], ["column_1", "column_2", "a", "column_4"]),
        (["_dlt_id", "_dlt_load_id", "_extra"], ["dlt_id", "dlt_load_id", "extra"]),
        (["2nd line", "2nd_line"], ["_2nd_line", "_2nd_line_2"]),
    ],
)  # fmt: skip
def test_headers_become_snake_case_and_different(names, expected):
    assert normalise_headers(names) == expected


@given(st.lists(st.text(st.sampled_from("aA _1é-"), max_size=5), max_size=12))
def test_normalised_headers_are_unique_and_safe(names):
    found = normalise_headers(names)
    assert len(set(found)) == len(found) == len(names)
    for name in found:
        assert not name.startswith("_dlt")
        assert name.isidentifier()
        assert name == name.lower()
    assert normalise_headers(found) == found or any(n.startswith("_") for n in found)
