"""The semantic layer: what its metrics are made of, and that they come to what the marts say by other ways."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal

import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled
from dbt_project import AS_OF
from dbt_semantic import Semantics, columns_in

from pipelines.dbt_sources import SOURCES
from pipelines.demo_queries import QUERIES
from pipelines.explain import TABLES as EXPLAINED

# What analysts are promised. Not here is what no fact holds: guides, matches of three documents.
PROMISED = [
    "ap_open_amount",
    "ap_overdue_amount",
    "ap_overdue_pct",
    "dpo_average",
    "days_to_pay_weighted",
    "on_time_payment_rate",
    "on_time_payment_rate_by_amount",
    "late_interest_amount",
    "cash_required_7d",
    "cash_required_14d",
    "cash_required_30d",
    "forecast_mape",
    "discount_capture_rate",
    "discount_missed_amount",
    "purchases_under_po_pct",
    "withheld_tax_by_tribute",
    "cbs_amount",
    "ibs_amount",
    "revenue_billed",
    "revenue_tax_by_country",
    "credit_ratio",
    "coverage_pct",
    "freshness_hours",
    "unreconciled_amount",
    "oldest_unreconciled_days",
    "bank_auto_match_rate",
]
BALANCES = [
    "ap_open_amount",
    "ap_overdue_amount",
    "ap_credit_amount",
    "ap_open_items",
    "cash_required_7d",
    "cash_required_14d",
    "cash_required_30d",
    "cash_expected_7d",
    "cash_expected_14d",
    "cash_expected_30d",
    "unreconciled_amount",
    "oldest_unreconciled_days",
    "bank_debits_matched_amount",
    "bank_debits_to_match_amount",
]


@pytest.fixture(scope="module")
def semantics(project: Compiled) -> Semantics:
    return Semantics(project.semantic)


def _is_money(semantics: Semantics, project: Compiled, measure: str) -> str | None:
    """The column of the currency of what a measure adds up; none when it is no money."""
    model, definition = semantics.measures[measure]
    money = project.models[model["node_relation"]["alias"]].meta.get("money", {})
    currencies = {money[column] for column in columns_in(definition["expr"]) if column in money}
    assert len(currencies) <= 1, measure
    return next(iter(currencies), None)


def test_every_metric_that_is_promised_exists_with_a_label_and_a_description(semantics):
    assert set(PROMISED) <= set(semantics.metrics)
    assert all(metric["label"] and metric["description"] for metric in semantics.metrics.values())
    assert "purchases" in semantics.metrics["dpo_average"]["label"]


def test_entities_dimensions_and_measures_read_columns_of_the_marts_contracts(semantics, project):
    for model in semantics.models.values():
        contract = set(project.models[model["node_relation"]["alias"]].columns)
        for part in (*model["entities"], *model["dimensions"], *model["measures"]):
            read = columns_in(part["expr"] or part["name"])
            assert read, part["name"]
            assert read <= contract, (model["name"], part["name"], read - contract)


def test_every_measure_is_used_by_a_metric(semantics):
    used = {measure for metric in semantics.metrics for measure in semantics.leaves(metric)}
    assert used == set(semantics.measures)


def test_balances_are_those_of_the_last_day_and_nothing_else_is(semantics):
    found = {name for name, (_, measure) in semantics.measures.items() if measure["non_additive_dimension"]}
    assert found == {measure for metric in BALANCES for measure in semantics.leaves(metric)}
    for name in found:
        model, measure = semantics.measures[name]
        assert measure["non_additive_dimension"] == {
            "name": "as_of_date", "window_choice": "max", "window_groupings": []
        }, name  # fmt: skip
        assert model["defaults"]["agg_time_dimension"] == "as_of_date"


def test_what_is_money_has_the_entity_currency_and_asks_to_be_grouped_by_it(semantics, project):
    for name, metric in semantics.metrics.items():
        meta = metric["config"]["meta"]
        currencies = {_is_money(semantics, project, measure) for measure in semantics.leaves(name)} - {None}
        assert ("currency" in meta.get("group_by", [])) == bool(currencies), name
        assert meta["unit"] not in ("money", "money days") or currencies, name
        for measure in semantics.leaves(name):
            model, _ = semantics.measures[measure]
            entities = {entity["name"]: entity["expr"] for entity in model["entities"]}
            assert currencies <= {entities.get("currency")}, name


def test_no_saved_query_adds_up_two_currencies(semantics):
    assert semantics.saved_queries
    for saved in semantics.saved_queries:
        asked = saved["query_params"]
        for metric in asked["metrics"]:
            wanted = semantics.metrics[metric]["config"]["meta"].get("group_by", [])
            assert "currency" not in wanted or "Entity('currency')" in asked["group_by"], saved["name"]


def test_the_time_spine_is_the_calendar_by_day(semantics):
    [spine] = semantics.spines
    assert spine["node_relation"]["alias"] == "dim_date"
    assert spine["primary_column"] == {"name": "date_day", "time_granularity": "day"}


def _by_currency(bed: Bed, sql: str) -> dict[tuple[str], Decimal]:
    return {(currency,): amount for currency, amount in bed.query(f"{sql} group by currency_code")}


def _present(answer):
    """Without the groups that have nothing."""
    return {group: value for group, value in answer.items() if value}


@pytest.mark.parametrize(
    ("metric", "sql"),
    [
        (
            "ap_open_amount",
            "select currency_code, sum(open_amount) from analytics.fct_payable_installment where open_amount > 0",
        ),
        (
            "ap_overdue_amount",
            "select currency_code, sum(open_amount) from analytics.fct_ap_open_item where is_overdue",
        ),
        (
            "ap_credit_amount",
            "select currency_code, sum(open_amount) from analytics.fct_payable_installment where open_amount < 0",
        ),
        (
            "cash_required_14d",
            "select currency_code, sum(open_amount) from analytics.fct_payable_installment"
            f" where open_amount > 0 and coalesce(effective_due_date, date '{AS_OF}') <= date '{AS_OF}' + 14",
        ),
        (
            "purchases_amount",
            "select currency_code, sum(payable_amount) from analytics.fct_payable_installment"
            " where stage not in ('cancelled', 'rejected')",
        ),
        (
            "withheld_tax_by_tribute",
            "select currency_code, sum(withheld_amount) from analytics.fct_payable_installment"
            " where stage not in ('cancelled', 'rejected')",
        ),
        (
            "payments_settled_amount",
            "select currency_code, sum(applied_amount + unapplied_amount) from analytics.fct_payment where is_settled",
        ),
        (
            "unreconciled_amount",
            "select currency_code, sum(greatest(debit_amount, payment_amount)) from analytics.fct_bank_reconciliation"
            " where reason in ('not_on_statement', 'no_payment', 'failed_in_erp', 'gives_back_unknown')"
            " and state like 'missing%'",
        ),
        (
            "bank_debits_to_match_amount",
            "select currency_code, sum(amount) from analytics.fct_bank_statement_line"
            f" where credit_debit = 'DBIT' and is_booked and booking_date <= date '{AS_OF}' and match_state != 'fee'",
        ),
        (
            "revenue_billed",
            "select currency_code, sum(amount_including_tax - tax_amount) from analytics.fct_revenue_invoice"
            " where status = 'FINAL' and not is_deleted_at_source",
        ),
    ],
)
def test_a_metric_comes_to_what_another_mart_says(semantics, demo_bed, metric, sql):
    expected = _present(_by_currency(demo_bed, sql))
    assert expected
    assert _present(semantics.answer(demo_bed, metric, ["currency"])) == expected


def test_the_balance_of_a_month_is_that_of_its_last_day(semantics, demo_bed):
    owed = _present(semantics.answer(demo_bed, "ap_open_amount", ["currency"], month=True))
    credit = _present(semantics.answer(demo_bed, "ap_credit_amount", ["currency"], month=True))
    closing = {
        (currency, month): amount
        for currency, month, amount in demo_bed.query(
            "select currency_code, date_trunc('month', date_day), sum(closing_amount)"
            " from analytics.fct_ap_rollforward"
            f" where date_day in (last_day(date_day), date '{AS_OF}') group by all having sum(closing_amount) != 0"
        )
    }
    assert len({month for _, month in closing}) > 1
    netted = {group: owed.get(group, 0) + credit.get(group, 0) for group in owed.keys() | credit.keys()}
    assert {group: amount for group, amount in netted.items() if amount} == closing


def test_days_payable_are_the_average_balance_by_purchases_times_days(semantics, demo_bed):
    daily: dict[tuple[str], dict[date, Decimal]] = defaultdict(dict)
    for currency, day, amount in demo_bed.query(
        "select currency_code, as_of_date, sum(open_amount) from analytics.fct_ap_aging_daily"
        " where bucket != 'credit' group by all"
    ):
        daily[(currency,)][day] = amount
    days = demo_bed.query("select count(distinct as_of_date) from analytics.fct_ap_aging_daily")[0][0]
    purchases = semantics.answer(demo_bed, "purchases_amount", ["currency"])
    found = semantics.answer(demo_bed, "dpo_average", ["currency"])
    assert ("BRL",) in found
    for group, value in found.items():
        average = sum(daily[group].values()) / days
        assert float(value) == pytest.approx(float(average / purchases[group] * days))


def test_the_error_of_forecasts_is_weighted_by_what_was_paid(semantics, demo_bed):
    found = semantics.answer(demo_bed, "forecast_mape", ["currency", "scenario", "horizon_days"])
    totals: dict[tuple[str, str, int], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for currency, scenario, days, forecast, paid in demo_bed.query(
        "select currency_code, scenario, horizon_days, forecast_amount, paid_amount"
        " from analytics.fct_cash_forecast_error where not is_reconstructed"
    ):
        totals[currency, scenario, days][0] += abs(forecast - paid)
        totals[currency, scenario, days][1] += paid
    assert {scenario for _, scenario, _ in found} == {"contractual", "scheduled", "behavioural"}
    for group, share in found.items():
        error, paid = totals[group]
        assert float(share) == pytest.approx(float(error / paid))


def test_shares_of_payments_and_coverage_lie_between_none_and_all(semantics, demo_bed):
    rows = demo_bed.query(
        "select is_on_time, amount from analytics.fct_payment where is_settled and is_on_time is not null"
    )
    assert rows
    rate = semantics.answer(demo_bed, "on_time_payment_rate")[()]
    assert float(rate) == pytest.approx(sum(on_time for on_time, _ in rows) / len(rows))
    gone = "sum(case when is_made_up_for then 0 else missing_rows end)"
    for source, table, expected, missing in demo_bed.query(
        f"select source_name, table_name, sum(expected_rows), {gone} from analytics.fct_extraction_coverage"
        " group by all having sum(expected_rows) > 0"
    ):
        found = semantics.answer(demo_bed, "coverage_pct", ["source_name", "table_name"])
        assert float(found[(source, table)]) == pytest.approx(1 - float(missing) / float(expected))


def test_every_exposure_has_a_role_for_an_owner_and_explain_reads_what_it_says(project):
    exposures = {each["name"]: each for each in project.manifest["exposures"].values()}
    for exposure in exposures.values():
        assert exposure["description"], exposure["name"]
        assert exposure["owner"].get("email") is None, "a role, not a person"
        assert exposure["depends_on"]["nodes"], exposure["name"]
    read = {node.rpartition(".")[2] for node in exposures["explain"]["depends_on"]["nodes"]}
    assert read == set(EXPLAINED)


def test_each_source_is_late_when_no_load_of_it_was_committed_for_two_days(project):
    timed = {
        (table["source_name"], table["name"]): table
        for table in project.manifest["sources"].values()
        if table["loaded_at_field"]
    }
    assert set(timed) == {(source, "_dlt_loads") for source in SOURCES}
    for table in timed.values():
        assert table["freshness"]["error_after"] == {"count": 48, "period": "hour"}
        assert table["freshness"]["filter"] == "status = 0"


@pytest.mark.parametrize(
    "query", [query for query in QUERIES if query.schema == "analytics"], ids=lambda query: query.table
)
def test_what_the_demo_asks_of_the_marts_they_can_answer(demo_bed, query):
    asked = demo_bed.connection.execute(query.sql)
    assert tuple(column[0] for column in asked.description) == query.columns
    assert asked.fetchall()
