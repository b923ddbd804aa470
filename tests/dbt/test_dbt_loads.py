"""What the models make of what was loaded, when it was loaded, and what was not."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dateutil.easter import easter
from dbt_demo_roit import Record, part, payable, receipt
from dbt_demo_tereina import invoice, request, status
from dbt_project import PROJECT, Dbt
from dbt_raw_warehouse import RawWarehouse

from pipelines.dbt_sources import SOURCES, render

AS_OF = "2026-06-30"
LOADS = [f"2026-{month:02}-{day:02} 06:00" for month in (4, 5, 6) for day in (5, 15, 25)]
MAKE = Callable[..., Dbt]


@pytest.mark.parametrize("source", SOURCES)
def test_the_source_files_say_what_the_models_of_the_extraction_say(source: str) -> None:
    committed = PROJECT / "models" / "staging" / source / f"_{source}__sources.yml"
    assert committed.read_text() == render(source), "run: python -m pipelines.dbt_sources"


def test_a_warehouse_without_any_source_builds_empty_models_and_every_test_passes(make_dbt: MAKE) -> None:
    dbt = make_dbt()
    assert "WARN=0 ERROR=0 SKIP=0" in dbt.run("build")
    for table in ("fct_payable_document", "fct_ap_open_item", "fct_payment", "fct_revenue_invoice"):
        assert dbt.query(f"select count(*) from analytics.{table}") == [(0,)]


def test_a_source_without_some_tables_and_columns_gives_nulls_of_the_right_type(make_dbt: MAKE) -> None:
    dbt = make_dbt(as_of_date=AS_OF)
    raw = RawWarehouse(dbt.database, ["roit"])
    raw.load("roit", LOADS[0], {"accounts_payable": [payable("p", "10.00", "2026-05-01")]})
    with duckdb.connect(str(dbt.database)) as connection:
        for table in ("accounts_payable", "accounts_payable__history"):
            connection.execute(f"alter table roit.{table} drop column currency__rate")
            connection.execute(f"alter table roit.{table} add column something_new varchar")
        connection.execute("drop table roit.accounts_payable__receipts__history")
        connection.execute("drop table roit.nfe")
    dbt.build_models("+fct_payable_document", "stg_roit__accounts_payables", "stg_roit__nfe_headers")
    rows = dbt.query(
        "select exchange_rate, typeof(exchange_rate) from analytics_staging.stg_roit__accounts_payables"
    )
    assert rows == [(None, "DECIMAL(38,10)")]
    assert dbt.query("select open_amount from analytics.fct_payable_document") == [(Decimal(10),)]


class _Story:
    """Random payables, receipts, corrections, cancellations, invoices, payments and returns, load by load.

    ``open_amount`` reckons what is open from the records themselves, in Python, per document.
    """

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.loads: list[dict[str, dict[str, list[Record]]]] = [
            {
                "roit": {"accounts_payable": []},
                "tereina": {"invoices": [], "payment_requests": [], "payment_statuses": []},
            }
            for _ in LOADS
        ]
        for number in range(60):
            self._payable(f"ap-{number:03}")
        for number in range(30):
            self._invoice(f"inv-{number:03}")

    def _cents(self) -> Decimal:
        return Decimal(self.rng.randrange(100, 10**7)) / 100

    def _payable(self, id_: str) -> None:
        first = self.rng.randrange(len(LOADS))
        entered = _day(first) - timedelta(days=self.rng.randrange(1, 9))
        net = self._cents()
        for load in sorted(
            {first, *(self.rng.randrange(first, len(LOADS)) for _ in range(self.rng.randrange(4)))}
        ):
            net = self._cents() if self.rng.random() < 0.3 else net
            self.loads[load]["roit"]["accounts_payable"].append(self._version(id_, load, entered, net))

    def _version(self, id_: str, load: int, entered: date, net: Decimal) -> Record:
        rng = self.rng
        withheld = (net / 10).quantize(Decimal("0.01")) if rng.random() < 0.4 else Decimal(0)
        owed = net - withheld
        count = rng.choice((1, 1, 2, 3))
        values = [(owed / count).quantize(Decimal("0.01"))] * (count - 1)
        values.append(owed - sum(values, Decimal(0)))
        state = rng.choice(("OPEN", "APPROVED", "PARTIALLY_PAID", "PAID", "CANCELED", "SOMETHING_ELSE"))
        paid_on = entered + timedelta(days=rng.randrange((_day(load) - entered).days + 1))
        receipts = []
        if state in ("PARTIALLY_PAID", "PAID"):
            amount = (
                owed if state == "PAID" else (owed * rng.randrange(1, 120) / 100).quantize(Decimal("0.01"))
            )
            receipts = [receipt(f"r-{id_}-{rng.randrange(2)}", f"{paid_on} 15:00:00+00", str(amount))]
        return payable(
            id_,
            str(net),
            str(entered + timedelta(days=20)),
            status=state,
            entry_date=str(entered),
            updated_at=f"{_day(load)} 05:00:00+00",
            canceled__at=f"{paid_on} 15:00:00+00" if state == "CANCELED" else None,
            tributes=[{"tribute": "IRRF", "value": withheld, "withheld": True}] if withheld else [],
            installments=[
                part(n + 1, str(entered + timedelta(days=20 + n)), str(v)) for n, v in enumerate(values)
            ],
            receipts=receipts,
        )

    def _invoice(self, id_: str) -> None:
        rng = self.rng
        first = rng.randrange(len(LOADS) - 1)
        posted, amount = _day(first) - timedelta(days=3), self._cents()
        self.loads[first]["tereina"]["invoices"].append(
            invoice(
                id_,
                str(amount),
                posting_date=str(posted),
                open_=None,
                last_updated_date=f"{posted} 12:00:00+00",
            )
        )
        paid = rng.randrange(first, len(LOADS))
        day = _day(paid) - timedelta(days=2)
        name = f"PR-{id_}"
        self.loads[paid]["tereina"]["payment_requests"].append(
            request(name, str(amount), str(day), {id_: str(amount)})
        )
        code = rng.choice(("ACSC", "ACSC", "RJCT", "PDNG"))
        self.loads[paid]["tereina"]["payment_statuses"].append(
            status(name, code, f"{day} 12:00:00", str(amount))
        )
        if code == "ACSC" and rng.random() < 0.5 and paid + 1 < len(LOADS):
            back = _day(paid + 1) - timedelta(days=1)
            self.loads[paid + 1]["tereina"]["payment_statuses"].append(
                status(name, "RJCT", f"{back} 12:00:00", str(amount))
            )

    def fill(self, raw: RawWarehouse, loads: range) -> None:
        for load in loads:
            for source, records in self.loads[load].items():
                raw.load(source, LOADS[load], records)

    def open_amount(self, day: date, known_load: int) -> dict[str, Decimal]:
        """What is open per document at the end of a day, from what the loads up to one said."""
        balances: dict[str, Decimal] = {}
        for record in self._known("roit", "accounts_payable", known_load):
            balances[record["id"]] = _payable_balance(record, day)
        amounts: dict[str, Decimal] = {}
        for record in self._known("tereina", "invoices", known_load):
            posted = date.fromisoformat(record["posting_date"])
            amounts[record["reference_id"]] = record["gross_amount"] if posted <= day else Decimal(0)
        for word in self._known("tereina", "payment_statuses", known_load):
            said = date.fromisoformat(word["status_at"][:10])
            sign = {"ACSC": -1, "RJCT": 1, "PDNG": 0}[word["status"]]
            settled_before = any(
                w["status"] == "ACSC" and w["end_to_end_id"] == word["end_to_end_id"]
                for w in self._known("tereina", "payment_statuses", known_load)
            )
            if said <= day and (sign < 0 or settled_before):
                id_ = word["end_to_end_id"].removeprefix("E2E-PR-")
                amounts[id_] = amounts.get(id_, Decimal(0)) + sign * word["amount"]
        return {id_: amount for id_, amount in (balances | amounts).items() if amount}

    def _known(self, source: str, table: str, load: int) -> Iterator[Record]:
        """Records as of a load: of a payable the latest version, of the others every one."""
        rows = [row for n in range(load + 1) for row in self.loads[n][source][table]]
        yield from {row["id"]: row for row in rows}.values() if table == "accounts_payable" else rows


def _day(load: int) -> date:
    return date.fromisoformat(LOADS[load][:10])


def _payable_balance(record: Record, day: date) -> Decimal:
    if date.fromisoformat(record["entry_date"]) > day:
        invoiced = Decimal(0)
    else:
        invoiced = record["value__net"] - sum((t["value"] for t in record["tributes"]), Decimal(0))
    if record["status"] == "CANCELED":
        return invoiced if date.fromisoformat(record["canceled__at"][:10]) > day else Decimal(0)
    return invoiced - sum(
        (r["value"] for r in record["receipts"] if date.fromisoformat(r["paid_at"][:10]) <= day), Decimal(0)
    )


@pytest.fixture(scope="module")
def story() -> _Story:
    return _Story(seed=20260101)


@pytest.fixture(scope="module")
def told(make_dbt: MAKE, story: _Story) -> Dbt:
    """The story after all of its loads; the answers before the last three are kept beside it."""
    dbt = make_dbt(as_of_date=AS_OF)
    raw = RawWarehouse(dbt.database, ["roit", "tereina"])
    story.fill(raw, range(6))
    dbt.build_models("+fct_ap_open_item", "+fct_payable_event")
    sql = _compile_question(dbt)
    (dbt.database.parent / "open_items.sql").write_text(sql)
    dbt.query("create table past_answer as " + _question(dbt, "2026-05-20", LOADS[5]))
    story.fill(raw, range(6, len(LOADS)))
    dbt.build_models("+fct_ap_open_item", "+fct_payable_event")
    return dbt


def _compile_question(dbt: Dbt) -> str:
    """``ap_open_items`` with the words AS_OF and KNOWN in the places of the two times."""
    return dbt.compile("{{ ap_open_items(\"date 'AS_OF'\", \"timestamptz 'KNOWN+00'\") }}")


def _question(dbt: Dbt, day: str, known: str) -> str:
    sql = (dbt.database.parent / "open_items.sql").read_text()
    return sql.replace("AS_OF", day).replace("KNOWN", f"{known}:00")


def test_what_was_owed_as_known_then_is_not_changed_by_later_loads(told: Dbt) -> None:
    now = _question(told, "2026-05-20", LOADS[5])
    assert told.query("select count(*) > 20 from past_answer") == [(True,)]
    assert (
        told.query(f"(from ({now}) except from past_answer) union all (from past_answer except from ({now}))")
        == []
    )


@pytest.mark.parametrize("known_load", [2, 5, 8])
@pytest.mark.parametrize("day", ["2026-04-20", "2026-05-15", "2026-06-25", "2026-07-31"])
def test_open_amounts_equal_those_reckoned_from_the_records_in_both_clocks(
    told: Dbt, story: _Story, day: str, known_load: int
) -> None:
    question = _question(told, day, LOADS[known_load])
    rows: list[tuple[Any, ...]] = told.query(
        f"select source_document_id, sum(open_amount) from ({question}) group by 1 having sum(open_amount) != 0"
    )
    expected = story.open_amount(date.fromisoformat(day), known_load)
    assert expected
    assert dict(rows) == expected


def test_the_ledger_is_only_added_to(told: Dbt) -> None:
    late = told.query(
        f"select count(*) from analytics.fct_payable_event where known_at > timestamptz '{LOADS[5]}:00+00'"
    )
    assert late[0][0] > 0
    assert told.query("select count(*) - count(distinct event_key) from analytics.fct_payable_event") == [
        (0,)
    ]


def _holidays(year: int) -> set[date]:
    fixed = {(1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (12, 25)}
    fixed |= {(11, 20)} if year >= 2024 else set()  # national since law 14.759 of 2023
    # Carnival on Monday and Tuesday, Good Friday, Corpus Christi
    moving = {easter(year) + timedelta(days=days) for days in (-48, -47, -2, 60)}
    return {date(year, month, day) for month, day in fixed} | moving


def test_the_holidays_are_those_of_the_brazilian_calendar() -> None:
    lines = (PROJECT / "seeds" / "seed_holidays.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert {date.fromisoformat(line.split(",")[0]) for line in lines} == {
        day for year in range(2015, 2037) for day in _holidays(year)
    }


def test_the_project_parses_without_any_setting(tmp_path: Path) -> None:
    dbt = Dbt(tmp_path / "warehouse.duckdb", {}, environment={"PATH": os.environ["PATH"]})
    assert "Performance info" in dbt.run("parse")


def test_a_payable_that_is_gone_is_open_until_that_was_known_and_not_after(make_dbt: MAKE) -> None:
    dbt = make_dbt(as_of_date=AS_OF)
    raw = RawWarehouse(dbt.database, ["roit"])
    stays, removed = payable("stays", "10.00", "2026-05-01"), payable("removed", "7.00", "2026-05-01")
    paid = receipt("r", "2026-04-20 15:00:00+00", "2.00")
    marked = payable("marked", "5.00", "2026-05-01", receipts=[paid])
    raw.load("roit", LOADS[0], {"accounts_payable": [stays, removed, marked]})
    raw.mark("roit", "accounts_payable", "marked", LOADS[2])
    raw.remove("roit", "accounts_payable", "removed")
    raw.load("roit", LOADS[3], {"accounts_payable": [stays]})
    dbt.build_models("+fct_payable_document")
    question = _compile_question(dbt)
    sql = f"select source_document_id from ({question}) order by 1".replace("AS_OF", AS_OF)
    known = {at: [row[0] for row in dbt.query(sql.replace("KNOWN", f"{LOADS[at]}:00"))] for at in (1, 2, 3)}
    assert known == {1: ["marked", "removed", "stays"], 2: ["removed", "stays"], 3: ["stays"]}
    assert dbt.query(
        "select source_document_id, open_amount, is_deleted_at_source from analytics.fct_payable_document"
        " order by 1"
    ) == [("marked", Decimal(0), True), ("removed", Decimal(0), True), ("stays", Decimal(10), False)]
