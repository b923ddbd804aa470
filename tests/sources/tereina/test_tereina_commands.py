"""`ledgerhouse confirm` and `ledgerhouse tereina ...`, as they are called, against the simulated system."""

from __future__ import annotations

import hashlib
import io
import json
from types import SimpleNamespace

import duckdb
import pytest
from tereina_support import JSON, NOW, invoice

from pipelines.cli import run
from pipelines.cli._output import Output
from pipelines.load._runner import ControlDifference, SourceLoad
from sandbox.core.clock import ManualClock
from sandbox.core.server import running


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self):
        return True


@pytest.fixture
def house(empty_place, monkeypatch):
    """An empty queue, an empty folder, and the command line between them."""
    monkeypatch.setattr("sources.kit.transport._clock.time.sleep", lambda _: None)
    with running(["tereina"], seed=1, scale=50, clock=ManualClock(NOW)) as sandbox:
        monkeypatch.setenv("SOURCES__TEREINA__BASE_URL", sandbox.urls["tereina"])
        monkeypatch.setenv("SOURCES__TEREINA__TOKEN", sandbox.credentials["tereina"]["token"])
        state = sandbox.states["tereina"]
        for batch in state.queue.listed():
            state.queue.confirm(batch)
        state.queue.confirmed.clear()

        def call(*arguments, answer=None):
            out, err = io.StringIO(), io.StringIO()
            stdin = io.StringIO() if answer is None else Terminal(f"{answer}\n")
            code = run(arguments, Output(out, err, as_json="--json" in arguments, stdin=stdin))
            document = json.loads(out.getvalue()) if "--json" in arguments else None
            return SimpleNamespace(code=code, out=out.getvalue(), err=err.getvalue(), document=document)

        def add(*references):
            objects = [invoice(reference) for reference in references]
            return state.queue.get(state.add_batch("INVOICE", JSON, objects=objects))

        def changes():
            return [entry.path for entry in sandbox.requests if entry.method != "GET"]

        yield SimpleNamespace(
            call=call,
            add=add,
            queue=state.queue,
            inbox=state.inbox,
            changes=changes,
            sandbox=sandbox,
            folder=empty_place,
        )


LOAD = ("load", "tereina", "--resource", "invoices")


def test_confirming_shows_asks_and_does_it(house, monkeypatch):
    assert house.call("confirm", "tereina").code == 2  # nothing has been loaded
    house.add("I-1", "I-2")
    assert house.call(*LOAD).code == 0
    waiting = house.add("I-3")
    shown = house.call("confirm", "tereina", "--dry-run", "--read-only", "--json")
    assert (shown.code, shown.document["dry_run"]) == (0, True)
    assert [(b["resource"], b["objects"], b["outcome"]) for b in shown.document["batches"]] == [
        ("invoices", 2, "due")
    ]
    for arguments, answer, says in (
        (("confirm", "tereina"), None, "add --yes"),
        (("confirm", "tereina", "--json"), "y", "add --yes"),
        (("confirm", "tereina"), "n", "the answer was no"),
        (("confirm", "tereina", "--yes", "--read-only"), None, "--read-only forbids"),
        (("confirm", "roit", "--yes"), None, "nothing to confirm"),
    ):
        refused = house.call(*arguments, answer=answer)
        assert refused.code == 2
        assert says in refused.out + refused.err
    monkeypatch.setenv("SOURCES__TEREINA__READ_ONLY", "true")
    assert house.call("confirm", "tereina", "--yes").code == 2
    monkeypatch.delenv("SOURCES__TEREINA__READ_ONLY")
    assert (house.changes(), house.queue.confirmed) == ([], [])
    done = house.call("confirm", "tereina", answer="y")
    assert done.code == 0
    assert "confirm 1 batches (2 objects); Tereina then forgets them" in done.err
    assert "1 of 1 batches confirmed" in done.out
    assert [batch.batch_id for batch in house.queue.listed()] == [waiting.batch_id]


def test_confirming_in_part_exits_3_and_not_at_all_1(house):
    first, _ = house.add("I-1"), house.add("I-2")
    assert house.call(*LOAD).code == 0
    house.sandbox.faults.add("tereina", f"{first.batch_id}/confirm", "503", times=2)
    done = house.call("confirm", "tereina", "--yes", "--json")
    assert (done.code, done.document["exit_code"]) == (3, 3)
    outcomes = {b["batch_id"]: (b["outcome"], b["reason"] is None) for b in done.document["batches"]}
    assert sorted(outcomes.values()) == [("confirmed", True), ("left", False)]
    assert house.call("confirm", "tereina", "--yes").code == 1
    assert house.call("confirm", "tereina", "--yes").code == 0


