"""What people read: aligned, exact, and without control characters where nobody watches."""

from __future__ import annotations

import io
import os
import pty
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pipelines.cli._output import Output, cell, columns
from pipelines.cli._progress import progress_on
from pipelines.load import ResourceResult


def test_numbers_stand_to_the_right_and_texts_to_the_left():
    assert columns(("name", "rows"), [("a", 1), ("long name", 1234)]) == [
        "name        rows",
        "a              1",
        "long name  1,234",
    ]


def test_a_table_without_rows_is_its_header():
    assert columns(("name", "rows"), []) == ["name  rows"]


def test_decimals_are_shown_digit_for_digit():
    assert cell(Decimal("12345678901234567.8900000000")) == "12,345,678,901,234,567.89"
    assert cell(Decimal("1234567890123456789012345678.0123456789")).endswith("678.0123456789")
    assert cell(Decimal("100.0000000000")) == "100"
    assert cell(Decimal("100")) == "100"
    assert cell(Decimal("0E-10")) == "0"


def test_spans_are_shown_in_their_greatest_units():
    spans = [
        timedelta(seconds=8),
        timedelta(minutes=12),
        timedelta(hours=3, minutes=4),
        timedelta(days=3, hours=4),
    ]
    assert [cell(span) for span in spans] == ["8 s", "12 min", "3 h 4 min", "3 d 4 h"]
    assert cell(timedelta(minutes=-2)) == "-2 min"


def test_json_has_decimals_as_text_and_times_as_iso():
    out = io.StringIO()
    Output(out, io.StringIO(), as_json=True).document(
        {"amount": Decimal("0.10"), "at": datetime(2026, 1, 1, tzinfo=UTC), "age": timedelta(minutes=1)}
    )
    assert '"amount": "0.10"' in out.getvalue()
    assert '"at": "2026-01-01T00:00:00+00:00"' in out.getvalue()
    assert '"age": 60.0' in out.getvalue()


def _walk(progress):
    progress.started("acme", "invoices")
    progress.planned("acme", "invoices", 3)
    progress.window_done("acme", "invoices", 5)
    progress.finished(ResourceResult("acme", "invoices", rows=5, rejected=1, seconds=1.25))


def test_progress_is_plain_lines_where_nobody_watches():
    err = io.StringIO()
    with progress_on(Output(io.StringIO(), err)) as progress:
        _walk(progress)
    assert err.getvalue().splitlines() == [
        "acme.invoices: 3 windows",
        "acme.invoices: loaded, 5 rows, 1 rejected, 1.2 s",
    ]


def test_progress_is_drawn_on_a_terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    parent, child = pty.openpty()
    with os.fdopen(child, "w") as terminal, progress_on(Output(io.StringIO(), terminal)) as progress:
        _walk(progress)
    shown = os.read(parent, 65536).decode()
    os.close(parent)
    assert "\x1b[" in shown
    assert "acme.invoices: loaded, 5 rows, 1 rejected, 1.2 s" in shown
