"""The project's SQL as dbt compiles it for DuckDB, compiled once for a state of the project and kept.

Dates and times that are variables are compiled as words, which a bed replaces by the values that it wants.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from dbt_project import PROJECT, Dbt

# What a bed replaces. Ageing days must be a number to dbt, so it is one that nothing else in the project is.
AS_OF, KNOWN_AT, AGING_DAYS = "AS_OF_DATE", "KNOWN_AT_TIME", 7919
# Up to when a model that stands already has seen changes.
SEEN = "1999-12-31 23:59:58.000000"
BUILDS = "analytics_intermediate.incremental_builds"
BUILDS_COLUMNS = "model_name text, changed_until timestamptz, settings text, built_at timestamptz"
DATES_CHANGES = ("int_ap__documents_told", "int_ap__documents_changed")
WORDS: Mapping[str, Any] = {"as_of_date": AS_OF, "known_at": KNOWN_AT, "aging_days": AGING_DAYS}
KEPT = 4
_MODEL = "model.ledgerhouse."


@dataclass(frozen=True)
class Model:
    """A model's SQL. ``sql_without_source`` is what staging becomes where the raw tables are not there."""

    name: str
    layer: str
    relation: str
    materialized: str
    needs: tuple[str, ...]
    sources: frozenset[str]
    sql: str
    sql_without_source: str
    sql_of_changes: str | None
    """What a build writes of an incremental model that stands already; and of the models that date changes."""

    columns: Mapping[str, Any]
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class DataTest:
    """A data test: it fails where its SQL gives rows."""

    name: str
    kind: str
    severity: str
    needs: tuple[str, ...]
    attached: str | None
    arguments: Mapping[str, Any]
    sql: str


@dataclass(frozen=True)
class Seed:
    """A seed's file, and the types that it states."""

    name: str
    relation: str
    path: Path
    types: Mapping[str, str]


@dataclass(frozen=True)
class Compiled:
    """The project: models in the order of their building, seeds, data tests and unit tests as dbt read them."""

    models: Mapping[str, Model]
    seeds: Mapping[str, Seed]
    tests: tuple[DataTest, ...]
    unit_tests: tuple[Mapping[str, Any], ...]
    variants: Mapping[str, str]
    """SQL of a model under the variables of a unit test that are no words, by ``variant_key``."""

    inline: Mapping[str, str]
    manifest: Mapping[str, Any]
    """dbt's manifest without what is dbt's own: its macros, and the SQL that it made."""

    semantic: Mapping[str, Any]
    """dbt's semantic manifest, as MetricFlow reads it."""


def below_staging(project: Compiled) -> list[Model]:
    return [model for model in project.models.values() if model.layer != "staging"]


def variant_key(model: str, variables: Mapping[str, Any]) -> str:
    return f"{model} {json.dumps(variables, sort_keys=True)}"


_DESCRIBED = (
    "sources",
    "exposures",
    "metrics",
    "semantic_models",
    "saved_queries",
    "parent_map",
    "child_map",
)
# Statements with macros that tests ask the warehouse.
INLINE = {
    "divide": "select {{ money_divide('numerator', 'denominator') }} as quotient from pairs order by i",
    "open_items": "{{ ap_open_items(\"date 'AS_OF'\", \"timestamptz 'KNOWN+00'\") }}",
}


