"""P5, P7 and P8 on ROIT's exports: asked for once, taken up again, and nothing else is touched."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from itertools import pairwise

import pytest

from pipelines.errors import UsageError
from pipelines.load import State
from sources.kit.jobs import _machine


def export_paths(lab):
    return lab.requests("/export/requests")


def created(lab):
    return [r for r in export_paths(lab) if r.method == "POST"]


def test_p5_an_export_that_was_begun_is_taken_up_by_the_next_load_and_not_made_again(make_lab, monkeypatch):
    lab = make_lab(scale=120, options={"roit": {"export_polls": 3}})
    monkeypatch.setattr(_machine, "PATIENCE_SECONDS", -1.0)
    first = lab.load("roit", "export_files").results[0]
    assert first.state is State.FAILED
    assert "still being made" in (first.error or "")
    begun = len(created(lab))
    assert begun == 1
    assert lab.rows("select state, remote_id is not null from roit._jobs") == [("accepted", True)]
    monkeypatch.setattr(_machine, "PATIENCE_SECONDS", 60.0)
    second = lab.load("roit", "export_files").results[0]
    assert second.error is None
    windows = lab.rows("select window_from, count(*) from roit._jobs where part is null group by 1")
    assert all(n == 1 for _, n in windows)
    assert lab.value("select count(*) from roit._jobs where part is null and state <> 'loaded'") == 0
    assert lab.value("select count(*) from roit.export_files") > 0


def most_under_way(lab):
    """The greatest number of exports between their request and the last that was asked of them."""
    requests = export_paths(lab)
    answered = [place for place, r in enumerate(requests) if r.method == "POST" and r.status == 200]
    spans = []
    for begin, remote_id in zip(answered, lab.sandbox.states["roit"].exports.created, strict=True):
        spans.append((begin, max(place for place, r in enumerate(requests) if remote_id in r.path)))
    return max(sum(begin <= place <= end for begin, end in spans) for place, _ in enumerate(requests))


def test_p5_exports_are_made_side_by_side_never_too_many_and_one_whose_answer_is_lost_costs_no_other(
    make_lab, monkeypatch
):
    lab = make_lab(scale=60, options={"roit": {"export_polls": 2}})
    monkeypatch.setenv("SOURCES__ROIT__WINDOW_DAYS", "20")
    lab.sandbox.faults.add("roit", "/export/requests$", "reset", method="POST", times=1, after=3)
    first = lab.load("roit", "export_files").results[0]
    assert first.state is State.FAILED
    assert first.windows == 3, "those before the one whose answer was lost are loaded"
    assert len(created(lab)) == 4, "it was not asked for again, and no other was asked for ahead"
    second = lab.load("roit", "export_files").results[0]
    assert second.error is None
    assert most_under_way(lab) == 3
    states = dict(lab.rows("select state, count(*) from roit._jobs where part is null group by 1"))
    assert states == {"loaded": len(created(lab)) - 1, "unknown": 1}
    windows = lab.rows(
        "select window_from, window_to from roit._jobs where part is null and state = 'loaded' order by 1"
    )
    assert len(set(windows)) == len(windows) >= 5
    assert all(left[1] >= right[0] for left, right in pairwise(windows))
    assert windows[-1][1] == second.mark
    quantity = lab.value("select sum(quantity) from roit.export_requests")
    assert lab.value("select count(*) from roit.export_files") == quantity > 20


def test_a_range_that_the_server_does_not_take_is_asked_for_in_shorter_ones(make_lab):
    lab = make_lab(scale=40, options={"roit": {"export_longest_days": 60}})
    assert lab.load("roit", "export_files").results[0].error is None
    assert [r.status for r in created(lab)] == [400, 200, 200]
    states = lab.rows("select state, count(*) from roit._jobs where part is null group by 1 order by 1")
    assert states == [("failed", 1), ("loaded", 2)]
    assert lab.value("select count(*) from roit.export_files") > 0


def test_p5_an_export_in_error_is_made_anew_at_the_next_load(make_lab):
    lab = make_lab(scale=60, options={"roit": {"export_error_every": 1}})
    failed = lab.load("roit", "export_files").results[0]
    assert failed.state is State.FAILED
    assert "ended as failed" in (failed.error or "")
    lab.act("roit", "set_options", export_error_every=0)
    assert lab.load("roit", "export_files").results[0].error is None
    states = {state for (state,) in lab.rows("select state from roit._jobs where part is null")}
    assert states == {"failed", "loaded"}


def test_a_lost_answer_is_unknown_in_the_ledger_and_the_request_is_not_repeated_blindly(make_lab):
    lab = make_lab(scale=60)
    lab.sandbox.faults.add("roit", "/export/requests$", "reset", method="POST", times=1)
    failed = lab.load("roit", "export_files").results[0]
    assert failed.state is State.FAILED
    assert len(created(lab)) == 1, "a create whose answer is lost must not be sent again"
    assert lab.rows("select state, remote_id from roit._jobs") == [("unknown", None)]
    assert lab.load("roit", "export_files").results[0].error is None


def test_p7_a_load_creates_the_exports_that_it_needs_and_changes_nothing_else(make_lab):
    lab = make_lab(scale=100)
    lab.load("roit")
    reads_by_post = ("/token", "/search", "/count")
    changing = [
        (r.method, r.path)
        for r in lab.requests()
        if r.system == "roit" and r.method != "GET" and not r.path.endswith(reads_by_post)
    ]
    assert changing
    assert all(method == "POST" and path.endswith("/export/requests") for method, path in changing)


def test_every_file_of_every_part_is_known_and_every_document_is_read(make_lab):
    lab = make_lab(scale=150, options={"roit": {"files_per_part": 20}})
    assert lab.load("roit", "export_files").results[0].error is None
    quantity = lab.value("select sum(quantity) from roit.export_requests")
    assert lab.value("select count(*) from roit.export_files") == quantity > 20
    assert lab.value("select count(*) from roit.export_files where length(sha256) = 64") == quantity
    named = "select distinct access_key from roit.export_files where access_key is not null"
    held = "select access_key from roit.nfe union select access_key from roit.cte"
    events = "select access_key from roit.nfe_events"
    assert lab.rows(f"({named}) except (({held}) union ({events}))") == []
    assert lab.rows(f"({held} union {events}) except ({named})") == []
    assert lab.value("select count(*) from roit.nfe") > 10
    counts = {t: lab.value(f"select count(*) from roit.{t}") for t in ("cte", "nfse", "nfe_events")}
    assert all(counts.values()), counts
    xml = (
        "select count(*) from roit.export_files where content_type = 'application/xml' and access_key is null"
    )
    service = counts["nfse"] + lab.value("select count(*) from roit.nfse_events")
    assert lab.value(f"{xml} and path not like 'copia/%'") == service
    items = lab.value("select count(*) from roit.nfe__items")
    assert items >= lab.value("select count(*) from roit.nfe")
    off = lab.value(
        "select count(*) from roit.nfe n join (select nfe_access_key, sum(gross_value) as items"
        " from roit.nfe__items group by 1) i on i.nfe_access_key = n.access_key"
        " where abs(n.total__products_value - i.items) > 0.01"
    )
    assert off == 0


def test_a_file_that_is_not_what_it_says_is_rejected_with_its_path_and_the_others_are_loaded(make_lab):
    lab = make_lab(scale=80, options={"roit": {"bad_files": 3}})
    result = lab.load("roit", "export_files").results[0]
    assert result.error is None
    rejects = lab.rows("select key, reason from roit._rejects where table_name = 'export_files'")
    assert rejects
    assert all(key and reason for key, reason in rejects)
    assert lab.value("select count(*) from roit.nfe") > 0
    known = {path for (path,) in lab.rows("select path from roit.export_files")}
    assert {key for key, _ in rejects} <= known


def test_an_expired_link_is_asked_for_again(make_lab):
    lab = make_lab(scale=60)
    lab.sandbox.faults.add("storage", ".*", "expired_url", times=1)
    assert lab.load("roit", "export_files").results[0].error is None
    items = [r for r in export_paths(lab) if r.path.endswith("/items")]
    parts = [r for r in lab.requests() if r.system == "storage"]
    assert any(r.status == 403 for r in parts)
    assert len(items) > len(created(lab))


def test_p14_a_hostile_archive_fails_its_export_with_the_reason_and_the_other_resources_load(
    make_lab, monkeypatch
):
    lab = make_lab(scale=40)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.xml", bytes(4 * 1024**2))
    monkeypatch.setattr("sandbox.roit.exports.pack", lambda files, rng: bomb.getvalue())
    report = lab.load("roit", "export_files", "accounts_payable")
    by_name = {result.resource: result for result in report.results}
    assert by_name["export_files"].state is State.FAILED
    assert "unpacks to more than 200 times" in (by_name["export_files"].error or "")
    assert by_name["accounts_payable"].error is None
    assert report.exit_code == 3
    assert lab.value("select count(*) from roit.accounts_payable") > 0
    states = lab.rows("select state from roit._jobs where part is null")
    assert states == [("failed",)], "the next load asks for a new one"


DOCUMENTS = ("nfe", "cte", "nfse")


def documents(lab):
    """Every row of the fiscal documents; the tables of the exports tell of each export by itself."""
    return {table: rows for table, rows in lab.snapshot("roit").items() if table.startswith(DOCUMENTS)}


def test_p4_documents_that_come_again_change_nothing_and_files_are_kept_and_exports_deleted_where_asked(
    make_lab, monkeypatch, tmp_path
):
    lab = make_lab(scale=60)
    assert lab.load("roit", "export_files").results[0].error is None
    assert lab.value("select count(*) from roit.export_files where stored_at is not null") == 0
    assert not [r for r in export_paths(lab) if r.method == "DELETE"]
    before = documents(lab)
    assert before["nfe"]
    assert before["nfse"]
    monkeypatch.setenv("SOURCES__ROIT__KEEP_FILES", str(tmp_path / "kept"))
    monkeypatch.setenv("SOURCES__ROIT__EXPORT_DELETE_AFTER_LOAD", "true")
    filters = {"movement": {"eq": "INPUT"}, "totalValue": {"gte": 0.01}, "finalized": {"in": [True, False]}}
    monkeypatch.setenv("SOURCES__ROIT__EXPORT_FILTERS", json.dumps(filters))
    result = lab.load("roit", "export_files", since=lab.sandbox.clock.now() - timedelta(days=90)).results[0]
    assert result.error is None
    assert "2 exports were deleted at the source" in result.notes
    assert lab.rows("select state, count(*) from roit._jobs where part is null group by 1") == [
        ("deleted", 2)
    ]
    assert len([r for r in export_paths(lab) if r.method == "DELETE"]) == 2
    asked = json.loads(lab.rows("select filters from roit.export_requests order by period__to desc")[0][0])
    assert {name: asked[name] for name in filters} == filters
    kept = [path for path in (tmp_path / "kept").rglob("*") if path.is_file()]
    stored = lab.rows("select distinct stored_at from roit.export_files where stored_at is not null")
    assert {path.as_uri() for path in kept} == {url for (url,) in stored}
    assert kept
    assert documents(lab) == before


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("EXPORT_FILTERS", '{"movement": {"eq": "SIDEWAYS"}}', "movement"),
        ("EXPORT_FILTERS", '{"createAt": {"gte": "2026-01-01"}}', "set by the range"),
        ("EXPORT_PREFERENCE", "rough", "export_preference is 'rough': use original or roit"),
        ("EXPORTS_AT_ONCE", "0", "exports_at_once is 0: use 1 or more"),
    ],
)
def test_what_an_export_cannot_ask_for_is_a_mistake_of_the_configuration(
    make_lab, monkeypatch, name, value, reason
):
    lab = make_lab(scale=20)
    monkeypatch.setenv(f"SOURCES__ROIT__{name}", value)
    with pytest.raises(UsageError, match=reason):
        lab.load("roit", "export_files")
    assert lab.requests() == []
