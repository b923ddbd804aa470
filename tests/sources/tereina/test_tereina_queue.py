"""The queue: what is read, in which order it counts, what is left where it is, and what is never done."""

from __future__ import annotations

import json
import tracemalloc
from datetime import timedelta
from decimal import Decimal

import pytest
from tereina_support import CSV, JSON, NDJSON, NOW, XML, invoice

from sources.kit.transport import DataError, HashMismatch, SizeMismatch, Unavailable
from sources.tereina import SPEC
from sources.tereina.batches import PAYLOAD_TRANSFERS


class Always(set):
    """Blocks that come wrong every time."""

    def discard(self, number):
        """They stay wrong."""


def add(loader, *objects, content_type=JSON, age=None, object_type="INVOICE"):
    """Puts a batch into the queue; with ``age`` it was made so long ago."""
    batch = loader.queue.get(loader.tereina.add_batch(object_type, content_type, objects=list(objects)))
    batch.with_hashes = True
    if age is not None:
        batch.created = NOW - age
    return batch


def amounts(loader):
    return dict(loader.query("select reference_id, gross_amount from tereina.invoices"))


def test_an_extraction_confirms_nothing_and_sends_nothing_but_gets(full):
    waiting = {batch.batch_id for batch in full.queue.listed()}
    full.load_at_once()
    assert {entry.method for entry in full.requests()} == {"GET"}
    assert {batch.batch_id for batch in full.queue.listed()} == waiting
    assert full.queue.confirmed == []


def test_a_second_load_reads_nothing_and_a_full_refresh_everything_and_neither_changes_a_row(full):
    full.load_at_once()
    before, read = full.contents(), full.batches_read()
    full.load_at_once()
    assert full.batches_read() == set()
    assert full.contents() == before
    full.load_at_once(full_refresh=True)
    assert full.batches_read() == read
    assert full.contents() == before


def test_a_load_that_was_never_committed_is_read_again(empty):
    batch = add(empty, invoice("I-1"))
    empty.load("invoices")
    empty.batches_read()
    # killed after this table was merged, before the load ended
    empty.change("delete from tereina._dlt_loads")
    empty.change("delete from tereina.invoices")
    empty.load("invoices")
    assert empty.batches_read() == {batch.batch_id}
    assert amounts(empty) == {"I-1": Decimal("100.10")}


def test_only_what_is_new_in_the_queue_is_read(empty):
    add(empty, invoice("I-1"), age=timedelta(hours=2))
    empty.load("invoices")
    empty.batches_read()
    new = add(empty, invoice("I-2"), age=timedelta(hours=1))
    empty.load("invoices")
    assert empty.batches_read() == {new.batch_id}
    assert set(amounts(empty)) == {"I-1", "I-2"}


def test_a_batch_whose_content_changed_is_read_again(empty):
    batch = add(empty, invoice("I-1"))
    empty.load("invoices")
    empty.batches_read()
    changed = add(empty, invoice("I-1", 2, grossAmount=Decimal("7")))
    batch.payload, batch.__dict__["blocks"] = changed.payload, changed.blocks
    empty.queue.confirm(changed)
    empty.load("invoices")
    assert empty.batches_read() == {batch.batch_id}
    assert amounts(empty) == {"I-1": Decimal("7")}


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_higher_version_wins_and_then_the_later_batch_whatever_the_order_of_the_list(empty, newest_first):
    one = add(empty, invoice("V", 2, grossAmount=Decimal("2")), invoice("B", None, grossAmount=Decimal("1")))
    two = add(empty, invoice("V", 1, grossAmount=Decimal("1")), invoice("B", None, grossAmount=Decimal("2")))
    one.created, two.created = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    order = [two, one] if newest_first else [one, two]
    empty.queue.listed = lambda object_type=None: order
    empty.load("invoices")
    assert amounts(empty) == {"V": Decimal("2"), "B": Decimal("2")}


def test_an_older_batch_that_turns_up_later_does_not_replace_what_a_later_one_said(empty):
    late = add(
        empty, invoice("I", None, grossAmount=Decimal("1")), invoice("J", None), age=timedelta(hours=2)
    )
    late.ready = 1
    add(empty, invoice("I", None, grossAmount=Decimal("2")), age=timedelta(hours=1))
    empty.load("invoices")
    assert amounts(empty) == {"I": Decimal("2")}
    empty.tereina.complete_batches()
    empty.load("invoices")
    assert amounts(empty) == {"I": Decimal("2"), "J": Decimal("100.10")}


