"""What an analyst reads in the marts, on a small warehouse that holds each case once."""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from dbt_compiled import Compiled
from dbt_project import AS_OF, Dbt

from pipelines.destinations.duckdb import DuckDb
from pipelines.errors import UsageError
from pipelines.explain import PAYABLE_MEASURES, REVENUE_MEASURES, Explanation, explain

LAYERS = ("staging", "intermediate", "marts")


def _one(dbt: Dbt, sql: str) -> Any:
    ((value,),) = dbt.query(sql)
    return value


def _document(dbt: Dbt, id_: str, columns: str) -> tuple[Any, ...]:
    (row,) = dbt.query(
        f"select {columns} from analytics.fct_payable_document where source_document_id = '{id_}'"
    )
    return row


@pytest.mark.parametrize(
    ("id_", "payable", "paid", "open_"),
    [
        ("single", "1000.00", "0", "1000.00"),
        ("thirds", "300.00", "100.00", "200.00"),
        ("withheld", "9350.00", "9350.00", "0"),
        ("canceled", "70.00", "0", "0"),
        ("rejected", "80.00", "0", "0"),
        ("refunded", "60.00", "0", "0"),
        ("overpaid", "50.00", "60.00", "-10.00"),
        ("paid-without-receipt", "40.00", "40.00", "0"),
        ("late", "1015.00", "0", "1015.00"),
        ("disputed", "33.00", "0", "33.00"),
        ("huge", "12345678901234567.89", "0", "12345678901234567.89"),
        ("INV-SETTLED", "400.00", "400.00", "0"),
        ("INV-RETURNED", "250.00", "0", "250.00"),
        ("INV-REJECTED-PAYMENT", "90.00", "0", "90.00"),
        ("INV-NO-DUE-DATE", "12.00", "10.00", "2.00"),
        ("INV-CANCELLED", "90071992547409.93", "0", "0"),
        ("INV-CREDIT", "-30.00", "0", "-30.00"),
    ],
)
def test_each_document_shows_what_is_owed_paid_and_open(
    demo: Dbt, id_: str, payable: str, paid: str, open_: str
) -> None:
    expected = (Decimal(payable), Decimal(paid), Decimal(open_))
    assert _document(demo, id_, "payable_amount, paid_amount, open_amount") == expected


def test_money_is_exact_decimal_in_every_model(demo: Dbt) -> None:
    floats = demo.query(
        "select table_name, column_name from information_schema.columns "
        "where table_schema like 'analytics%' and data_type in ('DOUBLE', 'FLOAT', 'REAL')"
    )
    assert floats == []


def test_an_invoice_in_both_systems_is_counted_once_and_names_the_other(demo: Dbt) -> None:
    twins = demo.query(
        "select source_name, open_amount, absorbed_document_key is not null from analytics.fct_payable_document "
        "where source_document_id in ('twin', 'INV-TWIN')"
    )
    assert twins == [("roit", Decimal("750.00"), True)]


def test_rows_of_a_load_that_was_not_committed_are_not_seen(demo: Dbt) -> None:
    assert _one(demo, "select count(*) from roit.accounts_payable where id = 'unfinished'") == 1
    assert (
        demo.query("select 1 from analytics.fct_payable_document where source_document_id = 'unfinished'")
        == []
    )


def test_shrunk_installments_leave_no_balance_behind(demo: Dbt) -> None:
    rows = demo.query(
        "select installment_number, open_amount from analytics.fct_ap_open_item "
        "where document_number = 'N-shrinks' order by 1"
    )
    assert rows == [(1, Decimal("450.00")), (2, Decimal("450.00"))]


def test_children_carry_the_tenant_of_their_parent(demo: Dbt) -> None:
    tenants = demo.query("select distinct tenant_id from analytics_staging.stg_roit__receipts")
    assert tenants == [("tenant-1",)]


def test_a_payment_shows_what_it_settles_and_whether_in_time(demo: Dbt) -> None:
    rows = demo.query(
        "select source_payment_id, final_stage, applied_amount, unapplied_amount, is_on_time, days_late "
        "from analytics.fct_payment order by 1"
    )
    zero = Decimal(0)
    assert rows == [
        ("PR-1", "settled", Decimal(400), zero, True, -20),
        ("PR-2", "returned", zero, Decimal(250), None, None),
        ("PR-3", "rejected", zero, Decimal(90), None, None),
        ("PR-4", "settled", zero, Decimal(50), None, None),
        ("PR-5", "settled", zero, Decimal(60), None, None),
        ("PR-6", "settled", zero, Decimal(70), None, None),
        ("r-overpaid", "settled", Decimal(50), Decimal(10), True, 0),
        ("r-paid-later", "settled", Decimal(500), zero, False, 16),
        ("r-refunded", "returned", zero, Decimal(60), None, None),
        ("r-thirds-1", "settled", Decimal(100), zero, True, 0),
        ("r-withheld", "settled", Decimal(9350), zero, True, 0),
    ]


