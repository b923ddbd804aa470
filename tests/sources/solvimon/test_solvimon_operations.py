"""``ledgerhouse solvimon ...`` against the simulated system: what is checked, asked, sent, kept and refused."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass

import duckdb
import pytest

from pipelines.cli import run
from pipelines.cli._output import Output
from sandbox.core.server import running
from sources.solvimon.definitions import InvalidParameters
from sources.solvimon.report_requests import export_location

CREATE = ("solvimon", "report", "create")
PAYMENT = ("PAYMENT", "-p", "from_date=2026-01-01", "-p", "to_date=2026-01-31")
OVERVIEW = ("solvimon", "overview", "lines", "--since", "2026-01-01", "--until", "2026-01-31")
REQUESTS = "/v1/report-generate-requests"


@dataclass
class Result:
    """How an invocation ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self):
        return json.loads(self.out)


class Desk:
    """The command line, in front of a simulated system."""

    def __init__(self, sandbox, database):
        self.sandbox, self._database = sandbox, database
        sandbox.requests.clear()
        sandbox.faults.clear()

    def __call__(self, *arguments, answer=None):
        out, err = io.StringIO(), io.StringIO()
        output = Output(out, err, as_json="--json" in arguments)
        if answer is not None:
            output.stdin = type("Terminal", (io.StringIO,), {"isatty": lambda self: True})(answer)
        return Result(run(arguments, output), out.getvalue(), err.getvalue())

    def sent(self, method="POST", path=REQUESTS):
        return [e for e in list(self.sandbox.requests) if e.method == method and e.path == path]

    def ledger(self):
        with duckdb.connect(str(self._database), read_only=True) as connection:
            return connection.execute(
                "select state, remote_id, idempotency_key from solvimon._jobs order by requested_at"
            ).fetchall()


@pytest.fixture(scope="module")
def sandbox():
    options = {"solvimon": {"report_polls": 1}}
    with running(["solvimon"], seed=1, scale=200, options=options) as opened:
        yield opened


@pytest.fixture
def desk(sandbox, empty_place, monkeypatch):
    monkeypatch.setattr("sources.kit.transport._clock.time.sleep", lambda _: None)
    monkeypatch.setenv("RUNTIME__LOG_LEVEL", "CRITICAL")
    monkeypatch.setenv("SOURCES__SOLVIMON__BASE_URL", sandbox.urls["solvimon"])
    monkeypatch.setenv("SOURCES__SOLVIMON__API_KEY", sandbox.credentials["solvimon"]["api_key"])
    return Desk(sandbox, empty_place / "ledgerhouse.duckdb")


def test_a_report_is_asked_for_under_a_key_that_the_ledger_keeps(desk):
    result = desk(*CREATE, *PAYMENT, "--yes", "--json")
    assert result.code == 0
    (sent,) = desk.sent()
    assert json.loads(sent.body) == {
        "report_code": "PAYMENT",
        "parameter_values": [
            {"name": "from_date", "value": "2026-01-01"},
            {"name": "to_date", "value": "2026-01-31"},
        ],
    }
    assert desk.ledger() == [("accepted", result.document["id"], sent.headers["idempotency-key"])]


def test_it_says_what_it_will_do_and_asks(desk):
    result = desk(*CREATE, *PAYMENT, answer="y\n")
    assert result.code == 0
    assert "ask Solvimon for the report PAYMENT, from_date=2026-01-01, to_date=2026-01-31" in result.err
    assert "is PENDING" in result.out
    assert len(desk.sent()) == 1


