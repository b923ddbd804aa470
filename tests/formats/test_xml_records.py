"""Records out of streams of XML."""

import json
import subprocess
import sys
import time
from itertools import pairwise
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.formats import XmlRefused, read_xml_records

COMPANIES = """<?xml version="1.0" encoding="UTF-8"?>
<companies xmlns="urn:example">
  <company>
    <referenceId>C-1</referenceId><name>Padaria São Ninguém &amp; Filhos</name><taxId/>
    <addresses><city>Campinas</city><isPrimary>true</isPrimary></addresses>
    <addresses><city>  </city></addresses>
    <amount currency="BRL">12345678901234567.89</amount>
  </company>
  <!-- a note -->
  <x:company xmlns:x="urn:other"><x:referenceId><![CDATA[C-<2>]]></x:referenceId></x:company>
  <company/>
</companies>"""

EXPECTED = [
    {
        "referenceId": "C-1",
        "name": "Padaria São Ninguém & Filhos",
        "taxId": None,
        "addresses": [{"city": "Campinas", "isPrimary": "true"}, {"city": None}],
        "amount": {"@currency": "BRL", "#text": "12345678901234567.89"},
    },
    {"referenceId": "C-<2>"},
    {"#text": None},
]

TEXT = st.text(
    st.characters(min_codepoint=33, exclude_categories=["Cs", "Cn", "Cc", "Zs", "Zl", "Zp"]), min_size=1
)


def test_an_element_is_a_record_and_a_repeated_one_in_it_is_a_list():
    assert list(read_xml_records([COMPANIES.encode()])) == EXPECTED


@given(st.lists(st.integers(0, 10**6), max_size=10))
def test_any_split_gives_the_same_records(at):
    content = COMPANIES.encode()
    edges = [0, *sorted(position % (len(content) + 1) for position in at), len(content)]
    assert list(read_xml_records(content[a:b] for a, b in pairwise(edges))) == EXPECTED


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.lists(TEXT, min_size=1, max_size=3), min_size=1)))
def test_whatever_text_is_written_comes_back(records):
    body = "".join(
        f"<r>{''.join(f'<{k}>{escape(v)}</{k}>' for k, values in record.items() for v in values)}</r>"
        for record in records
    )
    found = list(read_xml_records([f"<list>{body}</list>".encode()]))
    assert found == [{k: v if len(v) > 1 else v[0] for k, v in record.items()} for record in records]


def test_latin_1_is_read_across_chunks():
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><l><r><n>ação</n></r></l>'.encode("latin-1")
    assert list(read_xml_records(bytes([byte]) for byte in content)) == [{"n": "ação"}]


def test_an_empty_list_has_no_records():
    assert list(read_xml_records([b"<companies/>"])) == []


@pytest.mark.parametrize(
    "content",
    [b"", b"<l><r/>", b"<l></r>", b"<l/><l/>", b"plain", b"<l><r>&x;</r></l>", b"<l>\xff</l>", b'{"a": 1}'],
)
def test_what_is_not_well_formed_or_ends_early_is_refused(content):
    with pytest.raises(XmlRefused):
        list(read_xml_records([content]))


def test_a_truncated_stream_hands_out_what_was_complete_and_is_then_refused():
    records = read_xml_records([b"<l><r><a>1</a></r><r><a>2"])
    assert next(records) == {"a": "1"}
    with pytest.raises(XmlRefused):
        next(records)


@pytest.mark.parametrize("dtd", ["<!DOCTYPE l>", '<!DOCTYPE l [<!ENTITY x SYSTEM "file:///etc/passwd">]>'])
def test_a_dtd_is_refused(dtd):
    with pytest.raises(XmlRefused, match="DTD"):
        list(read_xml_records([dtd.encode(), b"<l><r/></l>"]))


def test_an_entity_bomb_is_refused_quickly():
    bomb = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 50}'>" for a, b in pairwise("abcdefghij")
    )
    started = time.process_time()
    with pytest.raises(XmlRefused):
        list(read_xml_records([(bomb + "]><l q='&j;'><r>&j;</r></l>").encode()]))
    assert time.process_time() - started < 1


def test_endless_depth_is_refused():
    with pytest.raises(XmlRefused, match="depth"):
        list(read_xml_records([b"<a>" * 100_000]))


def test_a_record_larger_than_allowed_is_refused():
    def endless():
        yield b"<l><r>"
        while True:
            yield b"<a>1</a>" * 1000

    with pytest.raises(XmlRefused, match="longer than 100000 bytes"):
        list(read_xml_records(endless(), max_record_bytes=100_000))


PEAK = """
import resource, sys
from sources.kit.formats import read_xml_records
def chunks():
    yield b"<l>"
    for number in range(int(sys.argv[1])):
        yield b"<r><a>%d</a><b>text</b></r>" % number * 100
    yield b"</l>"
records = sum(1 for _ in read_xml_records(chunks()))
print(records, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_holds_a_record_and_not_the_stream():
    def run(count):
        done = subprocess.run([sys.executable, "-c", PEAK, str(count)], capture_output=True, check=True)
        return [int(number) for number in done.stdout.split()]

    (few, small), (many, large) = run(60), run(960)
    assert (few, many) == (6_000, 96_000)
    assert large < 1.2 * small


def test_records_are_json_as_they_are():
    assert json.loads(json.dumps(list(read_xml_records([COMPANIES.encode()])))) == EXPECTED