def test_nothing_is_confirmed_of_a_resource_whose_totals_differ(house):
    house.add("I-1")
    assert house.call(*LOAD).code == 0
    with duckdb.connect("ledgerhouse.duckdb") as connection:
        connection.execute("update tereina._controls set warehouse_rows = 0 where table_name = 'invoices'")
    done = house.call("confirm", "tereina", "--yes", "--json")
    assert (done.code, done.document["held_back"], done.document["batches"]) == (1, ["invoices"], [])
    assert house.queue.confirmed == []


def test_a_load_whose_totals_differ_confirms_nothing_of_that_resource(house, monkeypatch):
    monkeypatch.setenv("SOURCES__TEREINA__CONFIRM", "true")
    house.add("I-1")

    def differs(load, stream, report, load_ids):
        raise ControlDifference("one row is missing")

    monkeypatch.setattr(SourceLoad, "_control", differs)
    assert house.call(*LOAD).code == 1
    assert house.queue.confirmed == []


def test_a_load_confirms_at_its_end_what_is_committed_where_the_setting_asks_for_it(house, monkeypatch):
    monkeypatch.setenv("SOURCES__TEREINA__CONFIRM", "true")
    good, bad = house.add("I-1"), house.add("I-2")
    bad.count = 5
    done = house.call(*LOAD)
    assert (done.code, house.queue.confirmed) == (1, [good.batch_id])
    bad.count = 1
    done = house.call(*LOAD)
    assert (done.code, house.queue.confirmed) == (0, [good.batch_id, bad.batch_id])
    assert "1 batches confirmed" in done.out
    again = house.add("I-3")
    house.sandbox.faults.add("tereina", f"{again.batch_id}/confirm", "503", times=1)
    done = house.call(*LOAD, "--json")
    assert done.code == 3
    assert [(r["resource"], r["state"]) for r in done.document["results"]] == [
        ("invoices", "loaded"),
        ("confirm", "failed"),
    ]


def test_the_queue_is_listed_and_a_block_is_shown_or_written(house):
    batch = house.add("I-1", "I-2")
    listed = house.call("tereina", "batches", "--type", "INVOICE", "--json").document["batches"]
    assert [(b["batch_id"], b["payload_object_type"], b["total_line_item_count"]) for b in listed] == [
        (batch.batch_id, "INVOICE", 2)
    ]
    assert "1 batches wait" in house.call("tereina", "batches").out
    assert house.call("tereina", "batches", "--type", "COMPANY", "--json").document == {"batches": []}
    shown = house.call("tereina", "block", batch.batch_id, "1")
    assert shown.out.rstrip("\n") == batch.blocks[0].decode(errors="replace")
    written = house.call("tereina", "block", batch.batch_id, "2", "--output", "block.bin", "--json").document
    assert (house.folder / "block.bin").read_bytes() == batch.blocks[1]
    assert written["sha256"] == hashlib.sha256(batch.blocks[1]).hexdigest()
    assert house.changes() == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("batches", "--type", "INVOICES"), "known are"),
        (("block", "none", "1"), "no batch none waits"),
        (("block", "BATCH", "99"), "has 1 blocks"),
        (("block", "BATCH", "0"), "Invalid value"),
        (("block", "BATCH", "1", "--output", "."), "there is such a file already"),
        (("upload", "x.json", "--type", "BANK_STATEMENT"), "Tereina takes"),
        (("upload", "x.json", "--type", "INVOICE"), "there is no such file"),
        (("upload", "x.txt", "--type", "INVOICE"), "has to end in"),
        (("upload", "--type", "INVOICE"), "one of the two"),
        (("upload", "x.json", "--type", "INVOICE", "--from-query", "select 1"), "one of the two"),
        (("upload", "x.json", "--type", "INVOICE", "--content-type", "pain.001"), "use one of"),
        (("upload", "x.json", "--type", "INVOICE", "--read-only"), "--read-only forbids"),
        (("upload", "bad.json", "--type", "INVOICE", "--yes"), "nothing was sent: 1 of 1 objects"),
        (("upload", "broken.json", "--type", "INVOICE", "--yes"), "nothing was sent"),
        (("upload", "--type", "INVOICE", "--from-query", "drop table x"), "a query begins with"),
        (("upload", "--type", "INVOICE", "--from-query", "select * from nowhere", "--yes"), "cannot be run"),
        (
            ("upload", "--type", "INVOICE", "--from-query", "select 1.5::double as gross_amount"),
            "floating-point",
        ),
    ],
)
def test_wrong_input_exits_2_with_a_reason_and_changes_nothing(house, arguments, says):
    batch = house.add("I-1")
    (house.folder / "bad.json").write_text('[{"referenceId": "A", "grossAmount": "ten"}]')
    (house.folder / "broken.json").write_text('[{"referenceId": "A"')
    duckdb.connect("ledgerhouse.duckdb").close()
    arguments = [batch.batch_id if word == "BATCH" else word for word in arguments]
    done = house.call("tereina", *arguments)
    assert done.code == 2
    assert says in done.out + done.err
    assert house.changes() == []


