"""Catalogue: what the models say, for people and as JSON."""

from __future__ import annotations

import pytest

from pipelines.catalog import catalog
from pipelines.errors import UsageError
from pipelines.registry import SOURCES
from sources.roit import SPEC


@pytest.fixture(autouse=True)
def _roit(monkeypatch):
    monkeypatch.setitem(SOURCES, "roit", "sources.roit")
    for name in ("acme", "globex"):
        monkeypatch.delitem(SOURCES, name)


def test_a_resource_has_its_kind_cursor_tables_keys_and_columns():
    [entry] = catalog([SPEC], "accounts_payable")
    tables = {table.name: table for table in entry.tables}
    installments = tables["accounts_payable__installments"]
    assert (entry.kind, entry.cursor) == ("window", "updated_at")
    assert tables["accounts_payable"].key == ["id"]
    assert (installments.key, installments.parent_key) == (
        ["account_payable_id", "position"],
        ["account_payable_id"],
    )
    columns = {column.name: column for column in tables["accounts_payable"].columns}
    assert (columns["value__net"].type, columns["id"].nullable) == ("decimal", False)
    assert columns["provider__national_register"].personal


def test_every_table_and_column_has_a_description():
    undescribed = [
        f"{table.name}.{column.name}"
        for entry in catalog([SPEC])
        for table in entry.tables
        for column in table.columns
        if not column.description
    ]
    assert undescribed == []
    assert all(table.description for entry in catalog([SPEC]) for table in entry.tables)


def test_a_tables_name_finds_its_resource():
    assert [entry.name for entry in catalog([SPEC], "nfe__items")] == ["export_files"]


def test_an_unknown_resource_is_refused_with_the_known_ones():
    with pytest.raises(UsageError, match=r"roit\.accounts_payable"):
        catalog([SPEC], "nothing")


def test_the_command_shows_more_the_more_it_is_told(cli):
    everything, source, resource = (
        cli("catalog", *name) for name in ((), ("roit",), ("roit.accounts_payable",))
    )
    assert "roit.accounts_payable " in everything.out
    assert "accounts_payable__installments" not in everything.out
    assert "roit.accounts_payable__installments" in source.out
    assert "value__net" in resource.out
    assert (everything.code, source.code, resource.code) == (0, 0, 0)


def test_the_document_has_the_same_resources(cli):
    document = cli("catalog", "roit", "--json").document
    assert [entry["name"] for entry in document["resources"]] == [stream.name for stream in SPEC.streams]
