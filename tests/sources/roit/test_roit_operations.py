"""ROIT's own operations, from the command line to the simulated API."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace

import duckdb
import pytest
from roit_support import INTEGRATION

from pipelines.cli import run
from pipelines.cli._output import Output
from sandbox.core.server import running

FILTERS = {
    "type": {"in": [".xml"]},
    "createAt": {"gte": "2026-01-10", "lte": "2026-01-31"},
    "issueDate": {"gte": "2020-01-01"},
    "entryDate": {"gte": "2020-01-01"},
    "totalValue": {"lte": 1000},
}
CHANGING = {
    "export create": ["--filters", json.dumps(FILTERS)],
    "export delete": ["some-id"],
    "pending": ["--entity", "DOCUMENT", "--integration-id", INTEGRATION],
    "status": ["r", "--status", "DONE", "--reference", "R", "--integration-id", INTEGRATION],
    "reprocess": ["r", "--integration-id", INTEGRATION],
    "deliver": ["records.json", "--entity", "SUPPLIER", "--integration-id", INTEGRATION],
    "upload": ["records.json"],
    "data-integration create": [],
    "data-integration set-status": ["r", "START"],
    "data-integration update": ["r", "--values", '{"operationType": "INPUT"}'],
    "data-integration batch-update": ["items.json"],
    "data-integration delete": ["r"],
    "data-integration upload-url": [
        *("r", "--national-register", "00000000000191", "--type", "NFE", "--file-name", "a.zip"),
    ],
    "data-integration callback": ["r", "FINISHED"],
    "data-integration sync": ["--national-register", "00000000000191", "--type", "NFE", "--table", "t"],
}


@pytest.fixture(scope="module")
def sandbox():
    with running(("roit",), scale=40) as started:
        yield started


@pytest.fixture
def ops(sandbox, empty_place, monkeypatch):
    """Runs `ledgerhouse roit ...` in an empty folder; ``nothing_sent`` tells whether only tokens were asked for."""
    monkeypatch.setattr("sources.kit.transport._clock.time.sleep", lambda _: None)
    monkeypatch.setenv("SOURCES__ROIT__BASE_URL", sandbox.urls["roit"])
    for name, value in sandbox.credentials["roit"].items():
        monkeypatch.setenv(f"SOURCES__ROIT__{name.upper()}", value)
    (empty_place / "records.json").write_text('[{"cnpj": "00000000000191", "credit": 12345678901234567.89}]')
    (empty_place / "items.json").write_text('{"processUniqueId": "r", "processStatus": "START"}\n')
    sandbox.requests.clear()
    sandbox.faults.clear()

    def invoke(command, *arguments, ask=False):
        changing = command in CHANGING and not ask and "--read-only" not in arguments
        return cli("roit", *command.split(), *arguments, *(["--yes"] if changing else []))

    def cli(*words):
        out, err = io.StringIO(), io.StringIO()
        code = run(words, Output(out, err, as_json="--json" in words, stdin=io.StringIO()))
        text = out.getvalue()
        document = json.loads(text) if "--json" in words and text else None
        return SimpleNamespace(code=code, out=text, err=err.getvalue(), document=document)

    return SimpleNamespace(
        run=invoke,
        cli=cli,
        state=sandbox.states["roit"],
        sent=lambda: [r for r in list(sandbox.requests) if not r.path.endswith("/token")],
        faults=sandbox.faults,
    )


def ledger():
    with duckdb.connect("ledgerhouse.duckdb", read_only=True) as connection:
        return connection.execute("select resource, state, remote_id from roit._jobs").fetchall()


@pytest.mark.parametrize("name", CHANGING)
def test_a_change_is_refused_under_read_only_and_where_nobody_can_be_asked(ops, monkeypatch, name):
    refused = ops.run(name, *CHANGING[name], "--read-only")
    assert refused.code == 2
    assert "--read-only forbids" in refused.err
    unasked = ops.run(name, *CHANGING[name], ask=True)
    assert unasked.code == 2
    assert "add --yes" in unasked.err
    monkeypatch.setenv("SOURCES__ROIT__READ_ONLY", "true")
    configured = ops.run(name, *CHANGING[name])
    assert configured.code == 2
    assert "SOURCES__ROIT__READ_ONLY forbids" in configured.err
    assert ops.sent() == []


WRONG = [
    ("export create", ["--filters", "{"], "not a JSON object"),
    ("export create", ["--filters", "@missing.json"], "cannot read missing.json"),
    ("export create", ["--filters", '{"type": {"in": [".xml"]}}'], "createAt: required"),
    ("export create", ["--filters", json.dumps({**FILTERS, "movement": {"eq": "IN"}})], "movement.eq"),
    ("export create", ["--filters", json.dumps({**FILTERS, "typo": {"eq": 1}})], "typo: no such filter"),
    ("export create", [*CHANGING["export create"], "--preference", "mine"], "preference"),
    ("export show", ["../documents"], "is no id"),
    ("export delete", [".."], "is no id"),
    ("pending", ["--entity", "DOCUMENT"], "which integration?"),
    ("pending", ["--entity", "DOCUMENTS", "--integration-id", "x"], "DOCUMENTS"),
    ("status", ["r", "--status", "FINE", "--reference", "R", "--integration-id", "x"], "'FINE' is none of"),
    ("status", ["r", "--status", "DONE", "--reference", " ", "--integration-id", "x"], "reference must not"),
    ("status", [*CHANGING["status"], "--entry-date", "31/01/2026"], "is no date"),
    ("status", [*CHANGING["status"], "--metadata", "[1]"], "not a JSON object"),
    ("attachments", ["a/b", "--integration-id", "x"], "is no id"),
    ("reprocess", ["r?x=1", "--integration-id", "x"], "is no id"),
    ("reprocess", ["r"], "which integration?"),
    ("deliver", ["records.json", "--entity", "supplier", "--integration-id", "x"], "is no name"),
    ("deliver", ["missing.json", "--entity", "SUPPLIER", "--integration-id", "x"], "cannot read"),
    ("deliver", ["empty.json", "--entity", "SUPPLIER", "--integration-id", "x"], "holds no record"),
    ("upload", ["empty.json"], "is empty"),
    ("upload", ["missing.pdf"], "cannot read"),
    ("data-integration show", ["a b"], "is no id"),
    ("data-integration set-status", ["r", "DONE"], "'DONE' is none of"),
    ("data-integration update", ["r", "--values", "{}"], "nothing to change"),
    ("data-integration update", ["r", "--values", '{"createdAt": "x"}'], "createdAt: cannot be changed"),
    ("data-integration update", ["r", "--values", '{"metadata": "x"}'], "metadata: an object"),
    ("data-integration update", ["r", "--values", '{"nationalRegister": "123"}'], "14 characters"),
    ("data-integration batch-update", ["empty.json"], "holds no record"),
    ("data-integration batch-update", ["twice.json"], "item 2: r comes twice"),
    ("data-integration batch-update", ["nameless.json"], "item 1: processUniqueId"),
    ("data-integration delete", [""], "is no id"),
    ("data-integration upload-url", ["r", "--national-register", "1", "--type", "NFE", "--file-name", "a"], "CNPJ"),
    ("data-integration callback", ["r", "ENDED"], "'ENDED' is none of"),
    ("data-integration sync", ["--national-register", "00000000000191", "--type", "", "--table", "t"], "type must"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "arguments", "problem"), WRONG, ids=[f"{n} {p}" for n, _, p in WRONG])
def test_what_cannot_be_right_is_wrong_usage_and_is_not_sent(ops, tmp_path, name, arguments, problem):
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "twice.json").write_text(
        '[{"processUniqueId": "r", "audit": {}}, {"processUniqueId": "r", "audit": {}}]'
    )
    (tmp_path / "nameless.json").write_text('{"audit": {}}')
    result = ops.run(name, *arguments)
    assert result.code == 2, result.err
    assert problem in result.err
    assert ops.sent() == []


def test_an_export_is_created_shown_and_deleted(ops):
    created = ops.run("export create", "--filters", json.dumps(FILTERS), "--json")
    assert created.code == 0
    export = ops.state.exports.created[created.document["id"]]
    assert export.filters["createAt"] == {
        "gte": "2026-01-10T00:00:00.000Z",
        "lte": "2026-01-31T23:59:59.999Z",
    }
    assert ledger() == [("export_create", "accepted", export.id)]
    shown = ops.run("export show", export.id)
    assert (shown.code, export.id in shown.out) == (0, True)
    assert ops.run("export delete", export.id, "--json").document == {"id": export.id, "deleted": True}
    assert export.id not in ops.state.exports.created
    assert ledger() == [("export_create", "deleted", export.id)]
    gone = ops.run("export show", export.id)
    assert (gone.code, "status 404" in gone.err) == (1, True)


def test_an_amount_among_the_filters_is_sent_digit_for_digit(ops):
    text = json.dumps({**FILTERS, "totalValue": {"lte": 0}}).replace(
        '"lte": 0}', '"lte": 12345678901234567.89}'
    )
    assert ops.run("export create", "--filters", text).code == 0
    assert b'"totalValue":{"lte":12345678901234567.89}' in ops.sent()[0].body


def test_a_create_whose_answer_is_lost_is_not_sent_again_and_unknown_in_the_ledger(ops):
    ops.faults.add("roit", "/requests/create$", "reset", times=1)
    result = ops.run("data-integration create")
    assert result.code == 1
    assert "it may have been done" in result.err
    assert len(ops.sent()) == 1
    assert ledger() == [("data_create", "unknown", None)]


def test_what_waits_is_claimed_and_loaded_before_it_can_be_answered(ops):
    claimed = ops.run("pending", "--entity", "DOCUMENT", "--integration-id", INTEGRATION, "--json")
    assert claimed.code == 0
    with duckdb.connect("ledgerhouse.duckdb", read_only=True) as connection:
        ((request_id, reference),) = connection.execute(
            "select request_id, reference from roit.integration_requests order by 1 limit 1"
        ).fetchall()
    about = [request_id, "--integration-id", INTEGRATION]
    listed = ops.run("attachments", *about, "--json").document
    assert {attachment["type"] for attachment in listed} == {".xml", ".pdf"}
    answer = [
        "--status",
        "DONE",
        "--reference",
        reference,
        "--entry-reference",
        "51",
        "--entry-date",
        "2026-02-01",
    ]
    assert ops.run("status", *about, *answer, "--metadata", '{"n": 1.10}').code == 0
    record = ops.state.entrypoint.requests[request_id].record
    assert (record["status"], record["entryReference"]) == ("DONE", "51")
    assert b'{"n": 1.10}' in ops.sent()[-1].body
    assert ops.run("reprocess", *about).code == 0
    assert record["status"] == "PENDING"


def test_records_and_files_are_handed_over_as_they_are(ops, tmp_path):
    arguments = ["records.json", "--entity", "SUPPLIER", "--integration-id", INTEGRATION, "--no-default"]
    assert ops.run("deliver", *arguments).code == 0
    delivered = ops.state.entrypoint.delivered[-1]
    assert (delivered["entity"], delivered["isDefault"]) == ("SUPPLIER", False)
    assert b'"credit": 12345678901234567.89' in ops.sent()[-1].body
    (tmp_path / "nota.pdf").write_bytes(b"%PDF made up")
    uploaded = ops.run("upload", "nota.pdf", "--metadata", '{"a": 1}', "--json").document
    assert ops.state.entrypoint.uploads[uploaded["id"]] == b"%PDF made up"
    assert json.loads(ops.sent()[-1].body)["contentType"] == "application/pdf"
    assert ledger() == [("upload", "loaded", uploaded["id"])]


def test_a_data_integration_request_is_created_changed_and_deleted(ops):
    request_id = ops.run("data-integration create", "--json").document["processUniqueId"]
    assert ledger() == [("data_create", "accepted", request_id)]
    record = ops.state.data_integration.requests[request_id]
    assert ops.run("data-integration set-status", request_id, "START").code == 0
    values = {"nationalRegister": "00.000.000/0001-91", "callbackAuthToken": "a-secret-token"}
    changed = ops.run("data-integration update", request_id, "--values", json.dumps(values), "--json")
    assert changed.code == 0
    assert "a-secret-token" not in changed.out + changed.err
    assert record["nationalRegister"] == "00000000000191"
    assert record["callbackAuthToken"] == "a-secret-token"
    shown = ops.run("data-integration show", request_id, "--json")
    assert "callbackAuthToken" not in shown.document
    assert ops.run("data-integration callback", request_id, "FINISHED").code == 0
    assert record["processStatus"] == "FINISHED"
    arguments = ["--national-register", "00000000000191", "--type", "NFE"]
    address = ops.run("data-integration upload-url", request_id, *arguments, "--file-name", "a.zip")
    assert address.out.startswith("http")
    assert ops.run("data-integration delete", request_id).code == 0
    assert request_id not in ops.state.data_integration.requests
    assert ops.run("data-integration sync", *arguments, "--table", "t").code == 0
    assert ops.state.data_integration.synced[-1]["tables"] == ["t"]


def test_requests_are_listed_without_their_secrets(ops):
    listed = ops.run("data-integration list", "--most", "120", "--json")
    assert len(listed.document) == 120
    assert "secret" not in listed.out


def test_a_batch_goes_in_chunks_and_names_what_was_refused(ops, tmp_path):
    known = sorted(ops.state.data_integration.requests)
    items = [{"processUniqueId": f"absent-{n}", "processStatus": "START"} for n in range(499)]
    items.insert(7, {"processUniqueId": known[0], "processStatus": "START"})
    items += [{"processUniqueId": request_id, "processStatus": "AUDIT"} for request_id in known[1:4]]
    (tmp_path / "items.json").write_text("\n".join(map(json.dumps, items)))
    result = ops.run("data-integration batch-update", "items.json", "--json")
    assert result.code == 3
    assert [len(json.loads(request.body)["items"]) for request in ops.sent()] == [500, 3]
    assert result.document["updated"] == 3
    assert result.document["failed"] == [f"absent-{n}" for n in range(499)]
    assert result.document["reasons"] == ["Some items were not updated"]


def test_a_batch_that_breaks_off_tells_what_is_not_known(ops, tmp_path):
    known = sorted(ops.state.data_integration.requests)[:2]
    items = [{"processUniqueId": request_id, "processStatus": "AUDIT"} for request_id in known]
    (tmp_path / "items.json").write_text(json.dumps(items))
    ops.faults.add("roit", "/batch-update$", "reset", times=1)
    result = ops.run("data-integration batch-update", "items.json", "--json")
    assert (result.code, result.document["unknown"], len(ops.sent())) == (1, known, 1)


def test_an_operation_that_is_switched_off_is_not_asked_for(ops, monkeypatch):
    monkeypatch.setenv("SOURCES__ROIT__DATA_INTEGRATION", "false")
    monkeypatch.setenv("SOURCES__ROIT__ENDPOINTS__REPROCESS", "off")
    result = ops.run("data-integration show", "r")
    assert (result.code, "SOURCES__ROIT__DATA_INTEGRATION" in result.err) == (2, True)
    assert ops.run("data-integration batch-update", "items.json").code == 2
    assert ops.run("reprocess", "r", "--integration-id", INTEGRATION).code == 2
    assert ops.sent() == []


def test_single_payables_are_loaded_by_their_ids_and_ids_go_with_nothing_else(ops):
    payable_id = ops.state.payables.record(0)["id"]
    loaded = ops.cli("load", "roit", "--resource", "accounts_payable", "--id", payable_id, "--json")
    assert (loaded.code, loaded.document["results"][0]["rows"]) == (0, 1)
    assert [request.path.rpartition("/")[2] for request in ops.sent()] == [payable_id]
    for wrong in (
        [],
        ["--resource", "cclasstrib"],
        ["--resource", "accounts_payable", "--since", "2026-01-01"],
    ):
        result = ops.cli("load", "roit", *wrong, "--id", payable_id)
        assert (result.code, "--id goes with" in result.err) == (2, True)