def test_every_cent_of_the_bank_and_of_the_payments_has_one_state_and_both_sides_add_up(demo: Dbt) -> None:
    rows = demo.query(
        "select state, sum(debit_amount), sum(credit_amount), sum(payment_amount) "
        "from analytics.fct_bank_reconciliation group by state order by state"
    )
    zero = Decimal(0)
    assert rows == [
        ("fee", Decimal("12.90"), zero, zero),
        ("matched", Decimal(400), zero, Decimal(400)),
        ("matched_with_difference", Decimal("50.50"), zero, Decimal(50)),
        ("missing_in_bank", zero, zero, Decimal(60)),
        ("missing_in_erp", Decimal("843.17"), zero, zero),
        ("returned", Decimal(250), Decimal(250), Decimal(250)),
        ("timing", zero, zero, Decimal(70)),
    ]
    debits = "select sum(amount) from tereina.bank_statements__entries where credit_debit = 'DBIT' and status is null"
    assert sum(row[1] for row in rows) == _one(demo, debits)
    settled = "select sum(amount) from analytics.fct_payment where settled_on is not null and source_name = 'tereina'"
    assert sum(row[3] for row in rows) == _one(demo, settled)


def test_a_payment_shows_when_the_bank_booked_it_and_gave_it_back(demo: Dbt) -> None:
    rows = demo.query(
        "select source_payment_id, settled_on, booked_on, credited_back_on, returned_on "
        "from analytics.fct_payment where booked_on is not null order by 1"
    )
    assert [tuple(str(value) for value in row) for row in rows] == [
        ("PR-1", "2026-05-12", "2026-05-12", "None", "None"),
        ("PR-2", "2026-05-12", "2026-05-12", "2026-05-19", "2026-05-19"),
        ("PR-4", "2026-05-20", "2026-05-20", "None", "None"),
    ]


def test_withheld_tributes_are_one_row_each_and_add_up_to_the_document(demo: Dbt) -> None:
    rows = demo.query(
        "select tribute_code, withheld_amount, darf_code from analytics.fct_withheld_tax order by withheld_amount"
    )
    assert rows == [
        ("INSS", Decimal(110), "1162"),
        ("IRRF", Decimal(150), "1708"),
        ("ISS", Decimal(500), None),
    ]


def test_credits_are_negative_revenue_and_reports_fill_in_what_the_api_lacks(demo: Dbt) -> None:
    rows = demo.query(
        "select invoice_id, invoice_origin, amount_including_tax, line_count "
        "from analytics.fct_revenue_invoice order by 1"
    )
    assert rows == [
        ("inv-1", "api", Decimal(121), 2),
        ("inv-2", "api", Decimal("-48.40"), 1),
        ("inv-report-only", "report", Decimal(121), 0),
    ]


def test_a_past_ageing_shows_what_was_paid_since(demo: Dbt) -> None:
    sql = (
        "select sum(open_amount) from analytics.fct_ap_aging_daily where as_of_date = '{}' "
        "and currency_code = 'BRL' and bucket != 'credit' and open_amount < 1e6"
    )
    before, after = (_one(demo, sql.format(day)) for day in ("2026-06-04", "2026-06-05"))
    assert before - after == Decimal("500.00")


def test_the_ageing_has_every_day_up_to_the_as_of_date_and_none_after(demo: Dbt) -> None:
    first, last = demo.query("select min(date_day), max(date_day) from analytics.fct_ap_rollforward")[0]
    assert (last - first).days == 90
    assert str(last) == AS_OF


def test_a_month_is_closed_when_it_was_read_past_its_end_and_provisional_until_then(demo: Dbt) -> None:
    rows = demo.query(
        "select cast(month_start as varchar), state from analytics.fct_extraction_month "
        "where table_name = 'accounts_payable' order by 1"
    )
    assert rows == [("2026-04-01", "closed"), ("2026-05-01", "closed"), ("2026-06-01", "provisional")]


