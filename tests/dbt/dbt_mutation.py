"""Would the tests notice? ``python tests/dbt/dbt_mutation.py --count 100`` puts faults into the models, one by one.

Each mutant is the SQL of a model below staging with one fault (``dbt_mutants``). They are drawn by a seed: the kinds of
fault in turn, of each the model that was drawn the least often so far, in it any place. Of what DuckDB cannot plan, and
of what is known to change nothing (``dbt_equivalents``), another is drawn; both are counted.

A mutant is noticed when something that the suite asks says what it does not say of the SQL as it is: a unit test of
the model; on the demo's rows, on random stories and on random bank statements a law, an assertion or an oracle; the
comparisons of versions, months and matches with Python. Prints every survivor, and what rows it changed.
"""

from __future__ import annotations

import argparse
import inspect
import itertools
import multiprocessing
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dbt_bank_fates
import duckdb
import test_dbt_banking
import test_dbt_demo
import test_dbt_semantic
import test_dbt_streams
import test_dbt_versions
from dbt_bed import Bed
from dbt_compiled import (
    DATES_CHANGES,
    Compiled,
    Model,
    below_staging,
    compiled,
    other_variables,
    variant_key,
)
from dbt_demo_rows import fill
from dbt_equivalents import EQUIVALENTS
from dbt_mutants import FAULTS, Mutant, in_variant, mutant, places, readings, regenerated
from dbt_semantic import Semantics
from dbt_streams import stories, tell
from dbt_unit_tests import UnitTests

KEPT = Path(__file__).resolve().parents[2] / ".pytest_cache" / "d" / "dbt_compiled"
SEED = 20261120
LEAST = 0.95
STORIES = 120
ROUNDS = 4
Asked = Callable[[], bool]
"""Whether all is well."""


@dataclass(frozen=True)
class Verdict:
    """``noticed_by`` is empty for a survivor; ``changes`` are the models with other rows then."""

    mutant: Mutant
    noticed_by: str
    changes: tuple[str, ...] = ()


class Warehouse:
    """A bed that is built, what is asked of it, and which rows each model has there."""

    def __init__(self, bed: Bed, laws: Callable[[Bed, Iterable[str]], Iterable[str]]) -> None:
        self.bed = bed
        bed.build()
        self.laws = laws
        self.usual = set(laws(bed, bed.project.models))
        self.rows = {name: self._rows(name) for name in bed.project.models}
        self.questions: list[tuple[str, Asked]] = []

    def ask(self, questions: Iterable[tuple[str, Asked]]) -> None:
        """Adds what holds as the models are; what does not cannot notice anything."""
        self.questions += [(name, asked) for name, asked in questions if _holds(asked)]

    def noticing(self, changed: Iterable[str]) -> Iterator[str]:
        """What says something else now that these models have other rows, the cheapest first."""
        yield from (f"law {name}" for name in self.laws(self.bed, changed) if name not in self.usual)
        yield from (f"test {name}" for name, asked in self.questions if not _holds(asked))

    def put(self, one: Mutant) -> list[str]:
        """Builds the mutant, and what reads it as far as rows become others; the names of those that have."""
        changed: list[str] = []
        self.bed.replaced = {one.model: one.sql}
        for name in self.bed.behind(one.model):
            if name == one.model or set(changed) & set(self.bed.project.models[name].needs):
                self.bed.make(name)
                changed += [name] if self._rows(name) != self.rows[name] else []
        return changed

    def _rows(self, name: str) -> tuple[Any, ...]:
        relation = self.bed.project.models[name].relation
        return self.bed.query(f"select count(*), sum(hash(every)) from {relation} as every")[0]

    def __enter__(self) -> None:
        self.bed.connection.execute("BEGIN")

    def __exit__(self, *_: object) -> None:
        """Takes back what was put."""
        self.bed.connection.execute("ROLLBACK")
        self.bed.replaced = {}