def test_a_batch_that_cannot_be_had_does_not_have_the_later_ones_read_again(empty):
    wrong = add(empty, *(invoice(f"W-{n}") for n in range(20)), age=timedelta(hours=2))
    wrong.corrupt_once = Always({2})
    later = add(empty, invoice("I-1"), age=timedelta(hours=1))
    empty.load("invoices")
    assert empty.batches_read() == {wrong.batch_id, later.batch_id}
    empty.load("invoices")
    assert empty.batches_read() == {wrong.batch_id}
    wrong.corrupt_once = set()
    empty.load("invoices")
    assert empty.batches_read() == {wrong.batch_id, later.batch_id}


def test_an_object_older_than_the_one_in_the_warehouse_is_left_out(empty):
    add(empty, invoice("I", 5, grossAmount=Decimal("5")))
    empty.load("invoices")
    add(empty, invoice("I", 4, grossAmount=Decimal("4")))
    report = empty.load("invoices")["invoices"]
    assert amounts(empty) == {"I": Decimal("5")}
    assert report.tallies[0].superseded == 1


def test_a_list_that_shrinks_loses_its_rows(empty):
    lines = [{"lineNumber": n, "netAmount": Decimal(n)} for n in range(3)]
    add(empty, invoice("I", 1, lines=lines), invoice("K", 1, lines=lines))
    empty.load("invoices")
    add(empty, invoice("I", 2, lines=lines[:1]), invoice("K", 2, lines=[]))
    empty.load("invoices")
    rows = empty.query("select invoice_reference_id, line_number from tereina.invoices__lines")
    assert rows == [("I", "0")]


def test_a_block_that_comes_wrong_once_is_fetched_again(empty):
    batch = add(empty, *(invoice(f"I-{n}") for n in range(20)))
    batch.corrupt_once.add(2)
    assert not empty.load("invoices")["invoices"].failures
    paths = [entry.path for entry in empty.requests() if "data-blocks" in entry.path]
    assert sorted(path.rpartition("/")[2] for path in paths) == ["1", "2", "2", "3"]
    assert len(amounts(empty)) == 20


def test_a_block_that_stays_wrong_fails_its_batch_and_no_other(empty):
    wrong = add(empty, *(invoice(f"W-{n}") for n in range(20)), age=timedelta(hours=2))
    wrong.corrupt_once = Always({2})
    add(empty, invoice("I-1"), age=timedelta(hours=1))
    report = empty.load("invoices")["invoices"]
    assert [type(error) for error in report.failures] == [HashMismatch]
    assert wrong.batch_id in str(report.failures[0])
    assert set(amounts(empty)) == {"I-1"}
    wrong.corrupt_once = set()
    assert not empty.load("invoices")["invoices"].failures
    assert len(amounts(empty)) == 21


def test_a_wrong_size_fails_the_batch_after_it_was_fetched_again(empty):
    wrong = add(empty, invoice("W"), age=timedelta(hours=2))
    assert wrong.blocks
    wrong.payload += b" "
    wrong.with_hashes = False
    add(empty, invoice("I-1"), age=timedelta(hours=1))
    report = empty.load("invoices")["invoices"]
    assert [type(error) for error in report.failures] == [SizeMismatch]
    asked = [entry for entry in empty.requests() if wrong.batch_id in entry.path]
    assert len(asked) == 2 * len(wrong.blocks)
    assert set(amounts(empty)) == {"I-1"}


@pytest.mark.parametrize("again", [False, True], ids=["once", "every time"])
def test_a_block_that_comes_in_the_place_of_another_is_found_out_without_hashes(empty, again):
    lines = [json.dumps({"referenceId": f"R-{n}", "number": "x" * 2000}) + "\n" for n in range(4)]
    batch = empty.queue.get(empty.tereina.add_payload("INVOICE", NDJSON, "".join(lines), 4))
    batch.with_hashes = False
    batch.__dict__["blocks"] = [line.encode() for line in lines]  # each is whole: nothing else could tell
    right, wrong = batch.block, [3] * (PAYLOAD_TRANSFERS if again else 1)
    batch.block = lambda number: right(2 if number in wrong and not wrong.remove(number) else number)
    report = empty.load("invoices")["invoices"]
    assert [str(error) for error in report.failures] == again * [
        f"batch {batch.batch_id}: block 3 is block 2 once more"
    ]
    assert len(empty.query("select reference_id from tereina.invoices")) == (0 if again else 4)


def test_a_payload_that_breaks_off_leaves_nothing_of_itself(empty):
    empty.tereina.add_payload("INVOICE", JSON, '[{"referenceId": "W-1"}, {"referenceId": "W-2"', 2)
    empty.tereina.add_payload("INVOICE", CSV, 'referenceId,number\nW-3,1\nW-4,"2', 2)
    add(empty, invoice("I-1"))
    report = empty.load("invoices")["invoices"]
    assert [type(error) for error in report.failures] == [DataError, DataError]
    assert set(amounts(empty)) == {"I-1"}


