"""Documents, integration and tax reform data, from the simulated API to the warehouse."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from roit_support import INTEGRATION, Rows, context_with

from pipelines.errors import UsageError
from pipelines.load import ExitCode, State
from sources.kit.streams import Window
from sources.kit.transport import Client, WrongAnswer
from sources.roit import claims, documents
from sources.roit.data_integration import request_pages
from sources.roit.settings import RoitEndpoints, RoitSettings


def test_lists_are_loaded_whole_and_their_secrets_nowhere(bench):
    report = bench.load("data_integration_requests", "cclasstrib")
    assert report.exit_code is ExitCode.DONE
    requests = bench.state.data_integration.requests
    assert len(requests) > 100, "more than a page"
    held = bench.values("select process_unique_id from roit.data_integration_requests")
    assert sorted(held) == sorted(requests)
    classes = bench.state.data_integration.classes
    assert bench.values("select count(*) from roit.cclasstrib") == [len(classes)]
    assert "callback-secret" not in bench.everything()
    assert "database-secret" not in bench.everything()
    changed = next(entry for entry in classes if "ibsReduction" in entry)
    changed["description"] = "in other words"
    bench.load("cclasstrib")
    words = "select description from roit.{} where code = ? and valid_from = ?"
    about = (changed["code"], changed["validFrom"])
    assert bench.values(words.format("cclasstrib"), *about) == ["in other words"]
    assert len(bench.values(words.format("cclasstrib__history"), *about)) == 2
    assert bench.values("select count(*) from roit.cclasstrib__history") == [len(classes) + 1]


def test_documents_are_read_again_until_they_are_finished(start, set_option):
    bench = start(scale=120, look_back_seconds="0", start_date="2020-01-01", window_days="5000")
    assert bench.load("documents").results[0].error is None
    until_now = int((datetime.now(UTC) - timedelta(minutes=5)).timestamp() * 1_000_000)
    there = list(bench.state.documents.documents(0, until_now))
    assert bench.values("select count(*) from roit.documents") == [len(there)]
    unfinished = bench.values("select id from roit.documents where not finalized order by create_at")
    assert unfinished
    finished = bench.state.documents.finalize(1)
    assert finished == unfinished[:1]
    bench.forget()
    assert bench.load("documents").results[0].rows == len(unfinished)
    assert (
        bench.values("select id from roit.documents where not finalized order by create_at") == unfinished[1:]
    )
    assert len(bench.requests("/documents")) < 5 + 2 * len(unfinished)


def test_unfinished_documents_that_are_near_one_another_are_read_in_one_range():
    first = datetime(2026, 1, 1, tzinfo=UTC)
    at = [first, first + timedelta(hours=3), first + timedelta(days=5)]
    window = Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC))
    ranges = documents._unfinished(context_with(Rows(*((moment,) for moment in at))), window)
    moment = timedelta(milliseconds=1)
    assert ranges == [Window(at[0] - moment, at[1] + moment), Window(at[2] - moment, at[2] + moment)]


def test_a_group_that_is_switched_off_asks_nothing_keeps_its_rows_and_says_so(bench, set_option):
    bench.load("cclasstrib")
    rows = bench.values("select count(*) from roit.cclasstrib")
    set_option("data_integration", "false")
    set_option("endpoints__documents", "off")
    bench.forget()
    report = bench.load("cclasstrib", "data_integration_requests", "documents", full_refresh=True)
    assert report.exit_code is ExitCode.DONE
    assert [result.state for result in report.results] == [State.SKIPPED] * 3
    reasons = {result.resource: result.skipped for result in report.results}
    assert reasons["cclasstrib"] == ["switched off by SOURCES__ROIT__DATA_INTEGRATION"]
    assert reasons["documents"] == ["switched off by SOURCES__ROIT__ENDPOINTS__DOCUMENTS"]
    assert not bench.requests("roit-data-integration") + bench.requests("/documents")
    assert bench.values("select count(*) from roit.cclasstrib") == rows


def test_a_group_that_the_server_does_not_have_fails_alone(start):
    bench = start(endpoints__documents="GET /no-such-service/documents")
    report = bench.load("documents", "cclasstrib")
    assert report.exit_code is ExitCode.PARTLY
    assert {result.resource: result.state for result in report.results} == {
        "documents": State.FAILED,
        "cclasstrib": State.LOADED,
    }


def test_p7_nothing_is_claimed_unless_a_setting_asks_for_it(bench):
    (result,) = bench.load("integration_requests").results
    assert result.state is State.SKIPPED
    assert "CLAIM_INTEGRATIONS" in result.skipped[0]
    assert not bench.requests("/entrypoint/")


def test_claims_need_an_integration_of_their_own_and_respect_read_only(start, set_option):
    bench = start(claim_integrations="true")
    with pytest.raises(UsageError, match="integration_id"):
        bench.load("integration_requests")
    set_option("integration_id", "mine")
    set_option("read_only", "true")
    assert bench.load("integration_requests").results[0].state is State.SKIPPED
    set_option("read_only", "false")
    set_option("claim_entities", json.dumps(["DOCUMENTS"]))
    with pytest.raises(UsageError, match="DOCUMENTS"):
        bench.load("integration_requests")
    assert not bench.requests("/entrypoint/")


def test_what_is_claimed_is_loaded_with_its_attachments_and_nothing_else_is_asked(claiming):
    report = claiming.load("integration_requests")
    waiting = claiming.state.entrypoint.requests
    assert report.results[0].error is None
    assert claiming.values("select count(*) from roit.integration_requests") == [len(waiting)]
    attached = sum(len(request.attachments) for request in waiting.values())
    assert claiming.values("select count(*) from roit.integration_attachments") == [attached]
    assert "X-Signature" not in claiming.everything()
    assert {path.rpartition("/")[2] for path in {r.path for r in claiming.requests("/entrypoint/")}} == {
        "pending",
        "attachs",
    }
    claiming.load("integration_requests")
    assert claiming.values("select count(*) from roit._claims") == [0]
    assert claiming.values("select count(*) from roit.integration_requests") == [len(waiting)]


def test_p5_what_was_claimed_by_a_load_that_ended_is_loaded_by_the_next(claiming, monkeypatch):
    def stopped(*_):
        raise RuntimeError("stopped")

    with monkeypatch.context() as patch:
        patch.setattr(claims, "write_records", stopped)
        assert claiming.load("integration_requests").results[0].state is State.FAILED
    assert claiming.values("select count(*) from roit._claims") == [2]
    claiming.load("integration_requests")
    waiting = claiming.state.entrypoint.requests
    assert claiming.values("select count(*) from roit.integration_requests") == [len(waiting)]


def test_a_claim_whose_answer_is_lost_is_not_repeated_and_said(claiming):
    claiming.sandbox.faults.add("roit", "/pending$", "reset", times=1, after=1)
    (result,) = claiming.load("integration_requests").results
    assert result.state is State.FAILED
    assert "ledgerhouse roit reprocess" in (result.error or "")
    assert claiming.values("select distinct entity from roit.integration_requests") == ["DOCUMENT"]


def test_a_server_that_hands_out_the_same_again_is_not_asked_for_ever(claiming, monkeypatch):
    entrypoint = claiming.state.entrypoint
    handed_out = entrypoint.claim("DOCUMENT", INTEGRATION, None)
    monkeypatch.setattr(entrypoint, "claim", lambda entity, *_: handed_out if entity == "DOCUMENT" else [])
    (result,) = claiming.load("integration_requests").results
    assert (result.error, result.rows) == (None, len(handed_out))
    assert len(claiming.requests("/pending")) == 3


def test_a_destination_without_personal_data_holds_no_entity_even_for_a_while(start):
    bench = start(claim_integrations="true", integration_id=INTEGRATION,
                  personal_data="drop", claim_entities='["DOCUMENT"]')  # fmt: skip
    bench.load("integration_requests")
    kept = bench.values("select answer from roit._claims")
    assert kept
    assert "nationalRegister" not in kept[0]
    assert "nationalRegister" not in bench.everything()


def pages_of(*pages):
    """What the list of requests brings when the server answers with these pages, one after the other."""
    answers = iter(pages)

    def handler(request):
        return httpx.Response(200, json={"status": "success", "data": next(answers)})

    settings = RoitSettings()
    settings.endpoints = RoitEndpoints()
    with Client("https://roit.example", transport=httpx.MockTransport(handler)) as client:
        return [json.loads(record) for page in request_pages(client, settings) for record in page]


def entry(name):
    return {"processUniqueId": name}


def test_an_empty_page_ends_the_list_of_requests_and_a_short_one_does_not():
    assert pages_of([entry("a"), entry("b")], [entry("c")], []) == [entry("a"), entry("b"), entry("c")]


def test_a_page_of_requests_that_comes_again_is_an_error_and_not_the_end():
    with pytest.raises(WrongAnswer, match="comes again"):
        pages_of([entry("a")], [entry("b")], [entry("b")])
    with pytest.raises(WrongAnswer, match="comes again"):
        pages_of([{"no": "id"}], [])


def test_single_payables_are_read_again_by_their_ids_and_no_mark_moves(bench, set_option):
    before = bench.load("accounts_payable").results[0].mark
    changed, other = bench.state.payables.update(2)
    set_option("payable_ids", json.dumps([changed, changed, "absent"]))
    bench.forget()
    (result,) = bench.load("accounts_payable").results
    assert (result.state, result.rows) == (State.LOADED, 1)
    assert "absent is not at the source" in result.notes[0]
    assert result.mark == before
    assert {request.path.rpartition("/")[2] for request in bench.requests("accounts-payable")} == {
        changed,
        "absent",
    }
    versions = "select id, count(*) from roit.accounts_payable__history where id in (?, ?) group by 1"
    assert dict(bench.query(versions, changed, other)) == {changed: 2, other: 1}


def test_payables_can_be_narrowed_to_those_with_certain_metadata(start):
    bench = start(payable_metadata='{"plant": "0001"}')
    book = bench.state.payables
    wanted = {
        book.record(i)["id"] for i in range(len(book)) if book.values(i)["metadata"].get("plant") == "0001"
    }
    (result,) = bench.load("accounts_payable", full_refresh=True).results
    assert result.error is None
    assert set(bench.values("select id from roit.accounts_payable")) == wanted
