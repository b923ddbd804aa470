"""dbt's unit tests, run on a bed: a few milliseconds each, where dbt takes a quarter of a second.

What they say is dbt's (``given``, ``expect``, ``overrides`` of variables); rows that ``expect`` states are compared on
the columns that it states, in any order.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
from dbt_bed import EVERYTHING_KNOWN, Bed, values_for
from dbt_compiled import Compiled, other_variables, variant_key
from dbt_raw_warehouse import texts

_INPUT = re.compile(r"^\s*(ref|source)\(\s*'(\w+)'\s*(?:,\s*'(\w+)')?\s*\)\s*$")
Test = Mapping[str, Any]


@dataclass(frozen=True)
class _Fixtures:
    """The tables of a test's given rows by the relations that they stand for, and the rows that it expects."""

    tables: Mapping[str, str]
    columns: Sequence[str]
    expected: Counter[tuple[Any, ...]]


class UnitTests:
    """Runs the unit tests of the project; ``types`` is a bed on which every model is built, rows or none."""

    def __init__(self, types: Bed) -> None:
        self.bed = types
        self.project: Compiled = types.project
        self.of_model: dict[str, list[Test]] = {}
        for test in self.project.unit_tests:
            self.of_model.setdefault(test["model"], []).append(test)
        self.described: dict[str, dict[str, str]] = {}
        self.made: dict[str, _Fixtures] = {}

    def difference(self, test: Test, sql: str | None = None) -> str | None:
        """What the model gives and the test does not expect, or the other way round; None where they agree.

        ``sql`` stands for the model's own.
        """
        try:
            return self._difference(test, sql)
        except duckdb.Error as error:
            return f"{type(error).__name__}: {error}"

    def _difference(self, test: Test, sql: str | None) -> str | None:
        statement = self._statement(test, sql)
        stated = {found.group(2) for given in test["given"] if (found := _INPUT.match(given["input"]))}
        lacking = [name for name in self._read(test["model"], statement) if name not in stated]
        if lacking:  # dbt asks for every input too
            return f"no input is given for {lacking}"
        fixtures = self._fixtures(test)
        for relation, table in fixtures.tables.items():
            statement = statement.replace(relation, table)
        if not fixtures.columns:
            count = self.bed.query(f"select count(*) from ({statement}) as actual")[0][0]
            return f"{count} rows where none is expected" if count else None
        listed = ", ".join(f'"{name}"' for name in fixtures.columns)
        actual = Counter(self.bed.query(f"select {listed} from ({statement}) as actual"))
        if actual == fixtures.expected:
            return None
        surplus, lacking = actual - fixtures.expected, fixtures.expected - actual
        return f"{fixtures.columns}\nnot expected: {sorted(map(str, surplus))}\nnot found: {sorted(map(str, lacking))}"

    def _fixtures(self, test: Test) -> _Fixtures:
        """Made once for a test, which may be asked of many variants of its model's SQL."""
        if test["unique_id"] not in self.made:
            prefix = f"unit_{len(self.made)}"
            tables = {}
            for number, given in enumerate(test["given"]):
                relation = self._relation(given["input"], test["model"])
                tables[relation] = f"{prefix}_{number}"
                self._make(tables[relation], given, self._types(relation))
            columns = list(dict.fromkeys(name for row in _rows(test["expect"]) for name in row))
            types = self._types(self.project.models[test["model"]].relation)
            assert set(columns) <= set(types), f"the model has no column {sorted(set(columns) - set(types))}"
            expected: Counter[tuple[Any, ...]] = Counter()
            if columns:
                self._make(f"{prefix}_expected", test["expect"], {name: types[name] for name in columns})
                expected = Counter(self.bed.query(f"from {prefix}_expected"))
            self.made[test["unique_id"]] = _Fixtures(tables, columns, expected)
        return self.made[test["unique_id"]]

    def _read(self, model: str, statement: str) -> list[str]:
        """The inputs of a model that its SQL names: which documents changed is asked by later builds only."""
        every = {**self.project.models, **self.project.seeds}
        return [name for name in self.project.models[model].needs if every[name].relation in statement]

    def _statement(self, test: Test, sql: str | None) -> str:
        others = other_variables(test)
        model = self.project.models[test["model"]]
        variables = (test.get("overrides") or {}).get("vars") or {}
        chosen = sql or (self.project.variants[variant_key(model.name, others)] if others else model.sql)
        return values_for(
            chosen,
            variables.get("as_of_date", self.bed.as_of),
            variables.get("known_at") or EVERYTHING_KNOWN,
            variables.get("aging_days", self.bed.aging_days),
        )

    def _relation(self, input_: str, model: str) -> str:
        if input_ == "this":
            return self.project.models[model].relation
        found = _INPUT.match(input_.replace('"', "'"))
        assert found, f"not a ref, a source or this: {input_}"
        kind, first, second = found.groups()
        if kind == "source":
            return f'"ledgerhouse"."{first}"."{second}"'
        return (self.project.models.get(first) or self.project.seeds[first]).relation

    def _types(self, relation: str) -> dict[str, str]:
        if relation not in self.described:
            columns = self.bed.query(f"describe {relation}")
            self.described[relation] = {name: type_ for name, type_, *_ in columns}
        return self.described[relation]

    def _make(self, name: str, said: Test, types: Mapping[str, str]) -> None:
        if said.get("format") == "sql":
            self.bed.connection.execute(f"create or replace temp table {name} as {said['rows']}")
            return
        rows = _rows(said)
        stated = {column for row in rows for column in row}
        assert stated <= set(types), f"{name} has no column {sorted(stated - set(types))}"
        listed = ", ".join(f'cast("{column}" as {type_}) as "{column}"' for column, type_ in types.items())
        self.bed.connection.register("stated", texts(rows, list(types)))
        self.bed.connection.execute(f"create or replace temp table {name} as select {listed} from stated")
        self.bed.connection.unregister("stated")


def _rows(said: Test) -> Sequence[Mapping[str, Any]]:
    rows = said["rows"]
    if isinstance(rows, str):
        return [
            {name: value or None for name, value in row.items()} for row in csv.DictReader(io.StringIO(rows))
        ]
    return rows or []
