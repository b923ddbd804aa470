"""The cash requirement: past forecasts stay what they were, and habits are those of the payments."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from typing import Any

import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled
from dbt_streams import LOADS, stories, tell

KNOWN_LOADS = 6
PERCENTILES = (("expected", 50), ("early", 10), ("late", 90))
FORECASTS = (
    "select * from analytics.fct_cash_requirement"
    f" where known_at < timestamptz '{LOADS[KNOWN_LOADS - 1]}:00+00' and not is_reconstructed"
)
JUDGED = (
    "select run_date, scenario, tenant_id, company_key, currency_code, horizon_days, forecast_amount,"
    " forecast_early_amount, forecast_late_amount from analytics.fct_cash_forecast_error"
    f" where known_at < timestamptz '{LOADS[KNOWN_LOADS - 1]}:00+00' and not is_reconstructed"
    " and forecast_amount + forecast_early_amount > 0"
)
PAYMENTS = """
select
    runs.run_date,
    documents.tenant_id,
    documents.company_key,
    events.effective_date - installments.effective_due_date,
    if(events.is_reversal, -1, 1)
from analytics_intermediate.int_cash__runs_dated as runs
join analytics_intermediate.int_ap__payable_events as events
    on events.effective_date <= runs.run_date and events.known_at <= runs.known_at
left join analytics_intermediate.int_ap__payable_events as firsts
    on events.reverses_event_key = firsts.event_key
join analytics_intermediate.int_ap__document_revisions as revisions
    on revisions.document_key = events.document_key
    and revisions.revision_number = coalesce(firsts.revision_number, events.revision_number)
join analytics_intermediate.int_ap__installments_exploded as installments
    on installments.version_id = revisions.version_id and installments.installment_key = events.installment_key
join analytics.fct_payable_document as documents on documents.document_key = events.document_key
where events.event_type = 'PAYMENT_APPLIED' and installments.effective_due_date is not null
order by events.is_reversal
"""


@pytest.fixture(scope="module")
def early(project: Compiled) -> tuple[Bed, dict[str, list[tuple[Any, ...]]]]:
    """Two hundred stories after all of their loads, and what was forecast before the last three."""
    bed = Bed(project, sources=("roit", "tereina"))
    told = stories(random.Random(4711), 200)
    tell(bed.raw, told, range(KNOWN_LOADS))
    bed.build("fct_cash_forecast_error")
    before = {question: sorted(bed.query(question), key=str) for question in (FORECASTS, JUDGED)}
    tell(bed.raw, told, range(KNOWN_LOADS, len(LOADS)))
    bed.build("fct_cash_forecast_error", "fct_payable_document")
    return bed, before


@pytest.mark.parametrize("question", [FORECASTS, JUDGED], ids=["forecast", "back-test"])
def test_what_was_forecast_is_not_changed_by_what_was_loaded_since(early, question) -> None:
    bed, before = early
    rows = before[question]
    assert len({row[0] for row in rows}) > (10 if question == FORECASTS else 1)
    assert sorted(bed.query(question), key=str) == rows


def test_each_run_sees_what_was_owed_then_as_known_then(early) -> None:
    bed, _ = early
    runs = bed.query(
        "select run_date, strftime(known_at, '%Y-%m-%d %H:%M:%S.%f'), is_reconstructed"
        " from analytics_intermediate.int_cash__runs_dated"
    )
    assert len(runs) == 9
    assert not all(reconstructed for *_, reconstructed in runs)
    for run_date, known_at, _ in runs:
        asked = bed.project.inline["open_items"].replace("AS_OF", str(run_date)).replace("KNOWN", known_at)
        columns = "installment_key, currency_code, open_amount, effective_due_date, company_key, supplier_key"
        shown = bed.query(
            f"select {columns} from analytics_intermediate.int_cash__items_open where run_date = '{run_date}'"
        )
        assert shown
        assert sorted(shown, key=str) == sorted(bed.query(f"select {columns} from ({asked})"), key=str)


def test_a_companys_habit_is_the_nearest_rank_of_the_days_of_its_payments(early) -> None:
    bed, _ = early
    days: dict[tuple[date, str, str], list[int]] = defaultdict(list)
    for run_date, tenant, company, late, sign in bed.query(PAYMENTS):
        found = days[run_date, tenant, company]
        found.append(late) if sign > 0 else found.remove(late)
    wanted = {
        key: (len(found), *(sorted(found)[-(-share * len(found) // 100) - 1] for _, share in PERCENTILES))
        for key, found in days.items()
        if found
    }
    shown = {
        (run_date, tenant, company): tuple(rest)
        for run_date, tenant, company, *rest in bed.query(
            "select run_date, tenant_id, company_key, payment_count, expected_days, early_days, late_days"
            " from analytics_intermediate.int_cash__delays_learned where supplier_key = '*'"
        )
    }
    assert max(count for count, *_ in wanted.values()) > 50
    assert shown == wanted
