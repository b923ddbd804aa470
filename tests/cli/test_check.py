"""Check: says what does not work, and changes nothing, neither here nor there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from pipelines import check as checks
from pipelines import configuration
from pipelines.check import Verdict, check
from pipelines.destinations.duckdb import DuckDb
from pipelines.registry import spec
from sources.kit.transport import SourceError


@pytest.fixture
def acme(monkeypatch, configured):
    """The source `acme`, configured, with a server that answers; what it was asked is noted."""
    configuration.use()
    source = spec("acme")
    source.probed = []
    source.connect = lambda settings: SimpleNamespace(close=lambda: None)
    source.probe = lambda client, settings: source.probed.append(settings.token)
    return source


def _server(seconds_ahead=0):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_ahead), usegmt=True)
    return lambda url: httpx.Response(404, headers={"date": date})


def _verdicts(lines):
    return {(line.subject, line.check): line.verdict for line in lines}


def _destination():
    return DuckDb(Path("w.duckdb"))


def test_everything_good_is_said_line_by_line_and_no_file_is_made(acme, place):
    lines = list(check([acme], _destination, _server()))
    assert set(_verdicts(lines).values()) == {Verdict.GOOD}
    assert [line.check for line in lines] == [
        "rights",
        "configuration",
        "reachability",
        "clock",
        "credentials",
    ]
    assert acme.probed == ["s3cret-token"]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("seconds", [90, -90])
def test_a_clock_that_is_more_than_a_minute_off_is_a_warning(acme, seconds):
    lines = list(check([acme], _destination, _server(seconds)))
    [clock] = [line for line in lines if line.check == "clock"]
    assert clock.verdict is Verdict.WARNING
    assert ("behind" if seconds > 0 else "ahead of") in clock.detail


def test_a_server_that_cannot_be_reached_is_a_failure_and_gets_no_credentials(acme):
    def unreachable(url):
        raise httpx.ConnectError("connection refused")

    lines = list(check([acme], _destination, unreachable))
    assert lines[-1].check == "reachability"
    assert "connection refused" in lines[-1].detail
    assert (lines[-1].verdict, acme.probed) == (Verdict.FAILED, [])


def test_refused_credentials_are_a_failure_without_the_secret(acme):
    def refused(client, settings):
        raise SourceError(f"401: {settings.token} is not known")

    acme.probe = refused
    lines = list(check([acme], _destination, _server()))
    assert (lines[-1].check, lines[-1].verdict) == ("credentials", Verdict.FAILED)
    assert "s3cret-token" not in lines[-1].detail


def test_missing_credentials_are_named(acme, monkeypatch):
    monkeypatch.delenv("SOURCES__ACME__TOKEN")
    line = list(check([acme], _destination, _server()))[-1]
    assert (line.verdict, "SOURCES__ACME__TOKEN" in line.detail) == (Verdict.MISSING, True)


def test_the_exit_code_follows_from_the_lines(acme, cli, monkeypatch):
    monkeypatch.setattr(checks, "_get", _server())
    assert cli("check").code == 0
    assert cli("check", "acme").code == 0
    assert cli("check", "globex").code == 2
    assert cli("check", "--database", "absent/w.duckdb").code == 1
    monkeypatch.delenv("SOURCES__ACME__TOKEN")
    assert cli("check").code == 2


def test_the_document_has_a_line_for_each_check(acme, cli, monkeypatch):
    monkeypatch.setattr(checks, "_get", _server())
    document = cli("check", "acme", "--json").document
    assert {line["verdict"] for line in document["checks"]} == {"ok"}
    assert document["exit_code"] == 0
