"""A later build writes what changed, and leaves what a build from nothing makes of the same rows."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt_bed import Bed
from dbt_changes import LAST, Changes
from dbt_compiled import DATES_CHANGES, Compiled
from dbt_project import AS_OF, Dbt

Rows = dict[str, Counter[tuple[Any, ...]]]


EVIDENCE = "fct_record_evidence"


def incremental(project: Compiled) -> list[str]:
    return [model.name for model in project.models.values() if model.materialized == "incremental"]


def ledger(project: Compiled) -> list[str]:
    """The incremental models but the evidence, which is made of most of the project."""
    return [name for name in incremental(project) if name != EVIDENCE]


def contents(bed: Bed, names: list[str]) -> Rows:
    """The rows of these models and of all that they are made of, but of what only the run decides."""
    return {
        model.name: Counter(bed.query(f"select * from {model.relation}"))
        for model in bed.needed(names)
        if model.materialized != "view" and model.name not in DATES_CHANGES
    }


def different(one: Rows, other: Rows) -> dict[str, list[Any]]:
    """A few of the rows that only one side has, by model."""
    return {
        name: [
            *(("+", row) for row in one[name] - other[name]),
            *(("-", row) for row in other[name] - one[name]),
        ][:4]
        for name in other
        if one[name] != other[name]
    }


def after_changes(
    project: Compiled, names: list[str], seed: int, count: int, loads: int = LAST, **session: Any
) -> Bed:
    """A bed with these models, built after each of nine loads or fewer, with what happened in between."""
    bed = Bed(project, sources=("roit", "tereina"), **session)
    changes = Changes(random.Random(seed), bed.raw, count)
    changes.next()
    bed.build(*names)
    while changes.load < loads:
        changes.next()
        bed.update(*names)
    return bed


def assert_as_from_nothing(bed: Bed, names: list[str]) -> None:
    updated = contents(bed, names)
    bed.build(*names)
    assert different(updated, contents(bed, names)) == {}


def test_builds_after_each_of_many_changes_leave_what_one_build_from_nothing_makes(project: Compiled) -> None:
    bed = after_changes(project, ledger(project), 0, 25)
    assert_as_from_nothing(bed, ledger(project))


@pytest.mark.many
@pytest.mark.parametrize("seed", range(100, 106))
def test_builds_after_each_of_six_random_histories_leave_what_one_build_from_nothing_makes(
    project: Compiled, seed: int
) -> None:
    bed = after_changes(project, incremental(project), seed, 60)
    assert_as_from_nothing(bed, incremental(project))


@pytest.mark.many
@pytest.mark.parametrize("timezone", ["America/Sao_Paulo", "Asia/Tokyo"])
def test_the_sessions_time_zone_changes_nothing_of_what_a_later_build_leaves(
    project: Compiled, timezone: str
) -> None:
    names = incremental(project)
    bed = after_changes(project, names, 3, 10, timezone=timezone)
    usual = after_changes(project, names, 3, 10)
    assert different(contents(bed, names), contents(usual, names)) == {}


def test_another_status_map_is_another_word_about_every_document(project: Compiled) -> None:
    names = ledger(project)
    bed = after_changes(project, names, 3, 10, loads=3)
    seed = bed.project.seeds["seed_payment_status_map"].relation
    bed.connection.execute(f"update {seed} set stage = 'cancelled' where source_status = 'OPEN'")
    before = contents(bed, names)
    bed.update(*names)
    assert "fct_payable_event" in different(before, contents(bed, names))
    assert_as_from_nothing(bed, names)


# What dbt itself does with these models, on a copy of the demo's warehouse. A row that is put wrong by hand tells
# whether a run wrote its document again: what changed of the others is no reason to.


class Standing:
    """Incremental models that stand, and what they are made of; ``run`` is a later run of dbt."""

    def __init__(self, dbt: Dbt) -> None:
        self.dbt = dbt
        self.whole = self.events()

    def run(self, *more: str, **variables: Any) -> None:
        between = ("int_ap__document_links", "int_ap__documents_unioned", *DATES_CHANGES)
        dbt = Dbt(self.dbt.database, {**self.dbt.variables, **variables})
        dbt.run("run", "--select", "config.materialized:incremental,+fct_payable_event", *between, *more)

    def execute(self, sql: str) -> None:
        with duckdb.connect(str(self.dbt.database)) as connection:
            connection.execute("SET TimeZone='UTC'")
            connection.execute(sql)

    def events(self) -> Counter[tuple[Any, ...]]:
        return Counter(self.dbt.query("select * from analytics.fct_payable_event"))

    def evidence(self) -> Counter[tuple[Any, ...]]:
        return Counter(self.dbt.query("select * from analytics.fct_record_evidence"))

    def put_wrong(self) -> None:
        wrong = "update analytics.fct_payable_event set payment_key = 'wrong' where event_type = 'INVOICED'"
        self.execute(wrong)

    def wrong(self) -> set[str]:
        """The documents that nothing wrote since they were put wrong."""
        return {
            row[0]
            for row in self.dbt.query(
                "select distinct source_document_id from analytics.fct_payable_event"
                " inner join analytics_intermediate.int_ap__documents_unioned using (document_key)"
                " where payment_key = 'wrong'"
            )
        }


@pytest.fixture
def standing(demo: Dbt, tmp_path: Path) -> Standing:
    shutil.copy(demo.database, tmp_path / "ledgerhouse.duckdb")
    return Standing(Dbt(tmp_path / "ledgerhouse.duckdb", {"as_of_date": AS_OF}))


def test_dbt_writes_the_documents_that_changed_and_no_others(standing: Standing) -> None:
    standing.put_wrong()
    every = standing.wrong()
    gone = "update roit.accounts_payable set _deleted_at = '2026-06-29 00:00:00+00' where id = 'single'"
    standing.execute(gone)
    standing.run()
    assert every - standing.wrong() == {"single"}
    reversed_ = (
        "select sum(amount) from analytics.fct_payable_event where document_key in (select document_key"
    )
    reversed_ += " from analytics_intermediate.int_ap__documents_unioned where source_document_id = 'single')"
    assert standing.dbt.query(reversed_) == [(0,)]


def test_the_ledger_is_written_whole_in_another_time_zone_and_again_in_the_first(standing: Standing) -> None:
    standing.put_wrong()
    standing.run(business_timezone="Asia/Tokyo")
    assert standing.wrong() == set()
    standing.run()
    assert standing.events() == standing.whole


def test_the_ledger_is_written_whole_when_it_was_made_by_other_code(standing: Standing) -> None:
    standing.put_wrong()
    standing.execute("update analytics_intermediate.incremental_builds set settings = 'other code'")
    standing.run()
    assert standing.events() == standing.whole
    tables = standing.dbt.query("select table_name from information_schema.tables")
    assert [name for (name,) in tables if "__dbt_" in name] == [], "what stood before is gone"


def test_both_clocks_in_the_past_leave_the_ledger_as_it_is(standing: Standing) -> None:
    standing.run("fct_ap_open_item", as_of_date="2026-05-20", known_at="2026-05-20 00:00:00+00")
    assert standing.events() == standing.whole


def test_the_evidence_of_what_was_open_is_that_of_the_clocks_that_a_run_is_given(standing: Standing) -> None:
    past = {"as_of_date": "2026-05-20", "known_at": "2026-05-20 00:00:00+00"}
    now = standing.evidence()
    standing.run("fct_ap_open_item", EVIDENCE, **past)
    then = standing.evidence()
    standing.run("fct_ap_open_item", EVIDENCE, "--full-refresh", **past)
    assert then == standing.evidence()
    assert then != now


def test_what_a_run_left_out_the_next_one_makes_good(standing: Standing) -> None:
    """A model sees no further than those that it is made of."""
    standing.execute("update roit.accounts_payable set _deleted_at = now() where id = 'single'")
    standing.run("--exclude", "int_ap__document_revisions")
    standing.run()
    left = standing.events()
    standing.run("--full-refresh")
    assert left == standing.events()
    assert left != standing.whole


def test_no_incremental_model_is_made_of_variables_that_are_not_looked_at(project: Compiled) -> None:
    """Of another time zone or tenant a model is written whole; the two clocks it must not know at all."""
    for model in project.models.values():
        if model.materialized == "incremental" and "always" not in model.meta:
            sql = " ".join(each.sql for each in _behind(project, model.name))
            assert "AS_OF_DATE" not in sql, model.name
            assert "KNOWN_AT_TIME" not in sql, model.name


def _behind(project: Compiled, name: str) -> list[Any]:
    found, waiting = {}, [name]
    while waiting:
        each = waiting.pop()
        if each in project.models and each not in found:
            found[each] = project.models[each]
            waiting += project.models[each].needs
    return list(found.values())
