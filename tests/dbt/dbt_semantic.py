"""What a metric of the semantic layer means in SQL: as much of MetricFlow as the project's metrics need.

MetricFlow is a package of its own that the project does not need to run: here its rules are followed from dbt's
semantic manifest. A simple metric aggregates its measure, a balance (``non_additive_dimension``) only in the rows
of the last day of each period; ratios and derived metrics combine what others give, group by group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlglot
from dbt_bed import Bed
from sqlglot import exp

Group = tuple[Any, ...]


class Semantics:
    """The semantic manifest, with its metrics and measures by name."""

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self.models = {model["name"]: model for model in manifest["semantic_models"]}
        self.metrics = {metric["name"]: metric for metric in manifest["metrics"]}
        self.saved_queries = manifest["saved_queries"]
        self.spines = manifest["project_configuration"]["time_spines"]
        self.measures = {
            measure["name"]: (model, measure)
            for model in self.models.values()
            for measure in model["measures"]
        }

    def leaves(self, metric: str) -> Iterator[str]:
        """The measures that a metric comes to."""
        for measure in self.metrics[metric]["type_params"]["input_measures"]:
            yield measure["name"]

    def answer(self, bed: Bed, metric: str, by: Sequence[str] = (), month: bool = False) -> dict[Group, Any]:
        """The metric for each group; ``month`` makes the month of its time the last part of the group."""
        definition = self.metrics[metric]
        parameters = definition["type_params"]
        if definition["type"] == "simple":
            return self._simple(bed, parameters["measure"]["name"], by, month)
        if definition["type"] == "ratio":
            above, below = (
                self.answer(bed, parameters[side]["name"], by, month) for side in ("numerator", "denominator")
            )
            return {
                group: above[group] / below[group]
                for group in above
                if above[group] is not None and below.get(group)
            }
        assert definition["type"] == "derived", definition["type"]
        inputs = {each["name"]: self.answer(bed, each["name"], by, month) for each in parameters["metrics"]}
        return {
            group: bed.query(
                _with_values(parameters["expr"], {name: inputs[name][group] for name in inputs})
            )[0][0]
            for group in next(iter(inputs.values()))
        }

    def sql(self, measure: str, by: Sequence[str], month: bool) -> str:
        """The statement: the columns of ``by``, the month, the measure."""
        model, definition = self.measures[measure]
        time = definition["agg_time_dimension"] or model["defaults"]["agg_time_dimension"]
        parts = {
            part["name"]: part["expr"] or part["name"] for part in (*model["entities"], *model["dimensions"])
        }
        period = [f"date_trunc('month', {parts[time]})"] if month else []
        keys = [*(parts[name] for name in by), *period]
        relation = model["node_relation"]["relation_name"]
        rows = relation
        if balance := definition["non_additive_dimension"]:
            assert (balance["window_choice"], balance["window_groupings"]) == ("max", [])
            day = parts[balance["name"]]
            over = f"partition by {period[0]}" if month else ""
            rows = f"(select * from {relation} qualify {day} = max({day}) over ({over}))"
        return (
            f"select {''.join(f'{key}, ' for key in keys)}{definition['agg']}({definition['expr']})"
            f" from {rows} as facts group by all"
        )

    def _simple(self, bed: Bed, measure: str, by: Sequence[str], month: bool) -> dict[Group, Any]:
        return {tuple(row[:-1]): row[-1] for row in bed.query(self.sql(measure, by, month))}


def columns_in(expression: str) -> set[str]:
    """The columns that an expression reads."""
    return {column.name for column in sqlglot.parse_one(expression, dialect="duckdb").find_all(exp.Column)}


def _with_values(expression: str, values: Mapping[str, Any]) -> str:
    tree = sqlglot.parse_one(expression, dialect="duckdb")
    for column in list(tree.find_all(exp.Column)):
        column.replace(sqlglot.parse_one(str(values[column.name])))
    return f"select {tree.sql(dialect='duckdb')}"