class Judge:
    """Three warehouses and all that is asked of them; a mutant is built on each and taken back."""

    def __init__(self, project: Compiled) -> None:
        self.project = project
        demo = Bed(project)
        fill(demo.raw)
        on_demo = Warehouse(demo, _failing)
        given = {"demo": demo, "demo_bed": demo, "semantics": Semantics(project.semantic), "project": project}
        on_demo.ask(_tests(test_dbt_demo, given))
        on_demo.ask(_tests(test_dbt_semantic, given))

        books, told = Bed(project), stories(random.Random(SEED), STORIES)
        tell(books.raw, told)
        on_books = Warehouse(books, _failing)
        on_books.ask([("oracle", lambda: not test_dbt_streams.differences(books, told))])

        fates = dbt_bank_fates.make(1, rounds=ROUNDS)
        bank = Bed(project, as_of=str(dbt_bank_fates.AS_OF), sources=("tereina",))
        bank.raw.load("tereina", dbt_bank_fates.LOADED, fates.records())
        on_bank = Warehouse(bank, lambda bed, among: _failing(bed, set(among) & test_dbt_banking.LAWFUL))
        on_bank.ask([("fates", lambda: Counter(bank.query(test_dbt_banking.RECONCILED)) == fates.expected)])

        self.warehouses = (on_demo, on_books, on_bank)
        self.units = UnitTests(demo)
        self.usual_units = {
            test["unique_id"] for test in project.unit_tests if self.units.difference(test) is None
        }

    def verdict(self, one: Mutant) -> Verdict:
        noticed = next(self._by_unit_tests(one), None) or next(self._against_python(one), None)
        changes: set[str] = set()
        for warehouse in self.warehouses:
            if noticed:
                break
            with warehouse:
                try:
                    changed = warehouse.put(one)
                except duckdb.Error as error:  # it is planned, so it is the rows that it cannot take
                    noticed = f"build {type(error).__name__}"
                else:
                    noticed = next(warehouse.noticing(changed), None) if changed else None
                    changes |= set(changed)
        return Verdict(one, noticed or "", tuple(sorted(changes)))

    def _by_unit_tests(self, one: Mutant) -> Iterator[str]:
        for test in self.units.of_model.get(one.model, []):
            others = other_variables(test)
            if others:
                variant = self.project.variants[variant_key(one.model, others)]
                same = in_variant(one, self.project.models[one.model].sql, variant)
            else:
                same = one
            is_asked = test["unique_id"] in self.usual_units and same is not None
            if is_asked and self.units.difference(test, same.sql) is not None:
                yield f"unit test {test['name']}"

    def _against_python(self, one: Mutant) -> Iterator[str]:
        """Tests that run a model's SQL on rows of their own."""
        compared = COMPARED.get(one.model, ())
        if compared:
            models = {**self.project.models, one.model: replace(self.project.models[one.model], sql=one.sql)}
            project = replace(self.project, models=models)
            for function in compared:
                for name, asked in _cases(function, {"project": project, "connection": None}):
                    if not _holds(asked):
                        yield f"test {name}"


def _failing(bed: Bed, among: Iterable[str]) -> Iterator[str]:
    """Laws that are errors and do not hold, of those that read one of the models."""
    asked = set(among)
    for test in bed.project.tests:
        found = f"select 1 from ({bed.with_values(test.sql)}) as found limit 1"
        if test.severity == "error" and asked & set(test.needs) and bed.query(found):
            yield test.name


COMPARED: dict[str, tuple[Callable[..., None], ...]] = {
    "int_parties__suppliers_resolved": (
        test_dbt_versions.test_a_supplier_is_called_on_every_day_what_was_last_said,
    ),
    "int_ops__coverage_windows": (test_dbt_versions.test_the_state_of_each_month_is_that_of_its_hours,),
    "fct_extraction_month": (test_dbt_versions.test_the_state_of_each_month_is_that_of_its_hours,),
    "int_bank__matches_resolved": (
        test_dbt_banking.test_rounds_of_mutual_preference_choose_what_taking_one_after_the_other_would,
    ),
}


def _tests(module: Any, given: dict[str, Any]) -> Iterator[tuple[str, Asked]]:
    """A module's tests that ask for nothing but what is given, each with each of its parameters."""
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("test_"):
            yield from _cases(function, given)


def _cases(function: Callable[..., None], given: dict[str, Any]) -> Iterator[tuple[str, Asked]]:
    cases: list[dict[str, Any]] = [{}]
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names = mark.args[0] if isinstance(mark.args[0], tuple | list) else [mark.args[0]]
            values = [v if isinstance(v, tuple) else (v,) for v in mark.args[1]]
            cases = [
                {**case, **dict(zip(names, value, strict=True))}
                for case, value in itertools.product(cases, values)
            ]
    wanted = set(inspect.signature(function).parameters)
    for case in cases:
        if wanted <= {*given, *case}:
            yield function.__name__, _asked(function, {n: v for n, v in given.items() if n in wanted} | case)


def _asked(function: Callable[..., None], arguments: dict[str, Any]) -> Asked:
    def asked() -> bool:
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone='UTC'")
            own = {"connection": connection} if "connection" in arguments else {}
            function(**(arguments | own))
        return True

    return asked


def _holds(asked: Asked) -> bool:
    try:
        return asked()
    except Exception:  # whatever goes wrong, it does not hold
        return False


@dataclass
class Drawn:
    """``mutants`` to judge; beside them were drawn what cannot be planned and what is known to change nothing."""

    mutants: list[Mutant]
    stillborn: int = 0
    equivalent: int = 0


