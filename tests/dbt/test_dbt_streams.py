"""Random stories of documents, against an oracle that reckons each of them in Python, in both clocks, to the cent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date

import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled
from dbt_oracle import OpenItem, open_items
from dbt_streams import LOADS, Story, stories, tell
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DAYS = ("2026-04-20", "2026-05-15", "2026-06-25", "2026-07-31")
KNOWN = (2, 5, 8)
# As recorded in dbt_models/README.md.
MANY = 10_000


def shown(bed: Bed, day: str, known_load: int) -> dict[str, dict[int, OpenItem]]:
    """What the models say is open, by document and installment."""
    question = bed.project.inline["open_items"].replace("AS_OF", day)
    rows = bed.query(
        "select source_document_id, installment_number, open_amount, due_date, effective_due_date "
        f"from ({question.replace('KNOWN', LOADS[known_load] + ':00')})"
    )
    items: dict[str, dict[int, OpenItem]] = {}
    for id_, number, amount, due, payment_day in rows:
        items.setdefault(id_, {})[number] = OpenItem(amount, due, payment_day)
    return items


def reckoned(told: Sequence[Story], day: str, known_load: int) -> dict[str, dict[int, OpenItem]]:
    every = {story.id_: open_items(story, date.fromisoformat(day), known_load) for story in told}
    return {id_: items for id_, items in every.items() if items}


def differences(bed: Bed, told: Sequence[Story]) -> dict[tuple[str, int], set[str]]:
    """The documents of which the models say something else than the oracle, by day and load; none if all is well."""
    found = {}
    for known_load in KNOWN:
        for day in DAYS:
            says, expected = shown(bed, day, known_load), reckoned(told, day, known_load)
            wrong = {id_ for id_ in says.keys() | expected.keys() if says.get(id_) != expected.get(id_)}
            if wrong:
                found[day, known_load] = wrong
    return found


def told_bed(project: Compiled, told: Sequence[Story]) -> Bed:
    bed = Bed(project, sources=("roit", "tereina"))
    tell(bed.raw, told)
    bed.build("fct_ap_open_item")
    return bed


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
def test_open_amounts_of_any_stories_equal_those_of_the_oracle_in_both_clocks(
    project: Compiled, seed: int, count: int
) -> None:
    told = stories(random.Random(seed), count)
    assert differences(told_bed(project, told), told) == {}


@pytest.fixture(scope="module")
def told() -> list[Story]:
    return stories(random.Random(20260101), 300)


@pytest.fixture(scope="module")
def books(project: Compiled, told: list[Story]) -> Bed:
    """Three hundred stories after all of their loads; the answers before the last three are kept beside them."""
    bed = Bed(project)
    tell(bed.raw, told, range(6))
    bed.build("fct_ap_open_item")
    bed.query("create table past_answer as " + _past_question(bed))
    tell(bed.raw, told, range(6, len(LOADS)))
    bed.build()
    return bed


def _past_question(bed: Bed) -> str:
    return bed.project.inline["open_items"].replace("AS_OF", "2026-05-20").replace("KNOWN", f"{LOADS[5]}:00")


def test_the_stories_cover_what_they_are_meant_to_cover(books: Bed) -> None:
    """An oracle that agrees on nothing but open documents would prove little."""
    kinds = dict(books.query("select event_type, count(*) from analytics.fct_payable_event group by 1"))
    wanted = {
        "INVOICED",
        "CREDIT_NOTE",
        "WITHHELD",
        "DISCOUNT_TAKEN",
        "INTEREST",
        "FINE",
        "PAYMENT_APPLIED",
        "PAYMENT_RETURNED",
        "CANCELLED",
    }
    assert kinds.keys() == wanted
    assert min(kinds.values()) >= 5, kinds
    rules = dict(
        books.query(
            "select rule, count(*) from analytics_intermediate.int_ap__payment_applications group by 1"
        )
    )
    assert rules.keys() == {"reference", "exact_amount", "fifo", "declared", "open_amount"}
    assert min(rules.values()) >= 5, rules


def test_open_amounts_of_three_hundred_stories_equal_those_of_the_oracle(
    books: Bed, told: list[Story]
) -> None:
    assert all(reckoned(told, day, load) for day in DAYS for load in KNOWN)
    assert differences(books, told) == {}


def test_every_law_holds_on_the_stories(books: Bed) -> None:
    """Only what the sources say about themselves is warned of: a status that the map does not have."""
    assert set(books.failing()) == {"known_status_int_ap__document_versions_"}


def test_what_was_owed_as_known_then_is_not_changed_by_later_loads(books: Bed) -> None:
    now = _past_question(books)
    assert books.query("select count(*) > 50 from past_answer") == [(True,)]
    assert (
        books.query(
            f"(from ({now}) except from past_answer) union all (from past_answer except from ({now}))"
        )
        == []
    )


def test_the_ledger_is_only_added_to(books: Bed) -> None:
    late = books.query(
        f"select count(*) from analytics.fct_payable_event where known_at > timestamptz '{LOADS[5]}:00+00'"
    )
    assert late[0][0] > 0
    assert books.query("select count(*) - count(distinct event_key) from analytics.fct_payable_event") == [
        (0,)
    ]


@pytest.mark.many
def test_open_amounts_of_ten_thousand_stories_equal_those_of_the_oracle(project: Compiled) -> None:
    told = stories(random.Random(2026), MANY)
    assert differences(told_bed(project, told), told) == {}
