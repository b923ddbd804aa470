"""What is in a batch reaches the warehouse, digit for digit, whatever its content type."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal

import pytest
from tereina_support import CSV, JSON, NDJSON, XML, snake

TYPES = {
    "COMPANY": "companies",
    "COMPANY_CODE": "company_codes",
    "INVOICE": "invoices",
    "PURCHASE_ORDER": "purchase_orders",
    "PAYMENT_REQUEST": "payment_requests",
    "PAYMENT_STATUS": "payment_statuses",
    "BANK_STATEMENT": "bank_statements",
}
RENAMED = {
    "companyRelations": "relations",
    "companyRelationships": "relations",
    "registeredState": "registered_region",
}


def current(objects):
    """The objects of the ledger, each in its last version."""
    kept = {}
    for item in objects:
        key = tuple(
            item.get(name) for name in ("referenceId", "status", "statusAt")[: 3 if "statusAt" in item else 1]
        )
        if key not in kept or item.get("version", 0) >= kept[key].get("version", 0):
            kept[key] = item
    return list(kept.values())


def same(held, sent):
    if held is None or sent is None:
        return held is None and sent is None
    if isinstance(held, bool):
        return held is sent
    if isinstance(held, Decimal):
        return held == Decimal(str(sent))
    if isinstance(held, datetime):
        return held == datetime.fromisoformat(sent)
    return str(held) == str(sent)


def assert_row(row, item, prefix=""):
    """Each field of an object stands in its column, or under its own name in the unknown fields."""
    extra = json.loads(row["_extra"] or "{}")
    for name, value in item.items():
        column = prefix + RENAMED.get(name, snake(name))
        if name == "companyReferenceId" and "related_company_reference_id" in row:
            column = "related_company_reference_id"
        if name.startswith("_") or isinstance(value, list):
            continue
        if column in row:
            assert same(row[column], value), (column, row[column], value)
        elif isinstance(value, dict) and any(other.startswith(f"{column}__") for other in row):
            assert_row(row, value, f"{column}__")
        else:
            assert name in {unknown.partition(".")[0] for unknown in extra}


def children(item, path=""):
    """Each list of an object under the name of its table, also those inside objects."""
    for name, value in item.items():
        table = path + RENAMED.get(name, snake(name))
        if isinstance(value, list) and not name.startswith("_"):
            yield table, value
        elif isinstance(value, dict):
            yield from children(value, f"{table}_")


def assert_loaded(held, table, objects):
    """The table holds these objects and no others, and their lists with all elements in order."""
    assert len(held[table]) == len(objects)
    by_key = {(row.get("reference_id"), row.get("status"), row.get("status_at")): row for row in held[table]}
    for item in objects:
        status_at = datetime.fromisoformat(item["statusAt"]) if "statusAt" in item else None
        status = item.get("status") if "status" in held[table][0] else None
        assert_row(by_key[item["referenceId"], status, status_at], item)
        for name, elements in children(item):
            assert_children(held, f"{table}__{name}", (item["referenceId"],), elements)


def assert_children(held, table, above, elements):
    if table not in held:
        return  # a field that the model does not know
    found = [row for row in held[table] if tuple(row.values())[: len(above)] == above]
    rows = sorted(found, key=lambda row: row["position"])
    assert [row["position"] for row in rows] == list(range(len(elements)))
    for row, element in zip(rows, elements, strict=True):
        assert_row(row, element)
        for name, inner in children(element):
            assert_children(held, f"{table}__{name}", (*above, row["position"]), inner)


@pytest.mark.parametrize(("content_type", "amounts"), [(JSON, "number"), (NDJSON, "mixed"), (XML, "string")])
def test_every_object_type_lands_with_its_children(empty, content_type, amounts):
    expected = {kind: current(empty.tereina.outbox.ledger.objects[kind])[:12] for kind in TYPES}
    for kind, objects in expected.items():
        empty.tereina.add_batch(kind, content_type, objects=objects, amounts=amounts)
    report = empty.load_at_once()
    assert not report.failures
    counted = {tally.table: tally.source_rows for tally in report.tallies}
    held = empty.rows()
    for kind, table in TYPES.items():
        assert_loaded(held, table, expected[kind])
        assert counted[table] == len(expected[kind])
    assert empty.query("select count(*) from tereina._rejects") == [(0,)]


def flat(item):
    """An object as a CSV has it: no lists, and the fields of objects under dotted names."""
    cells = {}
    for name, value in item.items():
        if isinstance(value, dict):
            cells |= {f"{name}.{inner}": each for inner, each in flat(value).items()}
        elif not isinstance(value, list) and not name.startswith("_"):
            cells[name] = value
    return cells


def test_every_object_type_lands_from_csv(empty):
    expected = {kind: current(empty.tereina.outbox.ledger.objects[kind])[:12] for kind in TYPES}
    for kind, objects in expected.items():
        empty.tereina.add_batch(kind, CSV, objects=[flat(item) for item in objects])
    assert not empty.load_at_once().failures
    held = empty.rows()
    for kind, table in TYPES.items():
        simple = [
            {name: value for name, value in item.items() if not isinstance(value, list)}
            for item in expected[kind]
        ]
        assert_loaded(held, table, simple)
    assert empty.query("select count(*) from tereina._rejects") == [(0,)]


def test_amounts_are_exact_to_the_last_digit(empty):
    amount = "12345678901234567.89"
    payloads = {
        JSON: f'[{{"referenceId": "a", "grossAmount": {amount}}}, {{"referenceId": "b", "grossAmount": "{amount}"}}]',
        NDJSON: f'{{"referenceId": "c", "grossAmount": {amount}}}\n{{"referenceId": "d", "grossAmount": "{amount}"}}',
        CSV: f'referenceId,grossAmount\ne,{amount}\nf,"{amount}"\n',
        XML: f"<a><b><referenceId>g</referenceId><grossAmount>{amount}</grossAmount></b><b><referenceId>h"
        f"</referenceId><grossAmount> {amount}\n</grossAmount></b></a>",
    }
    for content_type, payload in payloads.items():
        empty.tereina.add_payload("INVOICE", content_type, payload, 2)
    empty.load("invoices")
    sql = "select reference_id, gross_amount from tereina.invoices order by 1"
    assert empty.query(sql) == [(reference, Decimal(amount)) for reference in "abcdefgh"]


def test_blocks_may_be_cut_in_the_middle_of_a_character(empty):
    name = "ção ☕ 日本" * 40
    for content_type in (JSON, NDJSON, CSV):
        codes = [{"referenceId": f"{content_type} {n}", "name": name} for n in range(9)]
        batch = empty.queue.get(empty.tereina.add_batch("COMPANY_CODE", content_type, objects=codes))
        batch.block_count = 50
        assert any(0x80 <= block[0] < 0xC0 for block in batch.blocks)
    empty.load("company_codes")
    assert empty.query("select name, count(*) from tereina.company_codes group by 1") == [(name, 27)]


def test_a_csv_may_have_a_bom_line_ends_in_cells_and_empty_cells_of_either_kind(empty):
    payload = (
        "\ufeffreferenceId,version,supplier,name,registeredState,extraColumn\r\n"
        'S-1,7,true,"Linha 1\nLinha ""2"", fim",SP,kept\r\n'
        'S-2,,FALSE,"",,\r\n'
    )
    empty.tereina.add_payload("COMPANY", CSV, payload, 2)
    report = empty.load("companies")["companies"]
    first, second = sorted(empty.rows("companies")["companies"], key=lambda row: row["reference_id"])
    assert (first["version"], first["supplier"], first["name"]) == (7, True, 'Linha 1\nLinha "2", fim')
    assert (first["registered_region"], json.loads(first["_extra"])) == ("SP", {"extraColumn": "kept"})
    assert (second["version"], second["supplier"], second["name"]) == (None, False, None)
    assert (second["registered_region"], second["_extra"]) == (None, None)
    assert "companies: $.extraColumn" in report.drift


def test_a_cell_that_is_not_what_its_column_says_rejects_its_record_only(empty):
    payload = "referenceId,version,grossAmount\nI-1,1,10.50\nI-2,one,10.50\nI-3,1,ten\nI-4,1,1.234,\n"
    payload = payload.replace("1.234,", '"1.234,00"')
    empty.tereina.add_payload("INVOICE", CSV, payload, 4)
    report = empty.load("invoices")["invoices"]
    assert not report.failures
    assert empty.query("select reference_id, gross_amount from tereina.invoices") == [
        ("I-1", Decimal("10.50"))
    ]
    rejects = empty.query("select key, field, reason <> '', raw from tereina._rejects order by key")
    assert [row[:3] for row in rejects] == [
        ("I-2", "$.version", True),
        ("I-3", "$.grossAmount", True),
        ("I-4", "$.grossAmount", True),
    ]
    assert json.loads(rejects[0][3]) == {"referenceId": "I-2", "version": "one", "grossAmount": "10.50"}


def test_a_bad_record_is_rejected_whole_and_the_rest_loads(empty):
    lines = [
        '{"referenceId": "I-1"}',
        '{"referenceId": "I-2", "lines": "none"}',
        '{"number": "3"}',
        "{broken",
    ]
    empty.tereina.add_payload("INVOICE", NDJSON, "\n".join(lines) + "\n", 4)
    report = empty.load("invoices")["invoices"]
    assert not report.failures
    assert report.tallies[0].rejected_rows == 3
    assert empty.query("select reference_id from tereina.invoices") == [("I-1",)]
    assert empty.query("select raw from tereina._rejects order by raw") == [(x,) for x in sorted(lines[1:])]


def test_an_empty_batch_brings_nothing_and_counts_as_read(empty):
    for content_type in (JSON, NDJSON, CSV):
        empty.tereina.add_payload("INVOICE", content_type, "", 0)
    assert not empty.load("invoices")["invoices"].failures
    assert empty.query("select count(*) from tereina._loaded_batches where objects = 0") == [(3,)]
