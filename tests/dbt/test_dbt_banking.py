"""Payments and bank lines: how they choose each other, and the ends that they come to, against Python."""

from __future__ import annotations

import random
import re
from collections import Counter, defaultdict

import duckdb
import pytest
from dbt_bank_fates import AS_OF, LOADED, Row, make
from dbt_bed import Bed
from dbt_compiled import Compiled

SIDES = 6
"""Lines and payments of a case. Each round takes at least one candidate, so the model's six always suffice."""

LAWFUL = {"fct_bank_reconciliation", "fct_bank_statement_line", "int_bank__matches_resolved"}

Candidate = tuple[int, str, list[tuple[str, str]]]


def _candidates(rng: random.Random, case: int) -> list[Candidate]:
    """Candidates in no order: pairs, batches (one line, many payments) and payments in parts (the reverse)."""
    lines = [f"{case}-l{n}" for n in range(SIDES)]
    payments = [f"{case}-p{n}" for n in range(SIDES)]
    found: list[Candidate] = []
    places = rng.sample(range(10_000), 24)
    for place in places:
        line, payment, kind = rng.choice(lines), rng.choice(payments), rng.random()
        pairs = [(line, payment)]
        if kind < 0.2:
            pairs = [(line, other) for other in rng.sample(payments, 3)]
        elif kind < 0.3:
            pairs = [(other, payment) for other in rng.sample(lines, 2)]
        found.append((case, f"{place:06d}", pairs))
    return found


def _one_after_the_other(candidates: list[Candidate]) -> set[str]:
    """What is chosen when the most preferred is taken first, and then whatever is still free."""
    chosen, taken = set(), set()
    for case, preference, pairs in sorted(candidates, key=lambda candidate: candidate[1]):
        sides = {side for pair in pairs for side in pair}
        if not sides & taken:
            taken |= sides
            chosen.add(f"{case}-{preference}")
    return chosen


def _rounds_of_the_model(project: Compiled) -> str:
    """The model's own SQL up to what it has chosen, on a table ``candidates``."""
    rounds, *rest = re.split(
        r"\bsized as \(", project.models["int_bank__matches_resolved"].sql, flags=re.IGNORECASE
    )
    relation = project.models["int_bank__candidates_scored"].relation
    assert (len(rest), rounds.count(relation)) == (1, 1)
    rounds = rounds.replace(relation, "candidates").rstrip().removesuffix(",")
    return f"{rounds} select distinct candidate_key from chosen"


def test_rounds_of_mutual_preference_choose_what_taking_one_after_the_other_would(project: Compiled) -> None:
    rng = random.Random(2026)
    cases = [_candidates(rng, case) for case in range(60)]
    rows = [
        (f"{case}-{preference}", *pair, preference)
        for candidates in cases
        for case, preference, pairs in candidates
        for pair in pairs
    ]
    rng.shuffle(rows)
    with duckdb.connect() as connection:
        connection.execute(
            "create table candidates (candidate_key text, part_key text, payment_key text, preference text)"
        )
        connection.executemany("insert into candidates values (?, ?, ?, ?)", rows)
        sql = _rounds_of_the_model(project)
        chosen = defaultdict(set)
        for (key,) in connection.execute(sql).fetchall():
            chosen[int(key.split("-")[0])].add(key)
    expected = {number: _one_after_the_other(candidates) for number, candidates in enumerate(cases)}
    assert dict(chosen) == expected
    assert sum(map(len, expected.values())) > 180


RECONCILED = """
select payments.source_payment_id, lines.entry_reference, state, reason,
    debit_amount, credit_amount, payment_amount
from ledgerhouse.analytics.fct_bank_reconciliation as reconciliation
left join ledgerhouse.analytics.fct_payment as payments on reconciliation.payment_key = payments.payment_key
left join ledgerhouse.analytics.fct_bank_statement_line as lines on reconciliation.line_key = lines.line_key
"""


@pytest.mark.parametrize("seed", [1, 2])
def test_every_payment_and_every_bank_line_comes_to_the_end_that_it_was_made_for(
    project: Compiled, seed: int
) -> None:
    fates = make(seed, rounds=12)
    bed = Bed(project, as_of=str(AS_OF), sources=("tereina",))
    bed.raw.load("tereina", LOADED, fates.records())
    bed.build()
    found: Counter[Row] = Counter(bed.query(RECONCILED))
    assert found - fates.expected == Counter()
    assert fates.expected - found == Counter()
    assert bed.failing(LAWFUL) == {}
