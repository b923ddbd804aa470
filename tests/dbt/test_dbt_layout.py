"""How the facts are laid out on BigQuery, where a query is billed for the bytes that it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt_project import PROJECT

MOST_CLUSTERING_COLUMNS = 4


def _facts() -> dict[str, dict[str, Any]]:
    """The YAML of every fct_ model, by name, and by no list: a new fact is in it."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted((PROJECT / "models" / "marts").rglob("fct_*.sql")):
        models = yaml.safe_load(Path(path).with_suffix(".yml").read_text())["models"]
        found[path.stem] = next(model for model in models if model["name"] == path.stem)
    return found


# Models of which a run writes what changed: those of the ledger in their order, and the evidence; the others are small,
# or are about a day, and every row of them may be another one tomorrow.
INCREMENTAL = {
    "int_ap__document_versions",
    "int_ap__document_revisions",
    "int_ap__installments_exploded",
    "int_ap__document_payments",
    "int_ap__payment_applications",
    "int_ap__payable_entries",
    "int_ap__payable_events",
    "fct_payable_event",
    "fct_record_evidence",
}


def test_what_grows_with_history_and_knows_no_day_is_incremental_and_nothing_else() -> None:
    found = {}
    for path in sorted((PROJECT / "models").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text()).get("models") or []:
            if (model.get("config") or {}).get("materialized") == "incremental":
                found[model["name"]] = model["config"]
    assert set(found) == INCREMENTAL
    for config in found.values():
        assert config["post_hook"] == "{{ note_build() }}"
        assert config["on_schema_change"] == "fail"
        assert config["meta"]["unit"] == "document_key"


@pytest.mark.parametrize("fact", _facts().values(), ids=_facts().keys())
def test_every_fact_is_partitioned_by_a_date_of_its_own_and_clustered_by_what_it_is_joined_on(
    fact: dict[str, Any],
) -> None:
    types = {column["name"]: str(column["data_type"]) for column in fact["columns"]}
    partition = fact["config"]["partition_by"]
    kind = types[partition["field"]]
    assert partition["data_type"] == ("timestamp" if "timestamp" in kind else kind)
    assert partition["data_type"] in ("date", "timestamp")
    # by day, ten years of history would be more partitions than one statement may write (4000)
    assert partition["granularity"] == "month"
    clustered_by = fact["config"]["cluster_by"]
    assert 1 <= len(clustered_by) <= MOST_CLUSTERING_COLUMNS
    assert set(clustered_by) <= set(types)
