"""Reports that Solvimon pushes into a bucket: read from there, with the checks of a download."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.pipeline.exceptions import PipelineStepFailed
from solvimon_support import FIRST_MONTH, NOW, REQUESTS

from sandbox.solvimon.definitions import DEFINITIONS
from sources.kit.streams import Window, resolve
from sources.kit.transport import DataError, SourceError, SystemClock, Unavailable, WrongAnswer
from sources.solvimon import SPEC
from sources.solvimon.adoption import made_since
from sources.solvimon.pushed import PushedReports, Report
from sources.solvimon.reports import report_table

LINES = "report_invoice_line"
FEBRUARY = Window(FIRST_MONTH, FIRST_MONTH + timedelta(days=28))
ASKED = {
    "updated_to_final_from_date": "2026-02-01T00:00:00Z",
    "updated_to_final_to_date": "2026-02-28T23:59:59Z",
}
ROWS = f"select {', '.join(c.name for c in report_table('INVOICE_LINE').columns)}, row_number from {LINES} order by all"


def place(form="CSV", variant="GCS", **more):
    bucket = {"bucket_path": "bills/reports", "format_type": form}
    return {"variant": variant, "integration_id": "inte_1", variant.lower(): bucket, **more}


@pytest.fixture
def pushing(start, tmp_path, monkeypatch):
    """A loader whose reports are pushed, with the folder that is the bucket."""
    loader = start(buckets=str(tmp_path / "buckets"))
    loader.bucket = tmp_path / "buckets" / "bills" / "reports"
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["INVOICE_LINE"]')
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_PUSH", json.dumps(place()))
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_PUSH_URL", loader.bucket.as_uri())
    return loader


def failing(loader):
    """The error of a load that fails."""
    with pytest.raises(PipelineStepFailed) as caught:
        loader.load(LINES, window=FEBRUARY)
    error: BaseException | None = caught.value
    while error is not None and not isinstance(error, SourceError):
        error = error.__cause__
    return error


def states(loader):
    return loader.values("select state from _jobs where part is null order by requested_at")


def reports(loader):
    """How many reports were asked for since the last call."""
    asked = len(loader.asked())
    loader.forget()
    return asked


def test_a_pushed_report_gives_the_rows_of_a_downloaded_one(pushing, monkeypatch):
    with monkeypatch.context() as patch:
        patch.delenv("SOURCES__SOLVIMON__REPORT_PUSH")
        pushing.load(LINES, window=FEBRUARY)
    downloaded = sorted(row[:-1] for row in pushing.query(ROWS))
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_PUSH", json.dumps(place("PARQUET", stream_name="lines")))
    pushing.forget()
    tally = pushing.load(LINES, window=FEBRUARY)[LINES].tallies[0]
    (body,) = [json.loads(entry.body) for entry in pushing.requests("POST", REQUESTS)]
    assert body["export_location"]["stream_name"] == "lines"
    assert not [entry for entry in pushing.requests() if "download-url" in entry.path]
    assert sorted(row[:-1] for row in pushing.query(ROWS)) == downloaded
    assert sum(totals.rows for totals in tally.source.values()) == len(downloaded)
    assert states(pushing) == ["loaded"] * 2
    (file,) = pushing.bucket.rglob("invoice_line_*.parquet")
    noted = pushing.values("select sha256 from _jobs where part = 0")
    assert hashlib.sha256(file.read_bytes()).hexdigest() in noted


def test_an_object_that_does_not_come_is_said_and_looked_for_by_the_next_load(pushing):
    write, kept = pushing.desk.push, []
    pushing.desk.push = lambda *about: kept.append(about)
    error = failing(pushing)
    assert isinstance(error, Unavailable)
    assert f"{pushing.bucket.as_uri()} holds no object 'invoice_line_" in str(error)
    assert (states(pushing), reports(pushing)) == (["accepted"], 1)
    pushing.desk.push = write
    write(*kept[0])
    pushing.load(LINES)
    assert states(pushing) == ["loaded"] * 2
    assert [values["updated_to_final_from_date"][:7] for values in pushing.asked()] == ["2026-03"]
    assert pushing.values(f"select count(*) > 0 from {LINES}") == [True]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda content: content[: len(content) // 2], "were announced"),
        (lambda content: b"x" * len(content), "none of the report's columns"),
        (lambda content: b"PAR1" + content[4:], "Parquet"),
    ],
    ids=["a part of it", "something else", "a broken format"],
)
def test_an_object_that_is_not_the_report_loads_nothing_and_is_given_up(pushing, spoil, says):
    write = pushing.desk.push

    def spoiled(bucket, stream, file):
        write(bucket, stream, replace(file, content=spoil(file.content)))

    pushing.desk.push = spoiled
    error = failing(pushing)
    assert isinstance(error, WrongAnswer)
    assert says in str(error)
    assert (states(pushing), reports(pushing)) == (["failed"], 1)
    # and the next load asks for it anew: nothing is left to be taken up
    context = pushing.context(pushing.pipeline())
    assert SPEC.configured(context.settings).stream(LINES).pending(context) == []


def push_by_hand(loader, at=NOW - timedelta(days=1)):
    """A report of February that somebody had pushed."""
    request = loader.desk.create(DEFINITIONS["INVOICE_LINE"], ASKED, {"export_location": place()})
    loader.desk._finish(loader.desk.jobs[request["id"]], at)
    return request["id"]


def test_a_report_of_a_whole_past_month_that_was_pushed_by_hand_is_read_and_not_asked_for(
    pushing, monkeypatch
):
    monkeypatch.delenv("SOURCES__SOLVIMON__REPORT_PUSH")
    made = push_by_hand(pushing)
    pushing.load(LINES, window=FEBRUARY)
    assert reports(pushing) == 0
    assert pushing.values("select remote_id from _jobs where part is null") == [made]
    assert pushing.values(f"select count(*) > 0 from {LINES}") == [True]


@pytest.mark.parametrize("setting", ["REPORT_PUSH_URL", "ADOPT_REPORTS"])
def test_a_pushed_report_that_cannot_be_read_here_is_not_taken(pushing, monkeypatch, setting):
    monkeypatch.delenv("SOURCES__SOLVIMON__REPORT_PUSH")
    monkeypatch.delenv("SOURCES__SOLVIMON__REPORT_PUSH_URL")
    made = push_by_hand(pushing)
    for value, expected in (("file:///nowhere", None), (pushing.bucket.as_uri(), made)):
        if setting == "ADOPT_REPORTS":
            value, expected = "true", None
        monkeypatch.setenv(f"SOURCES__SOLVIMON__{setting}", value)
        context = pushing.context(pushing.pipeline())
        assert made_since(context, "INVOICE_LINE", ASKED, FEBRUARY.end) == expected


REPORT = Report("repo_1", file_name="lines_1.csv")


@pytest.fixture
def pushed(tmp_path):
    """The place alone, as the load sees it, and what writes to it."""
    context = SimpleNamespace(
        settings=SimpleNamespace(report_push_url=tmp_path.as_uri(), retry_attempts=1, retry_seconds=0),
        clock=SystemClock(),
        client=SimpleNamespace(redactor=None),
    )

    def write(path):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"1")

    place = PushedReports.of(context)

    def find(report=REPORT):
        found = place.find(report, "rgre_1")
        return found and found.path.removeprefix(f"{tmp_path}/")

    return SimpleNamespace(write=write, find=find)


@pytest.mark.parametrize(
    "path", ["lines_1.csv", "a/b/lines_1.csv.gz", "2026/lines_1.parquet", "x/rgre_1/part.csv", "repo_1.csv"]
)
def test_an_object_is_known_by_the_reports_name_in_any_format_or_by_its_id(pushed, path):
    assert pushed.find() is None
    pushed.write("lines_2.csv")
    pushed.write(path)
    assert pushed.find() == path


def test_of_several_objects_of_one_name_the_one_that_bears_the_id_is_taken_and_none_by_chance(pushed):
    pushed.write("monday/lines_1.csv")
    pushed.write("tuesday/lines_1.csv")
    with pytest.raises(DataError, match="2 objects may be it"):
        pushed.find()
    pushed.write("repo_1/lines_1.csv")
    assert pushed.find() == "repo_1/lines_1.csv"


def test_where_the_report_names_its_place_that_is_looked_at_first_and_nothing_outside_of_ours(
    pushed, tmp_path
):
    pushed.write("monday/lines_1.csv")
    pushed.write("tuesday/lines_1.csv")
    inside = Report(
        "repo_1", file_name="lines_1.csv", file_location=f"{tmp_path.as_uri()}/tuesday/lines_1.csv"
    )
    assert pushed.find(inside) == "tuesday/lines_1.csv"
    outside = Report("repo_2", file_name="../../secret", file_location=f"{tmp_path.as_uri()}/../secret")
    assert pushed.find(outside) is None


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        (
            {"REPORT_PUSH": json.dumps({"variant": "BIGQUERY", "integration_id": "i"})},
            "which report it is of",
        ),
        (
            {"REPORT_PUSH": json.dumps({"variant": "SNOWFLAKE", "integration_id": "i"})},
            "nothing here reads it",
        ),
        (
            {"REPORT_PUSH": json.dumps({"variant": "S3", "integration_id": "i"})},
            "no export_location of a bucket",
        ),
        ({"REPORT_PUSH": json.dumps(["S3"])}, "report_push"),
        ({"REPORT_PUSH_URL": "https://example.com/reports"}, "an address begins with one of s3://"),
        ({"REPORT_PUSH_URL": "s3://key:secret@bucket"}, "holds credentials"),
        ({"REPORT_PUSH_URL": "bucket/folder"}, "is no bucket or folder"),
    ],
)
def test_a_place_that_cannot_be_read_is_a_wrong_setting_with_its_reason(monkeypatch, settings, says):
    for name, value in settings.items():
        monkeypatch.setenv(f"SOURCES__SOLVIMON__{name}", value)
    with pytest.raises(ConfigurationException, match=says):
        resolve(SPEC)


def test_the_bucket_of_the_push_is_where_it_is_read_unless_that_is_set(monkeypatch):
    for variant, url in (("S3", "s3://bills/reports"), ("GCS", "gs://bills/reports")):
        monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_PUSH", json.dumps(place(variant=variant)))
        assert resolve(SPEC).report_push_url == url
