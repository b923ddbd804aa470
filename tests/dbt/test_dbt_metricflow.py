"""The semantic layer as MetricFlow itself understands it: ``make test-metrics``.

MetricFlow stands in an environment of its own (``requirements-metrics.lock``), for the project does not need it to run.
Its answers must be those of ``dbt_semantic``, by which metrics are held against the marts in the default suite.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dbt_bed import Bed
from dbt_compiled import Compiled
from dbt_project import AS_OF, PROJECT, Dbt
from dbt_semantic import Semantics

pytestmark = [pytest.mark.metrics, pytest.mark.timeout(900)]
BIN = PROJECT.parent / ".venv-metrics" / "bin"
VARIABLES = {"as_of_date": AS_OF, "using_discount_terms": True}
_ASKED_BY = re.compile(r"(?:Entity|Dimension)\('(?:\w+__)?(\w+)'\)")
Answers = dict[tuple[Any, ...], Any]


@pytest.fixture(scope="module")
def metricflow(demo: Dbt, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """``mf`` on the demo rows, in a copy of the project: it writes where it stands."""
    project = tmp_path_factory.mktemp("metricflow") / "dbt_models"
    shutil.copytree(PROJECT, project, ignore=shutil.ignore_patterns("target", "logs"))
    environment = os.environ | {"LEDGERHOUSE_DATABASE": str(demo.database), "DBT_PROFILES_DIR": str(project)}

    def run(program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(BIN / program), *arguments],
            cwd=project,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
        return done.stdout + done.stderr

    run("dbt", "parse", "--vars", json.dumps(VARIABLES))
    return run


def test_every_definition_is_valid_on_the_warehouse(metricflow: Callable[..., str]) -> None:
    said = metricflow("mf", "validate-configs")
    found = re.findall(r"ERRORS: (\d+), FUTURE_ERRORS: (\d+), WARNINGS: (\d+)", said)
    assert len(found) >= 6, said
    assert set(found) == {("0", "0", "0")}


def test_every_saved_query_gives_what_the_metrics_are_tested_by(
    metricflow: Callable[..., str], project: Compiled, demo_bed: Bed, tmp_path: Path
) -> None:
    semantics = Semantics(project.semantic)
    different, compared = {}, 0
    for saved in semantics.saved_queries:
        asked = saved["query_params"]
        months = [part for part in asked["group_by"] if "TimeDimension" in part]
        if any("'day'" in part for part in months):
            continue  # asked of the last day, below
        by = [found.group(1) for part in asked["group_by"] if (found := _ASKED_BY.fullmatch(part))]
        file = tmp_path / f"{saved['name']}.csv"
        metricflow("mf", "query", "--saved-query", saved["name"], "--csv", str(file))
        for metric in asked["metrics"]:
            theirs = _read(file, metric, by, month=bool(months))
            ours = _present(semantics.answer(demo_bed, metric, by, month=bool(months)))
            compared += len(ours)
            if not _equal(theirs, ours):
                different[saved["name"], metric] = (theirs, ours)
    assert different == {}
    assert compared > 50


@pytest.mark.parametrize("by_company", [False, True], ids=["in all", "by company"])
def test_a_balance_is_that_of_the_last_day_whatever_it_is_grouped_by(
    metricflow: Callable[..., str], project: Compiled, demo_bed: Bed, tmp_path: Path, by_company: bool
) -> None:
    semantics = Semantics(project.semantic)
    by = ["currency", "company"] if by_company else ["currency"]
    metrics = ["ap_open_amount", "ap_overdue_amount", "ap_credit_amount"]
    file = tmp_path / "balances.csv"
    query = ["--metrics", ",".join(metrics), "--group-by", ",".join(by), "--csv", str(file)]
    metricflow("mf", "query", *query)
    for metric in metrics:
        assert _equal(_read(file, metric, by), _present(semantics.answer(demo_bed, metric, by))), metric


def _read(file: Path, metric: str, by: Sequence[str], month: bool = False) -> Answers:
    """What MetricFlow wrote, group by group; nothing where it has nothing."""
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    answers = {}
    for row in rows:
        group: list[Any] = [_group(row, name) for name in by]
        if month:
            said = row["metric_time__month"]
            group.append(datetime.fromisoformat(said).date() if said else None)
        if row[metric] not in ("", "NULL", "None", "nan"):
            answers[tuple(group)] = Decimal(row[metric])
    return _present(answers)


def _group(row: Mapping[str, str], name: str) -> str:
    """The column of an entity has its name, that of a dimension begins with its entity's."""
    [column] = [column for column in row if column == name or column.endswith(f"__{name}")]
    return row[column]


def _present(answers: Answers) -> Answers:
    """Without the groups that have nothing, or nothing divided by nothing."""
    return {group: value for group, value in answers.items() if value and value == value}


def _equal(theirs: Answers, ours: Answers) -> bool:
    said = {tuple(map(_plain, group)): value for group, value in theirs.items()}
    wanted = {tuple(map(_plain, group)): value for group, value in ours.items()}
    return said.keys() == wanted.keys() and all(
        float(said[group]) == pytest.approx(float(wanted[group]), rel=1e-9) for group in wanted
    )


def _plain(part: Any) -> str:
    """A month is a date to one and a timestamp to the other."""
    return str(part.date() if isinstance(part, datetime) else part)
