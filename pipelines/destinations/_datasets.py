"""What the datasets are called: each source's raw tables, and the models.

``roit``, ``tereina``, ``solvimon`` and ``analytics``, unless ``DESTINATION__DATASETS__ROIT`` and so on name another;
``DESTINATION__DATASET_PREFIX`` stands before each that is not named.
"""

from __future__ import annotations

import re
from collections import Counter

from pipelines.errors import UsageError
from pipelines.registry import SOURCES

MODELS = "analytics"
# dlt would write any other name in another way, and BigQuery is strict about the case of letters.
_NAME = re.compile(r"[a-z](_?[a-z0-9])*")
# What is made beside a dataset: where rows wait for their merge, and what the models are built from.
_BESIDE = {MODELS: ("_staging", "_intermediate", "_seeds")}
_BESIDE_RAW = ("_staging",)


def dataset_names() -> dict[str, str]:
    """The name of each dataset as it is configured. Raises ``UsageError`` for names that cannot be."""
    from pipelines.configuration import setting

    prefix = setting("destination.dataset_prefix") or ""
    names = {
        dataset: str(setting(f"destination.datasets.{dataset}") or f"{prefix}{dataset}")
        for dataset in (*SOURCES, MODELS)
    }
    for dataset, name in names.items():
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"DESTINATION__DATASETS__{dataset.upper()}: {name!r} is no name of a dataset (lower-case letters,"
                " digits and single _; it begins with a letter and does not end with _)"
            )
    made = Counter(
        name + beside
        for dataset, name in names.items()
        for beside in ("", *_BESIDE.get(dataset, _BESIDE_RAW))
    )
    twice = [name for name, times in made.items() if times > 1]
    if twice:
        raise UsageError(f"DESTINATION__DATASETS__...: {twice[0]} would be two datasets in one")
    return names


def dbt_datasets(names: dict[str, str]) -> dict[str, str]:
    """The same for dbt's profile and sources, as environment."""
    return {f"LEDGERHOUSE_DATASET_{dataset.upper()}": name for dataset, name in names.items()}
