"""The manifest and the catalogue → entries: one form for raw tables, models, seeds, metrics and questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipelines.catalog import ColumnEntry, ResourceEntry, TableEntry

# The parts of the page, in their order.
QUESTIONS, METRICS, MARTS = "Questions", "Metrics", "Marts"
INTERMEDIATE, STAGING, SEEDS, RAW = "Intermediate", "Staging", "Seeds", "Raw tables"
PARTS = (QUESTIONS, METRICS, MARTS, INTERMEDIATE, STAGING, SEEDS, RAW)
_LAYERS = {"marts": MARTS, "intermediate": INTERMEDIATE, "staging": STAGING}


@dataclass(frozen=True)
class Field:
    """A column; ``notes`` are what the extraction knows of it beyond its description."""

    name: str
    type: str
    description: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """Something that has a name. ``up`` are the ids of what it is made of, ``down`` of what is made of it."""

    id: str
    part: str
    group: str
    name: str
    description: str
    facts: tuple[tuple[str, str], ...] = ()
    fields: tuple[Field, ...] = ()
    tests: tuple[str, ...] = ()
    up: tuple[str, ...] = ()
    down: tuple[str, ...] = ()


def entries_of(manifest: Mapping[str, Any], resources: Sequence[ResourceEntry]) -> list[Entry]:
    """Every entry, part by part, with its links in both directions."""
    tests, keys = _tests(manifest), _keys(manifest)
    found = [
        *(_exposure(node) for node in manifest["exposures"].values()),
        *(_metric(node, manifest) for node in manifest["metrics"].values()),
        *(
            _node(node, tests, keys)
            for node in manifest["nodes"].values()
            if node["resource_type"] in ("model", "seed")
        ),
        *_raw_tables(manifest, resources, tests),
    ]
    known = {entry.id for entry in found}
    down: dict[str, list[str]] = {}
    for entry in found:
        for each in entry.up:
            down.setdefault(each, []).append(entry.id)
    linked = [
        replace(
            entry,
            up=tuple(sorted(known.intersection(entry.up))),
            down=tuple(sorted(down.get(entry.id, ()))),
        )
        for entry in found
    ]
    return sorted(linked, key=lambda entry: (PARTS.index(entry.part), entry.group, entry.name))


def _exposure(node: Mapping[str, Any]) -> Entry:
    facts = (("owner", node["owner"]["name"]), ("kind", node["type"]), ("maturity", node["maturity"] or ""))
    return Entry(
        node["unique_id"],
        QUESTIONS,
        "",
        node["label"] or node["name"],
        node["description"],
        facts,
        up=tuple(node["depends_on"]["nodes"]),
    )


def _metric(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> Entry:
    """A metric stands on the models of its measures and, when it is a ratio, on other metrics."""
    models = manifest["semantic_models"]
    parents = node["depends_on"]["nodes"]
    up = [models[each]["depends_on"]["nodes"][0] if each in models else each for each in parents]
    meta = node["config"]["meta"]
    grouped = ", ".join(meta.get("group_by", []))
    facts = [("label", node["label"]), ("unit", meta.get("unit", "")), ("group by", grouped)]
    facts.extend(_made_of(node, models.values()))
    return Entry(
        node["unique_id"],
        METRICS,
        "",
        node["name"],
        node["description"],
        tuple(fact for fact in facts if fact[1]),
        up=tuple(up),
    )


def _made_of(node: Mapping[str, Any], models: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    parameters = node["type_params"]
    if node["type"] == "ratio":
        yield "ratio", f"{parameters['numerator']['name']} / {parameters['denominator']['name']}"
        return
    if node["type"] == "derived":
        yield "formula", parameters["expr"]
        return
    for model in models:
        for measure in model["measures"]:
            if measure["name"] == parameters["measure"]["name"]:
                yield "measure", f"{measure['agg']}({measure['expr']}), of {model['name']}"
                if measure["non_additive_dimension"]:
                    yield "balance", "of the period's last day; never added up over time"


def _node(node: Mapping[str, Any], tests: Mapping[str, list[str]], keys: Mapping[str, str]) -> Entry:
    is_seed = node["resource_type"] == "seed"
    meta = node["config"]["meta"]
    facts = [
        ("relation", f"{node['schema']}.{node['name']}"),
        ("grain", ", ".join(meta.get("grain", [])) or keys.get(node["unique_id"], "")),
        ("built as", node["config"]["materialized"]),
        ("sum of", meta.get("sum_of", "")),
    ]
    money = meta.get("money", {})
    types = node["config"].get("column_types") or {}
    fields = tuple(
        Field(
            column["name"],
            column.get("data_type") or types.get(column["name"], ""),
            column["description"],
            (f"currency: {money[column['name']]}",) if column["name"] in money else (),
        )
        for column in node["columns"].values()
    )
    return Entry(
        node["unique_id"],
        SEEDS if is_seed else _LAYERS[node["fqn"][1]],
        # project, layer, folder, name: not every layer has folders
        node["fqn"][2] if len(node["fqn"]) > 3 else "",
        node["name"],
        node["description"],
        tuple(fact for fact in facts if fact[1]),
        fields,
        tuple(tests.get(node["unique_id"], ())),
        tuple(node["depends_on"].get("nodes", ())),
    )


def _tests(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The tests of each node: those attached to it, and those that read it and belong to none."""
    found: dict[str, list[str]] = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            attached = node.get("attached_node")
            for each in [attached] if attached else node["depends_on"]["nodes"]:
                found.setdefault(each, []).append(_test_name(node))
    return {each: sorted(set(names)) for each, names in found.items()}


