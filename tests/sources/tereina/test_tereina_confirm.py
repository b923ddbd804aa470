"""Confirming: only what is loaded and committed, once, in order, and right after every crash."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest
from tereina_support import NDJSON, NOW, Loader, invoice

from sandbox.core.clock import ManualClock
from sandbox.core.server import running
from sources.kit.streams import LEDGER
from sources.kit.transport import NotFound, Refused, Unavailable, UnknownOutcome
from sources.tereina import SPEC
from sources.tereina.confirm import confirm, confirm_after_load, due_batches
from sources.tereina.queue import ObjectStream

INVOICES = (SPEC.stream("invoices"),)


class Killed(BaseException):
    """The process ends here."""


def add(loader, *references, hours=0, object_type="INVOICE"):
    objects = [invoice(reference) for reference in references]
    batch = loader.queue.get(loader.tereina.add_batch(object_type, NDJSON, objects=objects))
    batch.created = NOW - timedelta(hours=hours)
    return batch


def two_batches(loader):
    """A younger batch of two invoices and an older one of one: the same in every sandbox."""
    loader.empty_queue()
    return add(loader, "I-1", "I-2", hours=1), add(loader, "I-3", hours=3)


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    """The file into which the two batches were loaded, once for all tests."""
    folder = tmp_path_factory.mktemp("loaded")
    with (
        running(["tereina"], seed=1, scale=50, clock=ManualClock(NOW)) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("SOURCES__TEREINA__BASE_URL", sandbox.urls["tereina"])
        patch.setenv("SOURCES__TEREINA__TOKEN", sandbox.credentials["tereina"]["token"])
        patch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
        loader = Loader(sandbox, folder)
        two_batches(loader)
        loader.load("invoices")
        loader.close()
    return folder / "warehouse.duckdb"


@pytest.fixture
def loaded(warehouse, tmp_path, monkeypatch):
    """A loader whose two batches are loaded, younger and older one as its attributes."""
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    shutil.copy(warehouse, tmp_path / "warehouse.duckdb")
    with running(["tereina"], seed=1, scale=50, clock=ManualClock(NOW)) as sandbox:
        monkeypatch.setenv("SOURCES__TEREINA__BASE_URL", sandbox.urls["tereina"])
        monkeypatch.setenv("SOURCES__TEREINA__TOKEN", sandbox.credentials["tereina"]["token"])
        loader = Loader(sandbox, tmp_path)
        loader.younger, loader.older = two_batches(loader)
        yield loader
        loader.close()


def confirm_all(loader, streams=INVOICES):
    """One confirmation, as the command does it; gives what became of each batch, in order."""
    context = loader.context(loader.pipeline())
    done = confirm(context, due_batches(context, streams))
    return [(each.due.batch.batch_id, type(each.error).__name__ if each.error else None) for each in done]


def noted(loader):
    """Batches by the ledger, and whether they are known to be confirmed."""
    sql = "select batch_id, confirmed_at is not null, objects from tereina._confirmations order by 1"
    return {batch_id: (known, objects) for batch_id, known, objects in loader.query(sql)}


def asked(loader):
    """The batches that Tereina was asked to confirm since the last call."""
    return [entry.path.split("/")[-2] for entry in loader.requests() if entry.path.endswith("/confirm")]


def test_loaded_batches_are_confirmed_oldest_first_and_the_others_are_left(loaded):
    partial, late = add(loaded, *(f"P-{n}" for n in range(9)), hours=2), add(loaded, "I-4", hours=4)
    partial.ready = 1
    older, younger = loaded.older.batch_id, loaded.younger.batch_id
    assert confirm_all(loaded) == [(older, None), (younger, None)]
    assert loaded.queue.confirmed == [older, younger]
    assert {batch.batch_id for batch in loaded.queue.listed()} == {partial.batch_id, late.batch_id}
    assert noted(loaded) == {older: (True, 1), younger: (True, 2)}
    asked(loaded)
    assert confirm_all(loaded) == []
    assert asked(loaded) == []


def test_what_is_due_is_said_without_changing_anything(loaded):
    context = loaded.context(loaded.pipeline())
    due = due_batches(context, INVOICES)
    assert [each.batch.batch_id for each in due] == [loaded.older.batch_id, loaded.younger.batch_id]
    assert {entry.method for entry in loaded.requests()} == {"GET"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("delete from tereina._dlt_loads", id="the load never ended"),
        pytest.param(f"update tereina.{LEDGER} set fingerprint = 'other'", id="its content changed"),
        pytest.param(f"update tereina.{LEDGER} set objects = objects + 1", id="another number was loaded"),
        pytest.param(f"delete from tereina.{LEDGER}", id="it was not read whole"),
    ],
)
def test_a_batch_that_no_committed_load_holds_as_it_is_is_never_confirmed(loaded, change):
    loaded.change(change)
    assert confirm_all(loaded) == []
    assert loaded.queue.confirmed == []


def test_a_batch_of_another_state_is_never_confirmed(loaded):
    for batch, status in ((loaded.older, "PARTIAL_PENDING"), (loaded.younger, "BEING_CHECKED")):
        shown = {**batch.public(), "status": status}
        batch.public = lambda shown=shown: shown
    assert confirm_all(loaded) == []


def test_a_load_that_does_not_add_up_is_disowned_and_read_again(loaded):
    loads = [row[0] for row in loaded.query("select load_id from tereina._dlt_loads")]
    INVOICES[0].disown(loaded.context(loaded.pipeline()), loads)
    assert confirm_all(loaded) == []
    loaded.load("invoices")
    assert loaded.batches_read() == {loaded.older.batch_id, loaded.younger.batch_id}
    assert len(confirm_all(loaded)) == 2


def test_an_answer_that_is_lost_after_the_deed_counts_as_confirmed(loaded):
    older, younger = loaded.older.batch_id, loaded.younger.batch_id
    confirmed = loaded.queue.confirm

    def and_break(item):
        confirmed(item)
        raise RuntimeError("the server breaks after it has done it")

    loaded.queue.confirm = and_break
    assert confirm_all(loaded) == [(older, None), (younger, None)]
    assert asked(loaded) == [older, younger]
    assert noted(loaded) == {older: (True, 1), younger: (True, 2)}


def test_an_answer_that_is_lost_before_the_deed_leaves_the_batch_for_the_next_time(loaded):
    older, younger = loaded.older.batch_id, loaded.younger.batch_id
    loaded.sandbox.faults.add("tereina", f"{older}/confirm", "503", times=1)
    assert confirm_all(loaded) == [(older, UnknownOutcome.__name__), (younger, None)]
    assert asked(loaded).count(older) == 1
    assert noted(loaded)[older] == (False, 1)
    assert confirm_all(loaded) == [(older, None)]
    assert noted(loaded)[older] == (True, 1)


def test_a_refusal_leaves_its_batch_and_no_other(loaded):
    older = loaded.older
    shown = older.public()
    older.__class__ = type("Refusing", (type(older),), {"is_partial": property(lambda self: True)})
    older.public = lambda: shown
    assert confirm_all(loaded) == [(older.batch_id, Refused.__name__), (loaded.younger.batch_id, None)]


def test_when_the_server_accepts_nothing_the_rest_is_not_tried(loaded, monkeypatch):
    context = loaded.context(loaded.pipeline())
    due = due_batches(context, INVOICES)
    sent = []

    def create(method, path, **rest):
        sent.append(path)
        raise Unavailable("no connection")

    monkeypatch.setattr(context.client, "create", create)
    assert [type(each.error) for each in confirm(context, due)] == [Unavailable] * 2
    assert len(sent) == 1


@pytest.mark.parametrize("moment", ["before it is sent", "after it is done"])
def test_a_crash_between_confirming_and_noting_comes_out_right(loaded, monkeypatch, moment):
    older, younger = loaded.older.batch_id, loaded.younger.batch_id
    context = loaded.context(loaded.pipeline())
    create = context.client.create

    def killed(*arguments, **options):
        if moment == "after it is done":
            create(*arguments, **options)
        raise Killed

    monkeypatch.setattr(context.client, "create", killed)
    with pytest.raises(Killed):
        list(confirm(context, due_batches(context, INVOICES)))
    assert noted(loaded) == {older: (False, 1)}
    done = confirm_all(loaded)
    assert done == [(older, None)] * (moment != "after it is done") + [(younger, None)]
    assert loaded.queue.confirmed == [older, younger]
    assert noted(loaded) == {older: (True, 1), younger: (True, 2)}


def test_a_load_after_a_crash_reads_nothing_again_and_the_batches_are_still_due(loaded):
    loaded.load("invoices")  # the one before ended right after its commit
    assert loaded.batches_read() == set()
    assert len(confirm_all(loaded)) == 2


def test_a_batch_is_confirmed_ahead_of_an_older_one_which_then_replaces_nothing_that_it_said(loaded):
    loaded.empty_queue()
    late = loaded.queue.get(
        loaded.tereina.add_batch(
            "INVOICE",
            NDJSON,
            objects=[invoice("A", None, status="OLD"), invoice("B", None), invoice("C", 3, status="THIRD")],
        )
    )
    early = loaded.queue.get(
        loaded.tereina.add_batch(
            "INVOICE", NDJSON, objects=[invoice("A", None, status="NEW"), invoice("C", 2, status="SECOND")]
        )
    )
    late.created, early.created = NOW - timedelta(hours=2), NOW - timedelta(hours=1)
    shown, late.public = late.public, lambda: {**shown(), "status": "PARTIAL_PENDING"}
    loaded.load("invoices")
    assert confirm_all(loaded) == [(early.batch_id, None)]
    late.public = shown
    loaded.load("invoices")
    sql = "select reference_id, status from tereina.invoices where reference_id in ('A', 'B', 'C') order by 1"
    assert loaded.query(sql) == [("A", "NEW"), ("B", "OPEN"), ("C", "THIRD")]
    assert confirm_all(loaded) == [(late.batch_id, None)]


def test_a_batch_of_which_it_cannot_be_noted_what_it_says_is_not_confirmed_ahead_of_an_older_one(
    loaded, monkeypatch
):
    add(loaded, "I-0", hours=9)  # waits, and no load holds it
    older, younger = loaded.older.batch_id, loaded.younger.batch_id
    fetch = ObjectStream.fetch

    def gone(stream, context, batch, folder):
        if batch.batch_id == older:
            raise NotFound("there is no such block")
        return fetch(stream, context, batch, folder)

    monkeypatch.setattr(ObjectStream, "fetch", gone)
    assert confirm_all(loaded) == [(older, NotFound.__name__), (younger, None)]
    assert loaded.queue.confirmed == [younger]


@pytest.mark.parametrize(
    ("confirm_setting", "read_only", "said"),
    [("false", "false", []), ("true", "true", []), ("true", "false", ["2 batches confirmed"])],
)
def test_after_a_load_batches_are_confirmed_where_the_setting_asks_for_it(
    loaded, monkeypatch, confirm_setting, read_only, said
):
    monkeypatch.setenv("SOURCES__TEREINA__CONFIRM", confirm_setting)
    monkeypatch.setenv("SOURCES__TEREINA__READ_ONLY", read_only)
    assert confirm_after_load(loaded.context(loaded.pipeline()), INVOICES) == said
    assert len(loaded.queue.confirmed) == 2 * len(said)


def test_after_a_load_a_batch_that_cannot_be_confirmed_is_an_error_when_the_others_are_done(
    loaded, monkeypatch
):
    monkeypatch.setenv("SOURCES__TEREINA__CONFIRM", "true")
    loaded.sandbox.faults.add("tereina", f"{loaded.older.batch_id}/confirm", "500", times=1)
    with pytest.raises(UnknownOutcome):
        confirm_after_load(loaded.context(loaded.pipeline()), INVOICES)
    assert loaded.queue.confirmed == [loaded.younger.batch_id]
