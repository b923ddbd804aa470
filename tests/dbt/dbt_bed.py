"""A warehouse in memory on which the compiled project is executed statement by statement, without dbt.

What dbt adds (contracts, its own tests' configuration) one real ``dbt build`` in the suite looks after.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
from dbt_compiled import (
    AGING_DAYS,
    AS_OF,
    BUILDS,
    BUILDS_COLUMNS,
    DATES_CHANGES,
    KNOWN_AT,
    SEEN,
    Compiled,
    Model,
)
from dbt_raw_warehouse import RawWarehouse

from pipelines.dbt_sources import SOURCES

EVERYTHING_KNOWN = "9999-12-31 00:00:00+00"


class Bed:
    """``raw`` takes the loads, ``build`` makes the models of them, ``failing`` tells which data tests fail.

    ``update`` builds as a later run of dbt does: of incremental models, what changed since.

    ``sources`` are those that are switched on: the raw tables of the others do not exist. The session is in
    ``timezone`` while it builds.
    """

    def __init__(
        self,
        project: Compiled,
        *,
        as_of: str = "2026-06-30",
        known_at: str = EVERYTHING_KNOWN,
        aging_days: int = 90,
        sources: Iterable[str] = SOURCES,
        threads: int = 2,
        timezone: str = "UTC",
    ) -> None:
        self.project = project
        self.as_of, self.known_at, self.aging_days = as_of, known_at, aging_days
        self.sources = frozenset(sources)
        self.timezone = timezone
        self.replaced: dict[str, str] = {}
        self.seen: dict[str, str] = {}
        self.connection = duckdb.connect(":memory:", config={"threads": threads})
        self.connection.execute("ATTACH ':memory:' AS ledgerhouse; USE ledgerhouse")
        self.connection.execute("SET TimeZone='UTC'; SET preserve_insertion_order=false")
        self.raw = RawWarehouse(self.connection, [source for source in SOURCES if source in self.sources])
        if self.sources:
            self._make_loads_of_absent_sources()
        self._make_schemas_and_seeds()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql).fetchall()

    def build(self, *names: str) -> None:
        """Build the models named, with all that they need; every model when none is named."""
        self.connection.execute(f"SET TimeZone='{self.timezone}'")
        for model in self.needed(names):
            self._make(model)
        self.connection.execute("SET TimeZone='UTC'")

    def update(self, *names: str) -> None:
        """As ``build``, on what stands: incremental models write what changed, every other model is made anew."""
        self.connection.execute(f"SET TimeZone='{self.timezone}'")
        for model in self.needed(names):
            if model.sql_of_changes is not None:
                self._make_again(model, model.sql_of_changes)
            elif model.materialized != "view":
                self._make(model)
        self.connection.execute("SET TimeZone='UTC'")

    def behind(self, name: str) -> list[str]:
        """The model and all that read it, in the order of their building."""
        found = {name}
        for model in self.project.models.values():
            if found & set(model.needs):
                found.add(model.name)
        return [each for each in self.project.models if each in found]

    def failing(self, models: Iterable[str] | None = None) -> dict[str, int]:
        """How many rows each data test finds that finds any; only tests that read one of ``models``, if given."""
        among = None if models is None else set(models)
        failing = {}
        for test in self.project.tests:
            if among is None or among & set(test.needs):
                sql = f"select count(*) from ({self.with_values(test.sql)}) as found"
                (count,) = self.query(sql)[0]
                if count:
                    failing[test.name] = count
        return failing

    def with_values(self, sql: str) -> str:
        """SQL with the bed's values in the places of the variables."""
        return values_for(sql, self.as_of, self.known_at, self.aging_days)

    def sql_of(self, model: Model) -> str:
        if model.name in self.replaced:
            return self.replaced[model.name]
        return model.sql if self._is_on(model) else model.sql_without_source

    def _is_on(self, model: Model) -> bool:
        return not model.sources or bool(model.sources & self.sources)

    def make(self, name: str) -> None:
        """Build one model again, of what it reads as it is."""
        self._make(self.project.models[name])

    def _make(self, model: Model) -> None:
        kind = "VIEW" if model.materialized == "view" else "TABLE"
        sql = self.with_values(self.sql_of(model))
        self.connection.execute(f"CREATE OR REPLACE {kind} {model.relation} AS {sql}")
        self._note(model)

    def _make_again(self, model: Model, sql: str) -> None:
        """What dbt and the macros of the project do with an incremental model that stands."""
        seen = self.seen.get(model.name, SEEN)
        sql = self.with_values(sql).replace(SEEN, seen)
        if model.materialized != "incremental":
            self.connection.execute(f"CREATE OR REPLACE TABLE {model.relation} AS {sql}")
            return
        changed = (
            f"select document_key from {self._changes(model)} where changed_at > timestamptz '{seen}+00'"
        )
        always = f" or {model.meta['always']}" if "always" in model.meta else ""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE written AS {sql}")
        self.connection.execute(
            f"DELETE FROM {model.relation} WHERE {model.meta['unit']} IN ({changed}){always};"
            f" INSERT INTO {model.relation} BY NAME FROM written"
        )
        self._note(model)

    def _changes(self, model: Model) -> str:
        return self.project.models[model.meta.get("changes", DATES_CHANGES[-1])].relation

    def _note(self, model: Model) -> None:
        """Up to when an incremental model has seen changes: no further than those that it is made of."""
        if model.materialized != "incremental":
            return
        until = "strftime(timezone('UTC', max(changed_at)), '%Y-%m-%d %H:%M:%S.%f')"
        latest = self.query(f"select coalesce({until}, '{SEEN}') from {self._changes(model)}")[0][0]
        alike = [
            self.seen[name]
            for name in model.needs
            if name in self.seen and self._changes(self.project.models[name]) == self._changes(model)
        ]
        self.seen[model.name] = min([latest, *alike])
        self.connection.execute(
            f"INSERT INTO {BUILDS} VALUES ('{model.name}', '{self.seen[model.name]}+00', '', current_timestamp)"
        )

    def needed(self, names: Iterable[str]) -> list[Model]:
        """The models named and all that they are made of, in the order of their building; all when none is named."""
        wanted = set(names)
        models = self.project.models
        if not wanted:
            return list(models.values())
        for name in reversed(list(models)):
            if name in wanted:
                wanted |= set(models[name].needs)
        return [model for model in models.values() if model.name in wanted]

    def _make_loads_of_absent_sources(self) -> None:
        """A model of several sources is compiled for all of them or none: an absent one has no loads there."""
        for source in set(SOURCES) - self.sources:
            RawWarehouse(self.connection, [source], only=("_dlt_loads",))

    def _make_schemas_and_seeds(self) -> None:
        relations = [node.relation for node in (*self.project.models.values(), *self.project.seeds.values())]
        for schema in sorted({relation.rpartition(".")[0] for relation in relations}):
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self.connection.execute(f"CREATE TABLE {BUILDS} ({BUILDS_COLUMNS})")
        for seed in self.project.seeds.values():
            types = "{" + ", ".join(f"'{name}': '{type_}'" for name, type_ in seed.types.items()) + "}"
            options = f", types = {types}" if seed.types else ""
            self.connection.execute(
                f"CREATE TABLE {seed.relation} AS SELECT * FROM read_csv('{seed.path}', header = true{options})"
            )


def values_for(sql: str, as_of: str, known_at: str, aging_days: int) -> str:
    values: Mapping[str, str] = {AS_OF: as_of, KNOWN_AT: known_at, str(AGING_DAYS): str(aging_days)}
    for word, value in values.items():
        sql = sql.replace(word, value)
    return sql