def test_a_wrong_count_is_a_failure_and_the_batch_never_counts_as_read(empty):
    batch = add(empty, invoice("W-1"), invoice("W-2"), age=timedelta(hours=2))
    batch.count = 3
    report = empty.load("invoices")["invoices"]
    assert len(report.failures) == 1
    assert "holds 2 objects, 3 were announced" in str(report.failures[0])
    assert set(amounts(empty)) == {"W-1", "W-2"}
    assert empty.query("select count(*) from tereina._loaded_batches") == [(0,)]
    empty.batches_read()
    assert empty.load("invoices")["invoices"].failures
    assert empty.batches_read() == {batch.batch_id}


def test_rejected_and_superseded_objects_count_as_the_batch_announced_them(empty):
    add(empty, invoice("I", 1), invoice("I", 2), invoice("R", 1, issueDate="2026-02-30"))
    report = empty.load("invoices")["invoices"]
    assert not report.failures
    assert (report.tallies[0].source_rows, report.tallies[0].rejected_rows) == (2, 1)
    assert empty.query("select objects from tereina._loaded_batches") == [(3,)]


def test_what_is_not_understood_is_skipped_reported_and_left_in_the_queue(full):
    reports = full.load()
    skipped = [reason for report in reports.values() for reason in report.skipped]
    assert not any(report.failures for report in reports.values())
    for batch in full.queue.listed():
        known = batch.content_type in (JSON, NDJSON, CSV, XML) and batch.object_type != "REMITTANCE_ADVICE"
        said = [reason for reason in skipped if batch.batch_id in reason]
        assert bool(said) == (not known or batch.is_partial)
    assert full.query("select count(*) from tereina.batches") == [(len(full.queue.listed()),)]


def test_a_batch_in_another_state_is_listed_and_not_read(empty):
    batch = add(empty, invoice("I-1"))
    shown = {**batch.public(), "status": "BEING_CHECKED"}
    batch.public = lambda: shown
    reports = empty.load("batches", "invoices")
    assert empty.query("select status from tereina.batches") == [("BEING_CHECKED",)]
    assert amounts(empty) == {}
    assert "BEING_CHECKED" in reports["invoices"].skipped[0]


def test_a_partial_batch_is_left_until_it_is_complete(empty):
    batch = add(empty, *(invoice(f"I-{n}") for n in range(20)))
    batch.ready = 2
    report = empty.load("invoices")["invoices"]
    assert not report.failures
    assert batch.batch_id in report.skipped[0]
    assert amounts(empty) == {}
    empty.tereina.complete_batches()
    empty.load("invoices")
    assert len(amounts(empty)) == 20


def test_every_status_of_a_payment_is_kept(empty):
    def status(code, when):
        return {"referenceId": "PS-1", "endToEndId": "E-1", "status": code, "statusAt": when}

    first, second = status("ACCP", "2026-10-01T10:00:00Z"), status("ACSC", "2026-10-02T10:00:00Z")
    add(empty, first, object_type="PAYMENT_STATUS")
    empty.load("payment_statuses")
    add(empty, first, second, object_type="PAYMENT_STATUS", content_type=CSV)
    empty.load("payment_statuses")
    rows = empty.query("select reference_id, status from tereina.payment_statuses order by status_at")
    assert rows == [("PS-1", "ACCP"), ("PS-1", "ACSC")]


def test_a_server_that_ignores_the_filter_brings_no_object_into_the_wrong_table(empty):
    add(empty, invoice("I-1"))
    add(empty, {"referenceId": "CC-1"}, object_type="COMPANY_CODE")
    listed = empty.queue.listed
    empty.queue.listed = lambda object_type=None: listed()
    empty.load("invoices")
    assert set(amounts(empty)) == {"I-1"}


def test_a_page_of_a_proxy_instead_of_a_block_is_asked_for_again(empty):
    batch = add(empty, invoice("I-1"))
    batch.with_hashes = False
    empty.sandbox.faults.add("tereina", "data-blocks", "html_200", times=2)
    assert not empty.load("invoices")["invoices"].failures
    assert set(amounts(empty)) == {"I-1"}


def test_when_the_server_goes_away_what_has_come_is_loaded_and_the_rest_waits(empty, monkeypatch):
    monkeypatch.setenv("SOURCES__TEREINA__RETRY_ATTEMPTS", "2")
    add(empty, invoice("I-1"), age=timedelta(hours=3))
    gone = add(empty, invoice("I-2"), age=timedelta(hours=2))
    waits = add(empty, invoice("I-3"), age=timedelta(hours=1))
    empty.sandbox.faults.add("tereina", gone.batch_id, "503", times=-1)
    pipeline = empty.pipeline()
    context = empty.context(pipeline)
    context.client.policy = type(context.client.policy)(attempts=2, budget_seconds=0, random=lambda: 0.0)
    pipeline.run(SPEC.source(context=context).with_resources("invoices"), loader_file_format="parquet")
    assert [type(error) for error in context.report.failures] == [Unavailable]
    assert set(amounts(empty)) == {"I-1"}
    assert waits.batch_id not in empty.batches_read()
    empty.sandbox.faults.clear()
    empty.load("invoices")
    assert set(amounts(empty)) == {"I-1", "I-2", "I-3"}