@pytest.mark.parametrize("answer", ["n\n", None])
@pytest.mark.parametrize("command", [(*CREATE, *PAYMENT), OVERVIEW])
def test_without_a_yes_nothing_is_sent(desk, command, answer):
    assert desk(*command, answer=answer).code == 2
    assert desk.sent() == desk.sent("GET", "/v1/reports/invoice-lines-overview") == []


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("NOPE",), "there is no report NOPE"),
        (("METERING", *PAYMENT[1:]), "METERING needs meter_id"),
        (("PAYMENT", "-p", "meter_id=m1"), "PAYMENT takes no meter_id"),
        (("PAYMENT", "-p", "from_date=01/02/2026", "-p", "to_date=2026-02-02"), "use a day"),
        (("PAYMENT", "-p", "from_date=2026-02-01"), "from_date and to_date"),
        (("PAYMENT", "-p", "from_date"), "is no NAME=VALUE"),
        (("PAYMENT", "-p", "from_date=2026-01-01", "-p", "from_date=2026-01-02"), "given twice"),
        ((*PAYMENT, "--customer", "a/b"), "no id"),
        ((*PAYMENT, "--configuration", ""), "no id"),
        ((*PAYMENT, "--generate-at", "tomorrow"), "generate_at"),
        ((*PAYMENT, "--idempotency-key", "unheard"), "no report was asked for under the key"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(desk, arguments, reason):
    result = desk(*CREATE, *arguments, "--yes")
    assert result.code == 2
    assert reason in result.err
    assert desk.sent() == []


@pytest.mark.parametrize(
    "command",
    [
        (*CREATE, *PAYMENT),
        OVERVIEW,
        ("solvimon", "report", "push", *PAYMENT[:1], "snowflake", "--integration", "inte_1", *PAYMENT[1:]),
    ],
)
@pytest.mark.parametrize("how", ["option", "setting"])
def test_read_only_refuses_whatever_creates(desk, monkeypatch, command, how):
    if how == "setting":
        monkeypatch.setenv("SOURCES__SOLVIMON__READ_ONLY", "true")
    result = desk(*command, "--yes", *(["--read-only"] if how == "option" else []))
    assert result.code == 2
    assert "forbids" in result.err
    assert list(desk.sandbox.requests) == []


def test_a_lost_answer_is_asked_for_again_under_the_same_key_and_makes_one_report(desk):
    jobs = desk.sandbox.states["solvimon"].desk.jobs
    before = len(jobs)
    desk.sandbox.states["solvimon"].idempotency.interrupt_creates(1)
    assert desk(*CREATE, *PAYMENT, "--yes").code == 0
    keys = {entry.headers["idempotency-key"] for entry in desk.sent()}
    assert [entry.status for entry in desk.sent()] == [500, 422, 201]
    assert (len(keys), len(jobs) - before) == (1, 1)


def test_a_503_is_repeated_under_the_key(desk):
    desk.sandbox.faults.add("solvimon", REQUESTS, "503", method="POST", times=2)
    assert desk(*CREATE, *PAYMENT, "--yes").code == 0
    assert [entry.status for entry in desk.sent()] == [503, 503, 201]
    assert len({entry.headers["idempotency-key"] for entry in desk.sent()}) == 1


def test_a_500_that_does_not_invite_to_repeat_is_not_repeated_and_can_be_settled_by_its_key(desk):
    desk.sandbox.faults.add("solvimon", REQUESTS, "500", method="POST")
    result = desk(*CREATE, *PAYMENT, "--yes")
    assert result.code == 1
    assert len(desk.sent()) == 1
    ((state, remote_id, key),) = desk.ledger()
    assert (state, remote_id) == ("unknown", None)
    assert f"--idempotency-key {key}" in result.err
    again = desk(*CREATE, *PAYMENT, "--idempotency-key", key, "--yes", "--json")
    assert desk.ledger() == [("accepted", again.document["id"], key)]
    assert {entry.headers["idempotency-key"] for entry in desk.sent()} == {key}


def test_a_key_that_was_used_for_another_report_is_refused_with_the_request_id(desk):
    assert desk(*CREATE, *PAYMENT, "--yes").code == 0
    key = desk.sent()[0].headers["idempotency-key"]
    other = ("PAYMENT", "-p", "from_date=2026-03-01", "-p", "to_date=2026-03-31")
    result = desk(*CREATE, *other, "--idempotency-key", key, "--yes")
    assert result.code == 1
    assert "status 409" in result.err
    assert "request id" in result.err


def test_a_report_is_shown_and_its_file_downloaded(desk, tmp_path):
    request = desk(*CREATE, *PAYMENT, "--yes", "--json").document
    shown = desk("solvimon", "report", "show", request["id"], "--json").document
    assert (shown["status"], shown["report"]["report_generate_request_id"]) == ("DONE", request["id"])
    by_request, by_report = tmp_path / "a.csv", tmp_path / "b.csv"
    done = desk("solvimon", "report", "download", request["id"], str(by_request), "--json").document
    report_id = shown["report"]["id"]
    assert done["bytes"] == shown["report"]["file_size"] == by_request.stat().st_size
    assert desk("solvimon", "report", "download", report_id, str(by_report), "--report-id").code == 0
    alone = desk("solvimon", "report", "show", report_id, "--report-id", "--json").document
    assert alone["file_name"] == shown["report"]["file_name"]
    assert by_report.read_bytes() == by_request.read_bytes()


def test_a_file_that_is_there_is_not_overwritten_and_a_report_that_is_not_there_is_said(desk, tmp_path):
    here = tmp_path / "here.csv"
    here.write_text("mine")
    assert desk("solvimon", "report", "download", "rgre_1", str(here)).code == 2
    assert desk("solvimon", "report", "download", "rgre_1", str(tmp_path / "no" / "x.csv")).code == 2
    late = desk(*CREATE, *PAYMENT, "--generate-at", "2099-01-01T00:00:00Z", "--yes", "--json").document["id"]
    result = desk("solvimon", "report", "download", late, str(tmp_path / "late.csv"))
    assert (result.code, here.read_text()) == (2, "mine")
    assert "there is no report" in result.err
    assert "there is no report yet" in desk("solvimon", "report", "show", late).out
    missing = desk("solvimon", "report", "show", "rgre_missing")
    assert missing.code == 1
    assert "status 404" in missing.err


def test_reports_and_requests_are_found_by_their_fields(desk):
    made = desk(*CREATE, *PAYMENT, "--yes", "--json").document["id"]
    desk("solvimon", "report", "show", made)
    found = desk("solvimon", "requests", "--filter", f"id={made}", "--json").document
    assert [item["id"] for item in found["report_generate_requests"]] == [made]
    reports = desk(
        "solvimon", "reports", "--filter", "report_code=PAYMENT", "--limit", "1", "--json"
    ).document
    assert [item["report_code"] for item in reports["reports"]] == ["PAYMENT"]
    assert "from_date=2026-01-01" in desk("solvimon", "reports", "--filter", "report_code=PAYMENT").out
    wrong = desk("solvimon", "reports", "--filter", "colour=red")
    assert wrong.code == 1
    assert "request id" in wrong.err
    assert desk("solvimon", "reports", "--filter", "colour").code == 2


@pytest.mark.parametrize("name", ["definitions", "configurations", "subscriptions"])
def test_what_can_be_asked_for_is_listed(desk, name):
    document = desk("solvimon", name, "--json").document
    assert document[f"report_{name}"]
    assert f"{len(document[f'report_{name}'])} found" in desk("solvimon", name).out
    assert {entry.method for entry in desk.sandbox.requests} == {"GET"}


@pytest.mark.parametrize("kind", ["lines", "tax", "headers"])
def test_an_overview_is_started_once_and_noted(desk, kind):
    options = ("--status", "FINAL", "--status", "DRAFT", "--paid", "--not-on-hold")
    result = desk("solvimon", "overview", kind, *OVERVIEW[3:], *options, "--yes", "--json")
    assert result.code == 0
    started = [entry for entry in desk.sandbox.requests if entry.path.endswith("-overview")]
    assert len(started) == 1
    assert "paid=true" in started[0].query
    assert "on_hold=false" in started[0].query
    assert result.document["status"] == "PENDING"
    assert desk.ledger() == [("accepted", result.document["id"], None)]


def test_an_overview_whose_answer_is_lost_is_not_started_again(desk):
    desk.sandbox.faults.add("solvimon", "overview", "reset")
    result = desk(*OVERVIEW, "--yes")
    assert result.code == 1
    assert "may have been done" in result.err
    assert len([entry for entry in desk.sandbox.requests if "overview" in entry.path]) == 1
    assert desk.ledger() == [("unknown", None, None)]


@pytest.mark.parametrize(
    "options", [("--since", "2026-02-01", "--until", "2026-01-01"), ("--since", "x", "--until", "2026-01-01")]
)
def test_an_overview_needs_a_range_of_days(desk, options):
    assert desk("solvimon", "overview", "tax", *options, "--yes").code == 2
    assert list(desk.sandbox.requests) == []


def test_a_report_can_be_pushed_elsewhere(desk):
    push = ("solvimon", "report", "push", "PAYMENT", "gcs", "--integration", "inte_1", "--bucket", "b/p")
    result = desk(*push, "--format", "parquet", "--path-format", "{date}", *PAYMENT[1:], "--yes", "--json")
    assert result.code == 0
    assert json.loads(desk.sent()[0].body)["export_location"] == {
        "variant": "GCS",
        "integration_id": "inte_1",
        "gcs": {"bucket_path": "b/p", "path_format": "{date}", "format_type": "PARQUET"},
    }
    assert desk(*push, "--dataset", "d", *PAYMENT[1:], "--yes").code == 2
    assert len(desk.sent()) == 1


@pytest.mark.parametrize(
    ("variant", "details"),
    [
        ("FTP", {}),
        ("BIGQUERY", {}),
        ("BIGQUERY", {"dataset_id": "d", "bucket_path": "b"}),
        ("BIGQUERY", {"dataset_id": "a b"}),
        ("S3", {"format_type": "CSV"}),
        ("S3", {"bucket_path": "b"}),
        ("GCS", {"bucket_path": "b", "format_type": "XML"}),
        ("SNOWFLAKE", {"format_type": "CSV"}),
    ],
)
def test_a_place_to_push_to_has_what_its_kind_needs_and_nothing_else(variant, details):
    with pytest.raises(InvalidParameters):
        export_location(variant, "inte_1", **details)


def test_places_to_push_to_are_sent_as_the_api_has_them():
    assert export_location("BIGQUERY", "inte_1", dataset_id="d", stream_name="s") == {
        "variant": "BIGQUERY",
        "integration_id": "inte_1",
        "stream_name": "s",
        "bigquery": {"dataset_id": "d"},
    }
    assert export_location("SNOWFLAKE", "inte_1") == {"variant": "SNOWFLAKE", "integration_id": "inte_1"}


def test_a_code_that_a_load_cannot_ask_for_takes_no_other_resource_with_it(desk, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["METERING"]')
    result = desk("load", "solvimon", "--resource", "report_metering", "--resource", "products")
    assert result.code == 3
    last = result.err.splitlines()[-1]
    assert "solvimon.report_metering" in last
    assert "the report METERING needs meter_id" in last
    assert desk.sent() == []


def test_reconcile_compares_the_tables_of_the_codes_that_are_configured(desk, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["PRODUCT"]')
    assert desk("load", "solvimon", "--resource", "report_product").code == 0
    result = desk("reconcile", "solvimon", "--json")
    lines = [line for line in result.document["lines"] if line["table"] == "report_product"]
    assert result.code == 0
    assert [(line["source_rows"] > 0, line["difference"], line["ok"]) for line in lines] == [(True, 0, True)]


def test_a_token_works_like_a_key(desk, monkeypatch):
    monkeypatch.delenv("SOURCES__SOLVIMON__API_KEY")
    monkeypatch.setenv("SOURCES__SOLVIMON__TOKEN", desk.sandbox.credentials["solvimon"]["token"])
    monkeypatch.setenv("SOURCES__SOLVIMON__PLATFORM_ID", "plat_sandbox")
    assert desk(*CREATE, *PAYMENT, "--yes").code == 0
    (sent,) = desk.sent()
    assert sent.headers["authorization"].startswith("Bearer ")
    assert sent.headers["x-platform-id"] == "plat_sandbox"
    assert "x-api-key" not in sent.headers


def test_a_key_that_may_only_read_is_refused_with_the_request_id_and_creates_nothing(desk, monkeypatch):
    key = desk.sandbox.credentials["solvimon"]["read_only_api_key"]
    monkeypatch.setenv("SOURCES__SOLVIMON__API_KEY", key)
    result = desk(*CREATE, *PAYMENT, "--yes")
    assert result.code == 1
    assert "status 403" in result.err
    assert "request id" in result.err
    assert key not in result.err
    assert desk.ledger()[0][:2] == ("failed", None)
