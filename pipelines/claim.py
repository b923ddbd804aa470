"""Claiming once what waits at ROIT for an ERP, whatever the settings say about doing so at each load."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from .destinations import Destination
from .load import LoadRequest, Progress, RunReport, run_load

RESOURCE = "integration_requests"


def claim_waiting(
    destination: Destination, entities: Sequence[str], integration_id: str, progress: Progress | None = None
) -> RunReport:
    """Claims what waits and loads it, so that its rows are committed before anybody answers to it.

    Raises ``UsageError`` for an entity that does not exist.
    """
    settings = {
        "CLAIM_INTEGRATIONS": "true",
        "INTEGRATION_ID": integration_id,
        "CLAIM_ENTITIES": json.dumps(list(entities)),
    }
    with _configured({f"SOURCES__ROIT__{name}": value for name, value in settings.items()}):
        return run_load(LoadRequest(("roit",), (RESOURCE,)), destination, progress)


@contextmanager
def _configured(variables: Mapping[str, str]) -> Iterator[None]:
    """Settings as of the environment, which wins over every file, while the block runs."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