def test_the_queue_keeps_each_batch_as_the_list_shows_it(empty):
    batch = add(empty, invoice("I-1"))
    empty.load("batches")
    (row,) = empty.rows("batches")["batches"]
    assert (row["batch_id"], row["status"], row["total_line_item_count"]) == (batch.batch_id, "PENDING", 1)
    assert json.loads(row["data_block_sha256"]) == batch.public()["dataBlockSha256"]
    assert row["created_date"] == batch.created


@pytest.mark.parametrize("full_refresh", [False, True])
def test_a_long_queue_is_loaded_in_packages_where_the_host_goes_on(empty, monkeypatch, full_refresh):
    monkeypatch.setenv("SOURCES__TEREINA__PACKAGE_ROWS", "2")
    for n, age in enumerate((5, 4, 3, 2, 1)):
        batch = add(
            empty, invoice("same", None, grossAmount=Decimal(n)), invoice(f"I-{n}"), age=timedelta(hours=age)
        )
        batch.corrupt_once = Always({1}) if n == 0 else set()
    resume: dict = {}
    sizes, failures = [], []
    while not sizes or resume:
        report = empty.load("invoices", full_refresh=full_refresh, resume=resume)["invoices"]
        sizes.append(report.tallies[0].source_rows)
        failures += report.failures
    assert sizes == [2, 2, 2, 2]
    assert [type(error) for error in failures] == [HashMismatch]
    assert set(amounts(empty)) == {"same", "I-1", "I-2", "I-3", "I-4"}
    assert amounts(empty)["same"] == Decimal("4")


def test_a_large_batch_is_loaded_in_packages_and_counts_as_read_with_the_last(empty, monkeypatch):
    monkeypatch.setenv("SOURCES__TEREINA__PACKAGE_ROWS", "300")
    large = add(
        empty,
        *(invoice(f"I-{n}", None, lines=[]) for n in range(3499)),
        invoice("I-0", None, status="PAID"),
        content_type=NDJSON,
        age=timedelta(hours=2),
    )
    small = add(empty, invoice("I-1", None, status="PAID"), age=timedelta(hours=1))
    resume: dict = {}
    sizes, read = [], []
    while not sizes or resume:
        report = empty.load("invoices", resume=resume)["invoices"]
        assert not report.failures
        sizes.append(report.tallies[0].source_rows)
        read.append({batch for (batch,) in empty.query("select batch_id from tereina._loaded_batches")})
    assert sizes == [2000, 1500, 1]
    assert read == [set(), {large.batch_id}, {large.batch_id, small.batch_id}]
    assert len(amounts(empty)) == 3499
    paid = empty.query("select reference_id from tereina.invoices where status = 'PAID' order by 1")
    assert paid == [("I-0",), ("I-1",)]
    asked = [entry.path for entry in empty.requests() if large.batch_id in entry.path]
    assert len(asked) == len(large.blocks)
    assert list(empty._folder.glob("tmp*")) == []


def test_a_plan_counts_what_waits_and_asks_for_no_block(empty):
    add(empty, invoice("I-1"), invoice("I-2"))
    context = empty.context(empty.pipeline())
    stream = SPEC.stream("invoices")
    assert stream.expected(context, None) == 2
    assert stream.requests(context, None) == "1 request for the list, 3 for the batches"
    assert empty.batches_read() == set()


def test_memory_does_not_grow_with_a_batch(empty, tmp_path):
    record = json.dumps({"referenceId": "I-{n}", "paymentBlock": "x" * 4000}).replace("{n}", "{n:06d}")
    count = 7500
    payload = "".join(record.replace("{n:06d}", f"{n:06d}") + "\n" for n in range(count))
    empty.tereina.add_payload("INVOICE", NDJSON, payload, count)
    stream, context = SPEC.stream("invoices"), empty.context(empty.pipeline())
    (batch,) = stream.waiting(context)
    assert batch.total_payload_size > 30_000_000
    assert batch.number_of_data_blocks > 400
    tracemalloc.start()
    try:
        arrived = stream.fetch(context, batch, tmp_path)
        assert sum(len(page) for page in arrived.pages) == arrived.objects == count
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 15_000_000