@pytest.mark.parametrize("in_blocks", ["--blocks", "--whole"])
def test_a_file_is_sent_once(house, in_blocks):
    (house.folder / "up.csv").write_text("referenceId,grossAmount,version\nU-1,10.50,1\nU-2,7,\n")
    arguments = ("tereina", "upload", "up.csv", "--type", "INVOICE", in_blocks)
    assert house.call(*arguments, answer="no").code == 2
    assert house.changes() == []
    done = house.call(*arguments, "--yes", "--json")
    assert (done.code, done.document["sent"], done.document["objects"]) == (0, True, 2)
    (received,) = house.inbox.uploads.values()
    assert (received.references, received.status) == (["U-1", "U-2"], "COMPLETE_SUCCESS")
    assert done.document["batch_id"] == received.batch_id
    before = len(house.changes())
    again = house.call(*arguments)
    assert again.code == 0
    assert "sent before, nothing was sent now" in again.out
    assert len(house.changes()) == before


def test_a_batch_whose_answer_was_lost_waits_for_somebody_who_has_looked(house):
    (house.folder / "up.csv").write_text("referenceId,grossAmount\nU-1,10.50\n")
    arguments = ("tereina", "upload", "up.csv", "--type", "INVOICE", "--whole", "--yes")
    nothing = house.call(*arguments, "--send-again")
    assert (nothing.code, "no earlier try is uncertain" in nothing.out + nothing.err) == (2, True)
    house.sandbox.faults.add("tereina", "complete", "503", times=1)
    assert house.call(*arguments).code == 1
    lost = house.call(*arguments)
    assert lost.code == 1
    assert "--send-again if it is not there, --arrived if it is" in lost.out + lost.err
    assert house.call(*arguments, "--send-again", "--arrived").code == 2
    before = len(house.changes())
    arrived = house.call(*arguments, "--arrived")
    assert (arrived.code, len(house.changes())) == (0, before)
    assert "nothing is sent" in arrived.err
    with duckdb.connect("ledgerhouse.duckdb") as connection:
        connection.execute("update tereina._uploads set state = 'unknown'")
    again = house.call(*arguments, "--send-again")
    assert (again.code, len(house.inbox.uploads)) == (0, 1)
    assert "you have looked, and it is not there" in again.err


def test_rows_of_the_warehouse_are_sent_with_their_lists(house):
    house.add("I-1", "I-2")
    assert house.call(*LOAD).code == 0
    query = (
        "select i.*, (select list({'line_number': l.line_number, 'net_amount': l.net_amount}) from"
        " tereina.invoices__lines as l where l.invoice_reference_id = i.reference_id) as lines"
        " from tereina.invoices as i"
    )
    arguments = (
        "tereina",
        "upload",
        "--type",
        "INVOICE",
        "--from-query",
        query,
        "--whole",
        "--yes",
        "--json",
    )
    bodies = []
    complete = house.inbox.complete
    house.inbox.complete = lambda parameters, body: bodies.append(body) or complete(parameters, body)
    done = house.call(*arguments, "--reference-id", "mine", "--client-ref-id", "me")
    assert (done.code, done.document["reference_id"], done.document["client_ref_id"]) == (0, "mine", "me")
    assert json.loads(bodies[0])[0] == {
        "referenceId": "I-1",
        "version": 1,
        "number": "I-1",
        "issueDate": "2026-10-01",
        "currency": "BRL",
        "grossAmount": 100.1,
        "status": "OPEN",
        "lines": [{"lineNumber": "1", "netAmount": 100.1}],
    }
    assert house.call(*arguments, "--reference-id", "mine").document["sent"] is False
