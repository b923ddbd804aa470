"""dbt-bigquery in this process, on whatever stands in for a project of Google's."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest import mock

from dbt.cli.main import dbtRunner
from dbt_project import PROJECT

# a saved query has nothing to build
BUILT = ("success", "pass", "warn", "no-op", "NO-OP")
# When a build found what, and by which engine's hash: no two runs agree on that.
RUN_ONLY = ("incremental_builds", "int_ap__documents_told", "int_ap__documents_changed")
DATASETS = ("analytics_seeds", "analytics_staging", "analytics_intermediate", "analytics")
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
WITHOUT_TESTS = ("--exclude-resource-type", "test", *WITHOUT_UNIT_TESTS)


def run(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], variables: Mapping[str, Any]
) -> list[Any]:
    """The result of each node, those that failed too. The artefacts go into ``folder``."""
    options = ["--profiles-dir", str(PROJECT), "--project-dir", str(PROJECT), "--quiet"]
    options += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    options += ["--vars", json.dumps(variables)]
    profile = {
        "LEDGERHOUSE_TARGET": "bigquery",
        "LEDGERHOUSE_BIGQUERY_METHOD": "oauth-secrets",
        "LEDGERHOUSE_BIGQUERY_TOKEN": "none",
        "LEDGERHOUSE_THREADS": "1",
        "DO_NOT_TRACK": "1",
    }
    with mock.patch.dict("os.environ", profile | environment), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = dbtRunner().invoke([*arguments, *options])
    if done.exception is not None:
        raise done.exception
    return list(done.result)


def failures(results: list[Any]) -> list[str]:
    """The nodes that were not built, and why."""
    return [f"{each.node.name}: {each.message}" for each in results if str(each.status) not in BUILT]
