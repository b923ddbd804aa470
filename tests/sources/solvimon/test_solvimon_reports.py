"""Report streams against the simulated system: what is in the tables, what is asked for, what goes wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from solvimon_support import FIRST_MONTH, NOW, REQUESTS

from sources.kit.streams import Window
from sources.kit.tables import Privacy, WriteOptions
from sources.solvimon.report_stream import ReportStream, months

HEADER = "report_invoice_header"
EVERYTHING = Window(FIRST_MONTH, NOW)
FINAL_FROM = "updated_to_final_from_date"
DEFINED = "invoice_id, invoice_number, sold_to_entity, invoice_quantity, window_from, window_to, row_number"


def stop_the_polls(loader):
    """Ends a load between the request for a report and the first look at it."""
    loader.sandbox.faults.add("solvimon", f"{REQUESTS}/", "401")


def test_every_final_invoice_is_in_the_header_report_once_and_exact(loader):
    loader.load(HEADER)
    held = dict(loader.query(f"select invoice_id, invoice_quantity from {HEADER}"))
    there = {
        key: Decimal(invoice["invoice_amount_including_tax"]["quantity"])
        for key, invoice in loader.finals().items()
    }
    assert held == there
    assert loader.values(f"select count(*) from {HEADER}") == [len(there)]


def test_every_line_and_tax_of_a_final_invoice_is_there(loader):
    loader.load("report_invoice_line", "report_invoice_tax")
    net = sum(
        Decimal(period["amount_excluding_tax"]["quantity"])
        for invoice in loader.finals().values()
        for period in invoice["periods"]
    )
    assert loader.values("select sum(amount_excluding_tax) from report_invoice_line") == [net]
    taxes = sum(len(invoice["tax_categories"]) for invoice in loader.finals().values())
    assert loader.values("select count(*) from report_invoice_tax") == [taxes]


def test_the_control_totals_are_those_of_the_file(loader):
    tallies = loader.load(HEADER)[HEADER].tallies
    held = loader.query(
        "select window_from, invoice_currency, invoice_status, count(*), sum(invoice_quantity)"
        f" from {HEADER} group by 1, 2, 3"
    )
    assert {
        (tally.window_from, *group, totals.rows, totals.amount)
        for tally in tallies
        for group, totals in tally.source.items()
    } == set(held)
    assert [tally.window_from.month for tally in tallies] == [2, 3]


def test_reports_are_asked_for_by_whole_months_of_becoming_final(loader):
    loader.load(HEADER)
    assert [list(values.values()) for values in loader.asked()] == [
        ["2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z"],
        ["2026-03-01T00:00:00Z", "2026-03-20T11:54:59Z"],
    ]
    assert {name for values in loader.asked() for name in values} == {
        "updated_to_final_from_date",
        "updated_to_final_to_date",
    }


def test_an_invoice_that_has_become_final_since_comes_in(loader):
    loader.load(HEADER)
    (new,) = loader.tenant.finalize_invoices(1)
    assert loader.values(f"select count(*) from {HEADER} where invoice_id = ?", new) == [0]
    loader.sandbox.clock.advance(3600)
    loader.load(HEADER)
    assert loader.values(f"select invoice_number from {HEADER} where invoice_id = ?", new) == [
        loader.tenant.invoices[new]["invoice_number"]
    ]


def test_where_a_report_goes_by_the_invoices_date_earlier_months_are_read_again(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_WINDOW", "dates")
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_LOOK_BACK_DAYS", "40")
    loader.load(HEADER)
    before = len(loader.asked())
    loader.load(HEADER)
    assert [values["from_date"][:7] for values in loader.asked()[before:]] == ["2026-02", "2026-03"]


def test_an_invoice_that_becomes_final_around_the_end_of_a_month_comes_in(loader):
    loader.sandbox.clock.advance((datetime(2026, 3, 31, 23, 58, tzinfo=UTC) - NOW).total_seconds())
    loader.load(HEADER)
    (new,) = loader.tenant.finalize_invoices(1)  # in March, behind the mark, and read in April
    loader.sandbox.clock.advance(600)
    loader.load(HEADER)
    assert loader.values(f"select window_from from {HEADER} where invoice_id = ?", new) == [
        datetime(2026, 3, 1, tzinfo=UTC)
    ]


def test_a_second_load_changes_no_row_of_the_defined_columns(loader):
    loader.load(HEADER)
    before = loader.query(f"select {DEFINED} from {HEADER} order by window_from, row_number")
    loader.forget()
    loader.load(HEADER)
    assert loader.query(f"select {DEFINED} from {HEADER} order by window_from, row_number") == before
    assert len(loader.asked()) == 1


def test_ranges_that_overlap_bring_no_row_twice(loader):
    loader.load(HEADER)
    for start, end in ((40, 20), (30, 5)):
        loader.load(HEADER, window=Window(NOW - timedelta(days=start), NOW - timedelta(days=end)))
    rows, invoices = loader.query(f"select count(*), count(distinct invoice_id) from {HEADER}")[0]
    assert rows == invoices == len(loader.finals())


def test_a_restated_report_replaces_its_rows_and_history_keeps_what_it_said(loader):
    loader.load(HEADER)
    (customer,) = loader.tenant.restate(1)
    billed = [key for key, invoice in loader.finals().items() if invoice["customer_id"] == customer]
    loader.load(HEADER, window=EVERYTHING)
    names = dict(loader.query(f"select invoice_id, sold_to_entity from {HEADER}"))
    assert all(names[key].endswith("(corrected)") for key in billed)
    assert len(names) == len(loader.finals())
    for key in billed:
        kept = loader.values(f"select sold_to_entity from {HEADER}__history where invoice_id = ?", key)
        assert names[key] in kept
        assert names[key].removesuffix(" (corrected)") in kept


def test_a_withdrawn_invoice_leaves_when_its_window_comes_again(loader):
    loader.load(HEADER, "report_invoice_line")
    gone = list(loader.finals())[-1]
    loader.withdraw(gone)
    loader.load(HEADER, "report_invoice_line", window=EVERYTHING)
    for table in (HEADER, "report_invoice_line"):
        assert loader.values(f"select count(*) from {table} where invoice_id = ?", gone) == [0]
        assert loader.values(f"select count(*) from {table}__history where invoice_id = ?", gone) > [0]
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]


def test_a_month_without_rows_empties_what_was_said_of_it(loader):
    loader.load(HEADER)
    loader.withdraw(*loader.finals())
    loader.load(HEADER, window=EVERYTHING)
    assert loader.values(f"select count(*) from {HEADER}") == [0]
    assert loader.values(f"select count(*) > 0 from {HEADER}__history") == [True]


def test_a_part_of_a_month_does_not_replace_the_whole_of_it(loader):
    loader.load(HEADER)
    loader.load(HEADER, window=Window(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)))
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]


def test_texts_that_look_like_nulls_and_numbers_stay_texts(loader):
    loader.load(HEADER)
    with_custom_columns = loader.values(f"select projeto_custo from {HEADER} where projeto_custo is not null")
    assert {"null", "NaN", "NA", "", "0042", "1e5", "two\nlines", 'He said "go"'} & set(with_custom_columns)
    types = dict(
        loader.query(
            "select column_name, data_type from information_schema.columns where table_name = ?", HEADER
        )
    )
    assert types["projeto_custo"] == types["cost_centre"] == types["cost_centre_2"] == "VARCHAR"
    assert types["invoice_quantity"] == "DECIMAL(38,10)"
    assert types["invoice_date"] == "DATE"


def test_a_column_that_is_not_in_the_definition_is_reported_as_drift(loader):
    report = loader.load(HEADER)[HEADER]
    assert f"{HEADER}: new column projeto_custo" in report.drift


def test_a_report_that_failed_fails_the_load_and_is_made_anew_by_the_next(loader):
    loader.desk.fail_reports(1)
    with pytest.raises(Exception, match="ended as failed"):
        loader.load(HEADER)
    loader.load(HEADER)
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]
    assert loader.values("select count(*) from _jobs where state = 'failed'") == [1]


def test_a_report_that_was_asked_for_before_a_crash_is_taken_up_and_not_made_again(loader):
    stop_the_polls(loader)
    with pytest.raises(Exception, match="401"):
        loader.load(HEADER)
    loader.load(HEADER)
    asked = [str(values) for values in loader.asked()]
    assert len(asked) == len(set(asked)) == 2
    assert loader.values("select count(*) from _jobs where part is null and state <> 'loaded'") == [0]
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]


def test_used_alone_a_source_takes_up_what_a_crash_has_left(loader):
    stop_the_polls(loader)
    with pytest.raises(Exception, match="401"):
        loader.load_alone(HEADER)
    (begun,) = loader.asked()
    for _ in range(2):  # a plain run loads one window
        loader.load_alone(HEADER)
        loader.sandbox.clock.advance(60)
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]
    assert loader.asked().count(begun) == 1
    # and what has been loaded is not taken up
    loader.forget()
    loader.load_alone(HEADER)
    assert [values[FINAL_FROM] for values in loader.asked()] == ["2026-03-01T00:00:00Z"]


def test_an_answer_that_was_lost_is_asked_for_again_under_the_same_key(loader):
    before = len(loader.desk.jobs)
    loader.sandbox.states["solvimon"].idempotency.interrupt_creates(1)
    loader.load(HEADER)
    keys = [entry.headers["idempotency-key"] for entry in loader.requests("POST", REQUESTS)]
    assert keys[0] == keys[1] == keys[2]  # 500, 422, and the first answer again
    assert len(set(keys)) == len(loader.desk.jobs) - before == 2


def test_a_key_is_minted_for_each_report_and_is_the_ledgers(loader):
    loader.load(HEADER, window=EVERYTHING)
    loader.load(HEADER, window=EVERYTHING)
    keys = [entry.headers["idempotency-key"] for entry in loader.requests("POST", REQUESTS)]
    assert len(set(keys)) == len(keys) == 4
    assert sorted(loader.values("select idempotency_key from _jobs where part is null")) == sorted(keys)


def test_a_download_link_that_has_expired_is_renewed(loader):
    loader.sandbox.faults.add("storage", "/blobs/", "expired_url")
    loader.load(HEADER)
    links = [entry for entry in loader.requests() if entry.path.endswith("/download-url")]
    assert len(links) == 2 + 1
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]


def test_the_storage_never_sees_the_credentials(loader):
    loader.load(HEADER)
    blobs = loader.requests(path="/blobs/")
    assert len(blobs) == 2
    key = loader.sandbox.credentials["solvimon"]["api_key"]
    assert not [entry for entry in blobs if "x-api-key" in entry.headers or key in str(entry.headers)]


def test_a_file_of_another_size_than_announced_is_refused_and_made_anew(loader):
    real, finish = loader.desk._publish, []

    def publish(job, file, now):
        real(job, file, now)
        if not finish:
            finish.append(list(loader.desk.reports.values())[-1])
            finish[0]["file_size"] += 1

    loader.desk._publish = publish
    with pytest.raises(Exception, match="were announced"):
        loader.load(HEADER)
    loader.load(HEADER)
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals())]


def test_a_row_with_a_number_that_is_none_is_put_aside_with_its_reason(loader):
    (key, invoice) = next(iter(loader.finals().items()))
    invoice["invoice_amount_including_tax"] = {"quantity": "0.12345678901", "currency": "EUR"}
    report = loader.load(HEADER)[HEADER]
    assert report.rejected_rows == 1
    assert loader.values(f"select count(*) from {HEADER}") == [len(loader.finals()) - 1]
    ((rejected, field, raw),) = loader.query("select key, field, raw from _rejects")
    assert (rejected, field) == (key, "$.invoice_quantity")
    assert "0.12345678901" in raw


def test_personal_columns_and_those_that_nobody_declared_can_be_dropped(loader):
    loader.load(HEADER, write=WriteOptions(privacy=Privacy("drop")))
    columns = "sold_to_entity, sold_from_tax_id, projeto_custo, cost_centre"
    assert loader.query(f"select distinct {columns} from {HEADER}") == [(None, None, None, None)]


def test_other_reports_are_asked_for_as_their_definitions_allow(loader, monkeypatch):
    monkeypatch.setenv("SOURCES__SOLVIMON__REPORT_CODES", '["PAYMENT", "customer"]')
    loader.load("report_payment", "report_customer")
    loader.load("report_payment", "report_customer")
    assert loader.values("select count(*) from report_payment") == [
        sum(payment["created_at"] >= "2026-02" for payment in loader.tenant.payments.values())
    ]
    assert loader.values("select count(*) from report_customer") == [len(loader.tenant.catalog.customers)]
    assert loader.asked()[:2] == [
        {"from_date": "2026-02-01", "to_date": "2026-02-28"},
        {"from_date": "2026-03-01", "to_date": "2026-03-20"},
    ]
    assert {} in loader.asked()


def test_a_range_is_cut_at_the_ends_of_months(loader):
    context = loader.context(loader.pipeline())
    start, end = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    header, whole = ReportStream("INVOICE_HEADER"), ReportStream("CUSTOMER")
    february = datetime(2026, 2, 1, tzinfo=UTC)
    assert header.pieces(context, Window(start, end)) == [Window(start, february), Window(february, end)]
    assert whole.pieces(context, Window(start, end)) == [Window(start, end)]


def test_months_cover_a_range_without_gaps():
    found = months(Window(datetime(2025, 11, 30, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)))
    assert [window.start.month for window in found] == [11, 12]
    assert found[0].end == found[1].start
    assert found[-1].end == datetime(2026, 1, 1, tzinfo=UTC)
