"""Claiming once what waits at ROIT for an ERP, whatever the settings say about doing so at each load."""

from __future__ import annotations

import json
from collections.abc import Sequence

from . import configuration
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
        "claim_integrations": "true",
        "integration_id": integration_id,
        "claim_entities": json.dumps(list(entities)),
    }
    with configuration.overridden("roit", settings):
        return run_load(LoadRequest(("roit",), (RESOURCE,)), destination, progress)
