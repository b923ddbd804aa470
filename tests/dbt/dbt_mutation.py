"""Would the tests notice? ``python tests/dbt/dbt_mutation.py --count 100`` puts faults into the models, one by one.

Each mutant is a model's SQL with one fault (``dbt_mutants``). It is noticed when a unit test of the model, a data test,
an assertion about the demo's rows or the oracle of the random stories says something else than before. What cannot run
is no mutant. Prints every survivor, and whether it changed any row at all on the two warehouses.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import multiprocessing
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import test_dbt_demo
import test_dbt_streams
from dbt_bed import Bed
from dbt_compiled import Compiled, Model, compiled, other_variables
from dbt_demo_rows import fill
from dbt_mutants import Mutant, mutant, places, regenerated
from dbt_streams import Story, stories, tell
from dbt_unit_tests import UnitTests

KEPT = Path(__file__).resolve().parents[2] / ".pytest_cache" / "d" / "dbt_compiled"
SEED = 20261120
# The models whose figures people act on.
CORE = ("int_ap__", "int_revenue__", "fct_payable_", "fct_ap_", "fct_payment", "fct_revenue_")
STORIES = 120


@dataclass(frozen=True)
class Verdict:
    """``noticed_by`` is empty for a survivor; ``changes`` are the models with other rows then."""

    mutant: Mutant
    noticed_by: str
    changes: tuple[str, ...] = ()
    runs: bool = True


class Judge:
    """Two warehouses and all that is asked of them; a mutant is built on each and taken back."""

    def __init__(self, project: Compiled) -> None:
        self.project = project
        self.demo, self.books = Bed(project), Bed(project)
        fill(self.demo.raw)
        self.told: list[Story] = stories(random.Random(SEED), STORIES)
        tell(self.books.raw, self.told)
        self.units = UnitTests(self.demo)
        self.usual_failures = {}
        for bed in (self.demo, self.books):
            bed.build()
            self.usual_failures[bed] = bed.failing()
        self.assertions = [assertion for assertion in _assertions() if _holds(assertion, self.demo)]

    def verdict(self, one: Mutant) -> Verdict:
        try:
            noticed = next(self._noticing(one), "")
        except duckdb.Error:
            return Verdict(one, "does not run", runs=False)
        return Verdict(one, noticed, () if noticed else self._changes(one))

    def _noticing(self, mutant: Mutant) -> Iterator[str]:
        """Whatever notices the mutant, the cheapest first."""
        self.demo.query(f"select count(*) from ({self.demo.with_values(mutant.sql)}) as mutated")
        for test in self.units.of_model.get(mutant.model, []):
            if not _has_variant(test) and self.units.difference(test, mutant.sql) is not None:
                yield f"unit test {test['name']}"
        for bed in (self.demo, self.books):
            with _Taken(bed):
                behind = bed.rebuild(mutant.model, mutant.sql)
                failing = bed.failing(behind)
                usual = self.usual_failures[bed]
                yield from (f"data test {name}" for name, rows in failing.items() if usual.get(name) != rows)
                if bed is self.demo:
                    yield from (a.__name__ for a in self.assertions if not _holds(a, bed))
                elif "int_ap__payable_events" in behind or "int_ap__installments_exploded" in behind:
                    yield from ("oracle" for _ in test_dbt_streams.differences(bed, self.told))

    def _changes(self, mutant: Mutant) -> tuple[str, ...]:
        changed = set()
        for bed in (self.demo, self.books):
            names = bed.behind(mutant.model)
            before = {name: _rows(bed, name) for name in names}
            with _Taken(bed):
                bed.rebuild(mutant.model, mutant.sql)
                changed |= {name for name in names if _rows(bed, name) != before[name]}
        return tuple(sorted(changed))


class _Taken:
    """What is done to the bed inside is taken back at the end."""

    def __init__(self, bed: Bed) -> None:
        self.bed = bed

    def __enter__(self) -> None:
        self.bed.connection.execute("BEGIN")

    def __exit__(self, *_: object) -> None:
        self.bed.connection.execute("ROLLBACK")
        self.bed.replaced = {}


def _rows(bed: Bed, name: str) -> Counter[tuple[Any, ...]]:
    return Counter(bed.query(f"select * from {bed.project.models[name].relation}"))


def _has_variant(test: Any) -> bool:
    return bool(other_variables(test))


Assertion = Callable[[Bed], None]


def _assertions() -> Iterator[Assertion]:
    """The demo's tests that ask nothing but rows, each with each of its parameters."""
    for name, function in inspect.getmembers(test_dbt_demo, inspect.isfunction):
        if not name.startswith("test_") or "demo" not in inspect.signature(function).parameters:
            continue
        cases: list[dict[str, Any]] = [{}]
        for mark in getattr(function, "pytestmark", []):
            if mark.name == "parametrize":
                names = mark.args[0] if isinstance(mark.args[0], tuple | list) else [mark.args[0]]
                values = [v if isinstance(v, tuple) else (v,) for v in mark.args[1]]
                cases = [
                    {**case, **dict(zip(names, value, strict=True))}
                    for case, value in itertools.product(cases, values)
                ]
        for case in cases:
            yield _assertion(name, function, case)


