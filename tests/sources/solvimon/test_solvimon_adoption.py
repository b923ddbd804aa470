"""Reports that somebody else had made: taken where that is asked for and they answer the same question."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from solvimon_support import FIRST_MONTH, NOW

from sandbox.solvimon.definitions import DEFINITIONS
from sources.kit.streams import Window
from sources.solvimon.adoption import made_since

PAYMENTS = "report_payment"
FEBRUARY = {"from_date": "2026-02-01", "to_date": "2026-02-28"}
MARCH = {"from_date": "2026-03-01", "to_date": "2026-03-20"}


@pytest.fixture
def payments(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["PAYMENT"]')
    return loader


@pytest.fixture
def adopting(payments, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__ADOPT_REPORTS", "true")
    return payments


def make(loader, values, at: datetime = NOW - timedelta(days=1), **about):
    """A report that somebody had made, and what of it is to be different."""
    request = loader.desk.create(DEFINITIONS["PAYMENT"], values, {})
    loader.desk._finish(loader.desk.jobs[request["id"]], at)
    list(loader.desk.reports.values())[-1].update(about)
    return request["id"]


def test_a_report_of_a_whole_past_month_is_taken_and_not_made_again(adopting):
    made = make(adopting, FEBRUARY)
    report = adopting.load(PAYMENTS)[PAYMENTS]
    assert adopting.asked() == [MARCH]
    assert any(made in note for tally in report.tallies for note in tally.notes)
    assert adopting.values("select remote_id from _jobs where part is null and remote_id = ?", made) == [made]
    there = sum(payment["created_at"] >= "2026-02" for payment in adopting.tenant.payments.values())
    assert adopting.values(f"select count(*) from {PAYMENTS}") == [there]
    # and one that is asked for again is made again
    adopting.forget()
    adopting.load(PAYMENTS, window=Window(FIRST_MONTH, NOW))
    assert adopting.asked() == [FEBRUARY, MARCH]


def test_nothing_is_adopted_unless_that_is_asked_for(payments):
    make(payments, FEBRUARY)
    payments.load(PAYMENTS)
    assert payments.asked() == [FEBRUARY, MARCH]


@pytest.mark.parametrize(
    "about",
    [
        {"created_at": "2026-02-27T00:00:00Z", "data_extracted_at": "2026-02-27T00:00:00Z"},
        {"expire_at": "2026-03-20T12:05:00Z"},
        {"customer_id": "cust_1"},
        {"parameter_values": [{"name": "from_date", "value": "2026-02-01"}]},
        {"report_generate_request_id": None},
        {"data_extracted_at": "yesterday"},
    ],
)
def test_a_report_that_answers_another_question_is_not_taken(adopting, about):
    make(adopting, FEBRUARY, **about)
    context = adopting.context(adopting.pipeline())
    end = datetime.fromisoformat("2026-03-01T00:00:00Z")
    assert made_since(context, "PAYMENT", FEBRUARY, end) is None