def test_a_document_names_its_record_the_other_systems_and_the_file_that_it_came_as(demo: Dbt) -> None:
    rows = demo.query(
        "select evidence_role, source_relation, record_id, path from analytics.fct_record_evidence "
        "where mart_name = 'fct_payable_document' and mart_key in (select document_key from "
        "analytics.fct_payable_document where source_document_id = 'twin') order by 1"
    )
    assert rows == [
        ("document", "roit.accounts_payable__history", "twin", None),
        ("fiscal_file", "roit.export_files", "X-1|P-1", "nfe/twin.xml"),
        ("same_document", "tereina.invoices__history", "INV-TWIN", None),
    ]


def test_a_renamed_supplier_has_the_name_of_the_day_and_every_fact_finds_one(demo: Dbt) -> None:
    named = "select count(*), count(names.supplier_key) from analytics.{} as facts left join "
    named += "analytics.dim_supplier as names on facts.supplier_key = names.supplier_key and {}"
    on_day = "{0} >= names.valid_from and (names.valid_to is null or {0} < names.valid_to)"
    for fact, day in (("fct_payable_document", "issue_date"), ("fct_ap_aging_daily", "as_of_date")):
        count = _one(demo, f"select count(*) from analytics.{fact}")
        for condition in ("names.is_current", on_day.format(f"facts.{day}")):
            assert demo.query(named.format(fact, condition)) == [(count, count)]
    names = demo.query(
        "select cast(valid_from as varchar), supplier_name from analytics.dim_supplier "
        "where supplier_tax_id = '44555666000102' order by 1"
    )
    assert names == [("1900-01-01", "Alfa Invenções Ltda"), ("2026-06-01", "Alfa e Filhos Ltda")]
    assert demo.query(
        "select supplier_name from analytics.dim_supplier where supplier_tax_id like '***%'"
    ) == [("Gama Pessoa Imaginária",)]


def test_a_note_belongs_to_its_payable_and_is_no_payable_of_its_own(demo: Dbt) -> None:
    rows = demo.query(
        "select document_kind, link_rule, source_document_id, gross_amount from ("
        "select notes.document_kind, notes.link_rule, documents.source_document_id, notes.gross_amount "
        "from analytics.fct_fiscal_document as notes "
        "left join analytics.fct_payable_document as documents using (document_key)) order by 1"
    )
    assert rows == [
        ("CTE", None, None, Decimal(80)),
        ("NFE", "access_key", "twin", Decimal(750)),
        ("NFSE", "supplier_number_amount", "single", Decimal(1000)),
    ]


def test_a_returned_payment_is_evidenced_by_what_was_known_of_it_at_each_entry(demo: Dbt) -> None:
    rows = demo.query(
        "select events.event_type, string_agg(evidence.record_id.split('|')[2], ',' order by evidence.record_id) "
        "from analytics.fct_payable_event as events inner join analytics.fct_record_evidence as evidence "
        "on evidence.mart_name = 'fct_payable_event' and evidence.mart_key = events.event_key "
        "inner join analytics.fct_payable_document as documents on events.document_key = documents.document_key "
        "where source_document_id = 'INV-RETURNED' and evidence_role = 'payment_status' group by 1 order by 1"
    )
    assert rows == [("PAYMENT_APPLIED", "ACSC"), ("PAYMENT_RETURNED", "ACSC,RJCT")]


def _decimals() -> list[tuple[Decimal, Decimal]]:
    rng = random.Random(7)
    pairs = [
        (Decimal(1), Decimal(3)),
        (Decimal(-2), Decimal(3)),
        (Decimal("12345678901234567.89"), Decimal("0.3")),
    ]
    for _ in range(300):
        numerator = Decimal(rng.randrange(-(10**18), 10**18)) / Decimal(10) ** rng.randrange(2, 11)
        pairs.append((numerator, Decimal(rng.choice((-1, 1)) * rng.randrange(1, 10**12)) / Decimal(10) ** 4))
    return pairs


def test_money_is_divided_exactly_and_rounded_half_away_from_zero(project: Compiled, demo: Dbt) -> None:
    quotients = project.inline["divide"]
    pairs = [*_decimals(), (Decimal(1), Decimal(0))]
    values = ", ".join(f"({i}, {n}::decimal(38,10), {d}::decimal(38,10))" for i, (n, d) in enumerate(pairs))
    got = demo.query(
        f"with pairs as (select * from (values {values}) as t (i, numerator, denominator)) {quotients}"
    )
    with localcontext() as context:
        context.prec = 60
        expected = [(n / d).quantize(Decimal("1e-10"), ROUND_HALF_UP) for n, d in pairs[:-1]]
    assert [row[0] for row in got] == [*expected, None], "and nothing divided by nothing"


