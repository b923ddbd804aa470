"""The data dictionary: whole, escaped, and one file that needs nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from pipelines.catalog import catalog
from pipelines.dictionary import Entry, Field, entries_of, page, read_manifest
from pipelines.registry import specs
from pipelines.transform import PROJECT

SHOWN = ("model", "seed")


@pytest.fixture(scope="module")
def manifest():
    return read_manifest()


@pytest.fixture(scope="module")
def entries(manifest):
    return entries_of(manifest, catalog(list(specs(["roit", "tereina", "solvimon"]))))


@pytest.fixture(scope="module")
def html(entries):
    return page(entries)


class _Articles(HTMLParser):
    """The text of each article, its column names, and every attribute of the page that names an address."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: dict[str, set[str]] = {}
        self.addresses: list[tuple[str, str, str]] = []
        self.tags: set[str] = set()
        self.article = ""
        self._cell = False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.add(tag)
        if tag == "article":
            self.article = values["id"]
            self.columns[self.article] = set()
        self._cell = tag == "td" or (tag == "code" and self._cell)
        self._is_name = tag == "code" and self._cell
        for name in ("href", "src", "srcset", "action", "data", "poster", "background"):
            if name in values:
                self.addresses.append((tag, name, values[name]))

    def handle_data(self, data):
        if getattr(self, "_is_name", False):
            self.columns[self.article].add(data)

    def handle_endtag(self, tag):
        if tag in ("td", "code"):
            self._cell = self._is_name = False


@pytest.fixture(scope="module")
def parsed(html):
    parser = _Articles()
    parser.feed(html)
    return parser


def test_every_model_seed_raw_table_metric_and_question_is_there_with_every_column(manifest, parsed):
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] in SHOWN]
    assert {path.stem for path in (PROJECT / "models").rglob("*.sql")} <= {node["name"] for node in nodes}
    for node in (*nodes, *manifest["sources"].values()):
        assert set(node["columns"]) <= parsed.columns[node["unique_id"]], node["unique_id"]
    assert {*manifest["metrics"], *manifest["exposures"]} <= set(parsed.columns)


def test_every_entry_and_every_column_is_described(entries):
    assert [entry.id for entry in entries if not entry.description] == []
    assert [(entry.id, each.name) for entry in entries for each in entry.fields if not each.description] == []


def test_links_lead_both_ways_and_to_entries_that_exist(entries, parsed):
    known = {entry.id: entry for entry in entries}
    for entry in entries:
        assert all(entry.id in known[each].down for each in entry.up)
        assert all(entry.id in known[each].up for each in entry.down)
    ageing = known["model.ledgerhouse.fct_ap_aging_daily"]
    assert "metric.ledgerhouse.ap_open_amount" in ageing.down
    assert "exposure.ledgerhouse.payables_ageing" in ageing.down
    payables = known["source.ledgerhouse.roit.accounts_payable"]
    assert "model.ledgerhouse.stg_roit__accounts_payables" in payables.down
    targets = {address[1:] for tag, _, address in parsed.addresses if tag == "a"}
    assert targets >= set(known)


def test_a_mart_says_its_grain_and_a_raw_table_what_the_extraction_knows_of_it(entries):
    known = {entry.id: entry for entry in entries}
    assert [
        entry.name for entry in entries if entry.part == "Marts" and "grain" not in dict(entry.facts)
    ] == []
    payables = known["source.ledgerhouse.roit.accounts_payable"]
    assert dict(payables.facts)["cursor"] == "updated_at"
    notes = {each.name: each.notes for each in payables.fields}
    assert "personal" in notes["provider__national_register"]


def test_the_page_loads_nothing_and_forbids_itself_to(html, parsed):
    assert {(tag, name) for tag, name, _ in parsed.addresses} == {("a", "href")}
    assert all(address.startswith("#") for _, _, address in parsed.addresses)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & parsed.tags
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", html)
    assert "default-src 'none'" in html


def test_text_is_escaped_wherever_it_stands():
    bad = '<script>alert("x")</script>&\'`<b>`'
    entry = Entry(
        id=bad, part="Marts", group=bad, name=bad, description=bad, facts=((bad, bad),),
        fields=(Field(bad, bad, bad, (bad,)),), tests=(bad,), up=(bad,), down=(bad,),
    )  # fmt: skip
    clean = page([])
    shown = page([entry])
    assert shown.count("<script>") == clean.count("<script>") == 1
    assert "<b>`" not in shown
    assert 'alert("' not in shown
    assert "<code>&lt;b&gt;</code>" in shown


def test_the_command_writes_the_page_and_refuses_a_part_of_it_or_a_folder(cli, place, monkeypatch, manifest):
    monkeypatch.setattr("pipelines.dictionary.read_manifest", lambda: manifest)
    done = cli("catalog", "--html", "dictionary.html")
    assert done.code == 0
    assert re.fullmatch(r"\d+ entries in dictionary\.html\n", done.out)
    assert (place / "dictionary.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert cli("catalog", "acme", "--html", "dictionary.html").code == 2
    assert cli("catalog", "--html", "nowhere/dictionary.html").code == 2