def compiled(kept: Path) -> Compiled:
    """The project compiled; ``kept`` is a folder where what was compiled before may lie."""
    kept.mkdir(parents=True, exist_ok=True)
    found = kept / f"{_fingerprint()}.json"
    with locked(kept / "lock"):
        if not found.exists():
            found.with_suffix(".part").write_text(json.dumps(_compile()))
            found.with_suffix(".part").rename(found)
            for old in sorted(kept.glob("*.json"), key=lambda path: path.stat().st_mtime)[:-KEPT]:
                old.unlink()
    return _read(json.loads(found.read_text()))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """What one process of a run makes, the others wait for."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted(PROJECT.rglob("*")):
        if path.suffix in (".sql", ".yml", ".csv") and "target" not in path.parts:
            digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:24]


def _compile() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="dbt-compiled-") as folder:
        absent = Dbt(Path(folder) / "ledgerhouse.duckdb", WORDS)
        absent.run("compile", "--select", "staging")
        without = absent.manifest()["nodes"]
        dbt = Dbt(Path(folder) / "ledgerhouse.duckdb", WORDS)
        dbt.run("compile", "--no-introspect")
        manifest = dbt.manifest()
        semantic = json.loads((dbt.target / "semantic_manifest.json").read_text())
        variants = {}
        for model, variables in _variants(manifest):
            variant = Dbt(dbt.database, {**WORDS, **variables})
            variant.run("compile", "--no-introspect", "--select", model)
            sql = variant.manifest()["nodes"][_MODEL + model]["compiled_code"]
            variants[variant_key(model, variables)] = sql
        again = _compile_again(Path(folder) / "again" / "ledgerhouse.duckdb", dbt, manifest)
        inline = {}
        for name, sql in INLINE.items():
            answer = dbt.run("--quiet", "compile", "--no-introspect", "--inline", sql, "--output", "json")
            inline[name] = json.loads(answer)["compiled"]
    return {
        "nodes": manifest["nodes"],
        "described": {part: manifest[part] for part in _DESCRIBED},
        "semantic": semantic,
        "unit_tests": [test for test in manifest["unit_tests"].values() if test["config"]["enabled"]],
        "without": {key: node["compiled_code"] for key, node in without.items() if node.get("compiled_code")},
        "variants": variants,
        "again": again,
        "inline": inline,
    }


def _compile_again(database: Path, dbt: Dbt, manifest: Mapping[str, Any]) -> dict[str, str]:
    """The SQL of the models of which a build writes changes only, where tables stand that this project made."""
    nodes = [node for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    incremental = {node["name"]: node for node in nodes if node["config"]["materialized"] == "incremental"}
    settings = ", ".join(f"'{name}': build_settings('{_MODEL}{name}')" for name in incremental)
    asked = "{{ {" + settings + "} | tojson }}"
    answer = dbt.run("--quiet", "compile", "--no-introspect", "--inline", asked, "--output", "json")
    made = json.loads(json.loads(answer)["compiled"])
    database.parent.mkdir()
    with duckdb.connect(str(database)) as connection:
        for node in nodes:
            if node["name"] in (*incremental, *DATES_CHANGES):
                connection.execute(f"create schema if not exists {node['schema']}")
                connection.execute(f"create table {node['relation_name']} (document_key varchar)")
        connection.execute(f"create table {BUILDS} ({BUILDS_COLUMNS})")
        for name, settings in made.items():
            connection.execute(f"insert into {BUILDS} values (?, '{SEEN}+00', ?, now())", [name, settings])
    again = Dbt(database, WORDS)
    again.run("compile", "--select", *incremental, *DATES_CHANGES)
    compiled_nodes = again.manifest()["nodes"]
    return {name: compiled_nodes[_MODEL + name]["compiled_code"] for name in (*incremental, *DATES_CHANGES)}


def _variants(manifest: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    wanted = {}
    for test in manifest["unit_tests"].values():
        variables = other_variables(test)
        if variables:
            wanted[variant_key(test["model"], variables)] = (test["model"], variables)
    return list(wanted.values())


def other_variables(unit_test: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a unit test that are not compiled as words."""
    overrides = (unit_test.get("overrides") or {}).get("vars") or {}
    return {name: value for name, value in overrides.items() if name not in WORDS}


def _read(stored: Mapping[str, Any]) -> Compiled:
    nodes = stored["nodes"]
    models = {
        node["name"]: Model(
            name=node["name"],
            layer=node["fqn"][1],
            relation=node["relation_name"],
            materialized=node["config"]["materialized"],
            needs=tuple(_names(node)),
            sources=frozenset(
                parent.split(".")[2] for parent in node["depends_on"]["nodes"] if parent.startswith("source.")
            ),
            sql=node["compiled_code"],
            sql_without_source=stored["without"].get(key, node["compiled_code"]),
            sql_of_changes=stored["again"].get(node["name"]),
            columns=node["columns"],
            meta=node["config"]["meta"],
        )
        for key, node in nodes.items()
        if node["resource_type"] == "model"
    }
    return Compiled(
        models={name: models[name] for name in _in_order(models)},
        seeds={
            node["name"]: Seed(
                node["name"],
                node["relation_name"],
                PROJECT / node["original_file_path"],
                node["config"]["column_types"],
            )
            for node in nodes.values()
            if node["resource_type"] == "seed"
        },
        tests=tuple(_test(node) for node in nodes.values() if node["resource_type"] == "test"),
        unit_tests=tuple(stored["unit_tests"]),
        variants=stored["variants"],
        inline=stored["inline"],
        manifest={"nodes": nodes, **stored["described"]},
        semantic=stored["semantic"],
    )


def _test(node: Mapping[str, Any]) -> DataTest:
    generic = node.get("test_metadata") or {}
    return DataTest(
        name=node["name"],
        kind=generic.get("name", "singular"),
        severity=node["config"]["severity"].lower(),
        needs=tuple(_names(node)),
        attached=(node.get("attached_node") or "").rpartition(".")[2] or None,
        arguments=generic.get("kwargs", {}),
        sql=node["compiled_code"],
    )


def _names(node: Mapping[str, Any]) -> Iterator[str]:
    """The models and seeds that a node reads."""
    for parent in node["depends_on"]["nodes"]:
        kind, _, name = parent.split(".", 2)
        if kind in ("model", "seed"):
            yield name


def _in_order(models: Mapping[str, Model]) -> list[str]:
    done: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in models and name not in done:
            for parent in sorted(models[name].needs):
                visit(parent)
            done[name] = None

    for name in sorted(models):
        visit(name)
    return list(done)