def test_every_model_and_every_column_has_a_description_and_every_mart_a_grain_and_a_contract(
    demo: Dbt,
) -> None:
    nodes = [node for node in demo.manifest()["nodes"].values() if node["resource_type"] == "model"]
    assert {node["fqn"][1] for node in nodes} == set(LAYERS)
    built: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in demo.query(
        "select table_schema, table_name, column_name from information_schema.columns"
    ):
        built.setdefault((schema, table), []).append(column)
    faults = []
    for node in nodes:
        described = {name for name, column in node["columns"].items() if column["description"]}
        actual = built.get((node["schema"], node["name"]))
        assert actual, f"{node['name']} was not built"
        faults += [f"{node['name']}.{name}" for name in actual if name not in described]
        faults += [] if node["description"] else [node["name"]]
        if node["fqn"][1] == "marts":
            faults += [] if node["config"]["contract"]["enforced"] else [f"{node['name']}: contract"]
            faults += [] if node["config"]["meta"].get("grain") else [f"{node['name']}: grain"]
    assert faults == []


def test_every_model_has_a_test(demo: Dbt) -> None:
    manifest = demo.manifest()
    tested = {
        parent
        for node in [*manifest["nodes"].values(), *manifest["unit_tests"].values()]
        if node["resource_type"] in ("test", "unit_test")
        for parent in node["depends_on"]["nodes"]
    }
    models = {key for key, node in manifest["nodes"].items() if node["resource_type"] == "model"}
    assert models - tested == set()


def test_the_run_warns_of_the_unknown_status_and_the_missing_rate_and_of_nothing_else(demo: Dbt) -> None:
    log = (demo.database.parent / "build.log").read_text()
    warned = re.findall(r" WARN 1 (known_status|no_unknown_rate)", log)
    assert warned == ["known_status", "no_unknown_rate"]
    assert "WARN=2 ERROR=0 SKIP=0" in log


def _explained(dbt: Dbt, document: str, measure: str, **clocks: Any) -> Explanation:
    return explain(document, measure, DuckDb(dbt.database), **clocks)


@pytest.mark.parametrize("document", ["thirds", "refunded", "canceled", "overpaid", "tereina:INV-TERM"])
def test_the_rows_that_explain_an_open_amount_make_it_and_rest_on_records(demo: Dbt, document: str) -> None:
    found = _explained(demo, document, "open_amount")
    assert (found.mart is None, found.agrees) == (False, True)
    assert found.entries
    assert all(entry.records for entry in found.entries)


@pytest.mark.parametrize(
    ("document", "measure"),
    [
        *(("late", measure) for measure in PAYABLE_MEASURES),
        *(("withheld", measure) for measure in ("paid", "withheld", "payable")),
        ("huge", "open_amount"),
        *(("inv-2", measure) for measure in REVENUE_MEASURES if measure != "paid"),
    ],
)
def test_every_measure_is_explained_by_rows_that_make_it(demo: Dbt, document: str, measure: str) -> None:
    found = _explained(demo, document, measure)
    assert found.mart is not None
    assert found.total == found.mart


def test_an_explanation_as_known_then_counts_what_was_known_then(demo: Dbt) -> None:
    known = datetime(2026, 5, 20, tzinfo=UTC)
    found = _explained(demo, "INV-RETURNED", "open_amount", as_of=date(2026, 5, 19), known_at=known)
    assert [(entry.what, entry.amount) for entry in found.entries] == [
        ("INVOICED", Decimal(250)),
        ("PAYMENT_APPLIED", Decimal(-250)),
    ]
    assert (found.total, found.mart) == (0, None)
    assert found.notes == ("1 entries that later loads brought are not counted",)


def test_a_document_is_found_by_the_id_of_either_system_and_by_its_number(demo: Dbt) -> None:
    assert _explained(demo, "INV-TWIN", "net").document.id == "twin"
    assert (
        _explained(demo, "N-inv-1", "gross").document.key == _explained(demo, "inv-1", "gross").document.key
    )


@pytest.mark.parametrize(
    ("document", "measure", "says"),
    [
        ("nothing", "net", "no document has the id, number, access key or key 'nothing'"),
        ("tereina:twin", "net", "no document has"),
        ("twin", "gross", "a payable document has no measure 'gross'; it has open_amount, paid"),
        ("inv-1", "withheld", "a revenue invoice has no measure 'withheld'"),
        ("inv-1", "paid", "Solvimon states no paid of solvimon:inv-1"),
    ],
)
def test_what_cannot_be_explained_is_said(demo: Dbt, document: str, measure: str, says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        _explained(demo, document, measure)