def _assertion(name: str, function: Callable[..., None], case: dict[str, Any]) -> Assertion:
    def asked(bed: Bed) -> None:
        function(demo=bed, **case)

    asked.__name__ = name
    return asked


def _holds(assertion: Assertion, bed: Bed) -> bool:
    try:
        assertion(bed)
    except Exception:  # whatever goes wrong, it does not hold
        return False
    return True


def sample(project: Compiled, count: int, prefixes: Sequence[str], seed: int = SEED) -> list[Mutant]:
    """Mutants over all models below staging, evenly over the kinds of fault."""
    rng = random.Random(seed)
    by_kind: dict[str, list[tuple[Model, str, int]]] = {}
    for model in project.models.values():
        if model.layer != "staging" and model.name.startswith(tuple(prefixes)):
            for kind, place in places(model.sql):
                by_kind.setdefault(kind, []).append((model, kind, place))
    for found in by_kind.values():
        rng.shuffle(found)
    turns = itertools.zip_longest(*by_kind.values())
    made = (mutant(m.name, m.sql, kind, n) for turn in turns for m, kind, n in filter(None, turn))
    return list(itertools.islice((one for one in made if one is not None), count))


def without_fault(project: Compiled) -> Compiled:
    """The project as it is after its SQL was read and written once: what the mutants are compared with."""
    models = {
        name: model if model.layer == "staging" else replace(model, sql=regenerated(model.sql))
        for name, model in project.models.items()
    }
    return replace(project, models=models)


def _judge_all(share: list[Mutant]) -> list[Verdict]:
    judge = Judge(without_fault(compiled(KEPT)))
    verdicts = []
    for one in share:
        verdicts.append(judge.verdict(one))
        print("." if verdicts[-1].noticed_by else "S", end="", file=sys.stderr, flush=True)
    return verdicts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--models", nargs="*", default=CORE, help="prefixes of names")
    parser.add_argument("--least", type=float, default=0.7, help="share that must be noticed")
    arguments = parser.parse_args()
    began = time.monotonic()
    chosen = sample(compiled(KEPT), arguments.count, arguments.models, arguments.seed)
    shares = [chosen[n :: arguments.jobs] for n in range(arguments.jobs)]
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        verdicts = [verdict for share in pool.map(_judge_all, shares) for verdict in share]
    running = [verdict for verdict in verdicts if verdict.runs]
    survivors = [verdict for verdict in running if not verdict.noticed_by]
    print()
    for verdict in survivors:
        print(f"not noticed: {verdict.mutant}")
        print(f"             other rows in: {', '.join(verdict.changes) or 'nothing'}")
    noticed = len(running) - len(survivors)
    print(Counter(verdict.noticed_by.split(" ")[0] for verdict in running if verdict.noticed_by))
    print(f"{noticed} of {len(running)} noticed, {len(verdicts) - len(running)} cannot run, ", end="")
    print(f"{time.monotonic() - began:.0f} s")
    return 0 if running and noticed >= arguments.least * len(running) else 1


if __name__ == "__main__":
    sys.exit(main())
