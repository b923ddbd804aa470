"""Confirming: only what is loaded and committed, once, in order, and right after every crash."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tereina_support import NDJSON, NOW, invoice

from sources.kit.streams import LEDGER
from sources.kit.transport import Refused, Unavailable, UnknownOutcome
from sources.tereina import SPEC
from sources.tereina.confirm import confirm, confirm_after_load, due_batches

INVOICES = (SPEC.stream("invoices"),)


class Killed(BaseException):
    """The process ends here."""


def add(loader, *references, hours=0, object_type="INVOICE"):
    objects = [invoice(reference) for reference in references]
    batch = loader.queue.get(loader.tereina.add_batch(object_type, NDJSON, objects=objects))
    batch.created = NOW - timedelta(hours=hours)
    return batch


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


def test_loaded_batches_are_confirmed_oldest_first_and_the_others_are_left(empty):
    new, old = add(empty, "I-1", "I-2", hours=1), add(empty, "I-3", hours=3)
    partial = add(empty, *(f"P-{n}" for n in range(9)), hours=2)
    partial.ready = 1
    empty.load("invoices")
    late = add(empty, "I-4", hours=4)
    assert confirm_all(empty) == [(old.batch_id, None), (new.batch_id, None)]
    assert empty.queue.confirmed == [old.batch_id, new.batch_id]
    assert {batch.batch_id for batch in empty.queue.listed()} == {partial.batch_id, late.batch_id}
    assert noted(empty) == {old.batch_id: (True, 1), new.batch_id: (True, 2)}
    asked(empty)
    assert confirm_all(empty) == []
    assert asked(empty) == []


def test_what_is_due_is_said_without_changing_anything(empty):
    batch = add(empty, "I-1")
    empty.load("invoices")
    empty.requests()
    context = empty.context(empty.pipeline())
    assert [due.batch.batch_id for due in due_batches(context, INVOICES)] == [batch.batch_id]
    assert {entry.method for entry in empty.requests()} == {"GET"}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("delete from tereina._dlt_loads", id="the load never ended"),
        pytest.param(f"update tereina.{LEDGER} set fingerprint = 'other'", id="its content changed"),
        pytest.param(f"update tereina.{LEDGER} set objects = objects + 1", id="another number was loaded"),
        pytest.param(f"delete from tereina.{LEDGER}", id="it was not read whole"),
    ],
)
def test_a_batch_that_no_committed_load_holds_as_it_is_is_never_confirmed(empty, change):
    add(empty, "I-1")
    empty.load("invoices")
    empty.change(change)
    assert confirm_all(empty) == []
    assert empty.queue.confirmed == []


def test_a_batch_of_another_state_is_never_confirmed(empty):
    batch = add(empty, "I-1")
    empty.load("invoices")
    for status in ("PARTIAL_PENDING", "BEING_CHECKED"):
        shown = {**batch.public(), "status": status}
        batch.public = lambda shown=shown: shown
        assert confirm_all(empty) == []


def test_a_load_that_does_not_add_up_is_disowned_and_read_again(empty):
    batch = add(empty, "I-1")
    empty.load("invoices")
    context = empty.context(empty.pipeline())
    loads = [row[0] for row in empty.query("select load_id from tereina._dlt_loads")]
    INVOICES[0].disown(context, loads)
    assert confirm_all(empty) == []
    empty.batches_read()
    empty.load("invoices")
    assert empty.batches_read() == {batch.batch_id}
    assert confirm_all(empty) == [(batch.batch_id, None)]


def test_an_answer_that_is_lost_after_the_deed_counts_as_confirmed(empty):
    batch = add(empty, "I-1")
    empty.load("invoices")
    confirmed = empty.queue.confirm

    def and_break(item):
        confirmed(item)
        raise RuntimeError("the server breaks after it has done it")

    empty.queue.confirm = and_break
    assert confirm_all(empty) == [(batch.batch_id, None)]
    assert asked(empty) == [batch.batch_id]
    assert noted(empty) == {batch.batch_id: (True, 1)}


def test_an_answer_that_is_lost_before_the_deed_leaves_the_batch_for_the_next_time(empty):
    first, second = add(empty, "I-1", hours=2), add(empty, "I-2", hours=1)
    empty.load("invoices")
    empty.sandbox.faults.add("tereina", f"{first.batch_id}/confirm", "503", times=1)
    assert confirm_all(empty) == [(first.batch_id, UnknownOutcome.__name__), (second.batch_id, None)]
    assert asked(empty).count(first.batch_id) == 1
    assert noted(empty)[first.batch_id] == (False, 1)
    assert confirm_all(empty) == [(first.batch_id, None)]
    assert noted(empty)[first.batch_id] == (True, 1)


def test_a_refusal_leaves_its_batch_and_no_other(empty):
    first, second = add(empty, "I-1", hours=2), add(empty, "I-2", hours=1)
    empty.load("invoices")
    first.__class__ = type("Refusing", (type(first),), {"is_partial": property(lambda self: True)})
    shown = {**first.public(), "status": "PENDING"}
    first.public = lambda: shown
    assert confirm_all(empty) == [(first.batch_id, Refused.__name__), (second.batch_id, None)]


def test_when_the_server_accepts_nothing_the_rest_is_not_tried(empty, monkeypatch):
    for n in range(3):
        add(empty, f"I-{n}", hours=n + 1)
    empty.load("invoices")
    context = empty.context(empty.pipeline())
    due = due_batches(context, INVOICES)
    sent = []

    def create(method, path, **rest):
        sent.append(path)
        raise Unavailable("no connection")

    monkeypatch.setattr(context.client, "create", create)
    assert [type(each.error) for each in confirm(context, due)] == [Unavailable] * 3
    assert len(sent) == 1


@pytest.mark.parametrize("moment", ["before it is sent", "after it is done"])
def test_a_crash_between_confirming_and_noting_comes_out_right(empty, monkeypatch, moment):
    batch = add(empty, "I-1")
    empty.load("invoices")
    context = empty.context(empty.pipeline())
    create = context.client.create

    def killed(*arguments, **options):
        if moment == "after it is done":
            create(*arguments, **options)
        raise Killed

    monkeypatch.setattr(context.client, "create", killed)
    with pytest.raises(Killed):
        list(confirm(context, due_batches(context, INVOICES)))
    assert noted(empty) == {batch.batch_id: (False, 1)}
    done = confirm_all(empty)
    assert done == ([] if moment == "after it is done" else [(batch.batch_id, None)])
    assert empty.queue.confirmed == [batch.batch_id]
    assert noted(empty) == {batch.batch_id: (True, 1)}


def test_a_crash_between_load_and_confirmation_leaves_it_to_the_next_confirmation(empty):
    batch = add(empty, "I-1")
    empty.load("invoices")  # and here it ends
    empty.load("invoices")
    assert confirm_all(empty) == [(batch.batch_id, None)]


@pytest.mark.parametrize(
    ("confirm_setting", "read_only", "confirmed"),
    [("false", "false", 0), ("true", "true", 0), ("true", "false", 1)],
)
def test_after_a_load_batches_are_confirmed_where_the_setting_asks_for_it(
    empty, monkeypatch, confirm_setting, read_only, confirmed
):
    add(empty, "I-1")
    empty.load("invoices")
    monkeypatch.setenv("SOURCES__TEREINA__CONFIRM", confirm_setting)
    monkeypatch.setenv("SOURCES__TEREINA__READ_ONLY", read_only)
    said = confirm_after_load(empty.context(empty.pipeline()), INVOICES)
    assert len(empty.queue.confirmed) == confirmed
    assert said == ["1 batches confirmed"][:confirmed]


def test_after_a_load_a_batch_that_cannot_be_confirmed_is_an_error_when_the_others_are_done(
    empty, monkeypatch
):
    monkeypatch.setenv("SOURCES__TEREINA__CONFIRM", "true")
    first, second = add(empty, "I-1", hours=2), add(empty, "I-2", hours=1)
    empty.load("invoices")
    empty.sandbox.faults.add("tereina", f"{first.batch_id}/confirm", "500", times=1)
    with pytest.raises(UnknownOutcome):
        confirm_after_load(empty.context(empty.pipeline()), INVOICES)
    assert empty.queue.confirmed == [second.batch_id]