def _keys(manifest: Mapping[str, Any]) -> dict[str, str]:
    """The columns by which a test holds the rows of a node apart: its grain where it states none."""
    found: dict[str, str] = {}
    for node in manifest["nodes"].values():
        test = node.get("test_metadata") or {}
        if test.get("name") == "unique":
            found.setdefault(node["attached_node"], node["column_name"])
        elif test.get("name") == "unique_key":
            found[node["attached_node"]] = ", ".join(test["kwargs"]["columns"])
    return found


def _test_name(node: Mapping[str, Any]) -> str:
    kind = (node.get("test_metadata") or {}).get("name", node["name"])
    of = f" {node['column_name']}" if node.get("column_name") else ""
    severity = "" if node["config"]["severity"].lower() == "error" else " (warns)"
    return f"{kind}{of}{severity}"


def _raw_tables(
    manifest: Mapping[str, Any], resources: Sequence[ResourceEntry], tests: Mapping[str, list[str]]
) -> Iterator[Entry]:
    extracted = {(each.source, table.name): (each, table) for each in resources for table in each.tables}
    for node in manifest["sources"].values():
        resource, table = extracted.get((node["source_name"], node["name"]), (None, None))
        meta = node["config"].get("meta") or node["meta"]
        facts = [
            ("relation", f"{node['schema']}.{node['name']}"),
            ("key", ", ".join(meta.get("key", []))),
            ("parent", meta.get("parent", "")),
            *(_extraction(resource) if resource else ()),
        ]
        yield Entry(
            node["unique_id"],
            RAW,
            node["source_name"],
            node["name"],
            node["description"],
            tuple(fact for fact in facts if fact[1]),
            tuple(_raw_fields(node, table)),
            tuple(tests.get(node["unique_id"], ())),
        )


def _extraction(resource: ResourceEntry) -> Iterator[tuple[str, str]]:
    yield "resource", f"{resource.source}.{resource.name}"
    yield "cursor", resource.cursor or ""


def _raw_fields(node: Mapping[str, Any], table: TableEntry | None) -> Iterator[Field]:
    known = {column.name: column for column in table.columns} if table else {}
    for column in node["columns"].values():
        notes = tuple(_notes(known[column["name"]])) if column["name"] in known else ()
        yield Field(column["name"], column["data_type"] or "", column["description"], notes)


def _notes(column: ColumnEntry) -> Iterator[str]:
    if column.personal:
        yield "personal"
    if not column.nullable:
        yield "not null"
    if column.codes:
        yield "known: " + ", ".join(column.codes)