def draw(project: Compiled, count: int, seed: int, prefixes: Sequence[str] = ("",)) -> Drawn:
    """Mutants of all models below staging: kinds in turn, of each the model least drawn so far."""
    rng, drawn, times = random.Random(seed), Drawn([]), Counter[str]()
    bed = Bed(project)
    bed.build()
    left = defaultdict[str, dict[str, list[int]]](dict)
    for model in below_staging(project):
        # what is judged is built from nothing, and these only say what a later build writes again
        if model.name.startswith(tuple(prefixes)) and model.name not in DATES_CHANGES:
            for kind, place in places(model.sql):
                left[kind].setdefault(model.name, []).append(place)
    kinds = sorted(left)
    rng.shuffle(kinds)
    while left and len(drawn.mutants) < count:
        kind = kinds.pop(0)
        of_models = left[kind]
        name = min(sorted(of_models), key=lambda name: (times[name], rng.random()))
        place = of_models[name].pop(rng.randrange(len(of_models[name])))
        one = mutant(name, project.models[name].sql, kind, place)
        if one is None or not _can_be_planned(bed, one):
            drawn.stillborn += 1
        elif is_equivalent(one.model, one.kind, one.before):
            drawn.equivalent += 1
        else:
            times[name] += 1
            drawn.mutants.append(one)
        if not of_models[name]:
            del of_models[name]
        if of_models:
            kinds.append(kind)
        else:
            del left[kind]
    return drawn


def _can_be_planned(bed: Bed, one: Mutant) -> bool:
    try:
        bed.query(f"explain {bed.with_values(one.sql)}")
    except duckdb.Error:
        return False
    return True


def without_fault(project: Compiled) -> Compiled:
    """The project as it is after its SQL was read and written once: what the mutants are compared with."""
    models = {
        name: replace(
            model, materialized="table", sql=model.sql if model.layer == "staging" else regenerated(model.sql)
        )
        for name, model in project.models.items()
    }
    return replace(project, models=models)


def _judge_all(share: list[Mutant]) -> list[Verdict]:
    judge = Judge(without_fault(compiled(KEPT)))
    verdicts = []
    for one in share:
        verdict = judge.verdict(one)
        verdicts.append(verdict)
        print("." if verdict.noticed_by else "S", end="", file=sys.stderr, flush=True)
        if not verdict.noticed_by:
            print(
                f"not noticed: {one}\n    other rows in: {', '.join(verdict.changes) or 'nothing'}",
                flush=True,
            )
    return verdicts


def _doubt_equivalents() -> int:
    """Puts every fault that is taken for none; whatever notices one has found an entry that is wrong."""
    project = compiled(KEPT)
    told = [one for model in below_staging(project) for one in equivalents_of(model)]
    wrong = [verdict for verdict in _judge_all(told) if verdict.noticed_by]
    for verdict in wrong:
        print(f"noticed by {verdict.noticed_by}: {verdict.mutant}")
    print(f"{len(told) - len(wrong)} of {len(told)} change nothing that is asked")
    return 1 if wrong else 0


def equivalents_of(model: Model) -> Iterator[Mutant]:
    """The model's mutants that ``dbt_equivalents`` knows."""
    kinds = [kind for kind in FAULTS if any(known.may_be_of(model.name, kind) for known in EQUIVALENTS)]
    for kind, place, before in readings(model.sql, kinds):
        one = mutant(model.name, model.sql, kind, place) if is_equivalent(model.name, kind, before) else None
        if one is not None:
            yield one


def is_equivalent(model: str, kind: str, before: str) -> bool:
    return any(known.is_of(model, kind, before) for known in EQUIVALENTS)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--models", nargs="*", default=[""], help="prefixes of names")
    parser.add_argument("--least", type=float, default=LEAST, help="share that must be noticed")
    parser.add_argument("--equivalents", action="store_true", help="whether what changes nothing does")
    arguments = parser.parse_args()
    began = time.monotonic()
    if arguments.equivalents:
        return _doubt_equivalents()
    drawn = draw(compiled(KEPT), arguments.count, arguments.seed, arguments.models)
    shares = [drawn.mutants[n :: arguments.jobs] for n in range(arguments.jobs)]
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        verdicts = [verdict for share in pool.map(_judge_all, shares) for verdict in share]
    noticed = [verdict.noticed_by for verdict in verdicts if verdict.noticed_by]
    print("by", dict(Counter(each.split(" ")[0] for each in noticed)))
    print(
        f"{len(noticed)} of {len(verdicts)} noticed; also drawn: {drawn.equivalent} known to change nothing,"
        f" {drawn.stillborn} that DuckDB cannot plan; {time.monotonic() - began:.0f} s"
    )
    return 0 if verdicts and len(noticed) >= arguments.least * len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
