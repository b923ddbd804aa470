"""What a request for a report must look like to be accepted."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from .definitions import (
    DEFINITIONS,
    FINAL_WINDOW,
    PARAMETER_TYPES,
    REPORT_CODES,
    WINDOW,
    Definition,
)
from .errors import Refusal, invalid_field, missing_field
from .listing import moment
from .values import Record

READ_ONLY = frozenset({"object_type", "id", "status", "run_type"})
"""Published in the body's schema, and ignored when they are sent."""

WRITABLE = frozenset(
    {
        "customer_id",
        "invoice_id",
        "generate_at",
        "report_code",
        "parameter_values",
        "report_subscription_id",
        "report_configuration_id",
        "export_location",
    }
)
EXPORT_VARIANTS = frozenset({"BIGQUERY", "S3", "GCS", "SNOWFLAKE"})


def json_object(body: bytes) -> Record:
    """Return the JSON object of a body, or refuse it."""
    try:
        value = json.loads(body)
    except ValueError:
        raise Refusal(400, "BAD_REQUEST", "the body is no JSON") from None
    if not isinstance(value, dict):
        raise Refusal(400, "BAD_REQUEST", "the body must be a JSON object")
    return value


def check_request(body: Record) -> tuple[Definition, dict[str, str]]:
    """Return the definition and the parameters by name of a valid request; refuse any other."""
    for name in body:
        if name not in READ_ONLY | WRITABLE:
            raise invalid_field(name, f"unknown field {name}")
    definition = definition_of(body.get("report_code"))
    if (moment_text := body.get("generate_at")) is not None:
        moment("generate_at", str(moment_text), end=False)
    _check_export(body.get("export_location"))
    values = _named_values(body.get("parameter_values") or [])
    check_parameters(definition, values)
    return definition, values


def definition_of(code: Any) -> Definition:
    if code is None:
        raise missing_field("report_code")
    if code not in REPORT_CODES:
        raise invalid_field("report_code", f"unknown report code {code}")
    if code not in DEFINITIONS:
        raise Refusal(400, "UNABLE_TO_PROCESS_INSTRUCTIONS", f"{code} is not enabled", field="report_code")
    return DEFINITIONS[code]


def _named_values(items: Any) -> dict[str, str]:
    values: dict[str, str] = {}
    if not isinstance(items, list):
        raise invalid_field("parameter_values", "parameter_values must be a list")
    for item in items:
        if not isinstance(item, dict) or set(item) != {"name", "value"}:
            raise invalid_field("parameter_values", "an item has exactly name and value")
        if not isinstance(item["value"], str) or item["name"] in values:
            raise invalid_field("parameter_values", f"{item['name']} is no text or is given twice")
        values[item["name"]] = item["value"]
    return values


def check_parameters(definition: Definition, values: Mapping[str, str]) -> None:
    """Refuse parameters that the definition lacks, wrong types, half windows and, where needed, no window."""
    for name, value in values.items():
        if name not in definition.parameters:
            raise invalid_field("parameter_values", f"{definition.code} takes no {name}")
        _check_type(name, value)
    for start, end in (WINDOW, FINAL_WINDOW):
        if (start in values) != (end in values):
            raise missing_field(end if start in values else start)
        if start in values and moment(start, values[start], end=False) > moment(end, values[end], end=True):
            raise invalid_field(start, f"{start} is after {end}")
    for name in definition.required:
        if name not in values:
            raise missing_field(name)
    # An invoice needs no window around it.
    if definition.needs_window and not {WINDOW[0], FINAL_WINDOW[0], "invoice_id"} & set(values):
        raise missing_field(WINDOW[0])


def _check_type(name: str, value: str) -> None:
    if PARAMETER_TYPES[name] == "LOCALE_DATE":
        try:
            valid = re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None and bool(date.fromisoformat(value))
        except ValueError:
            valid = False
        if not valid:
            raise invalid_field(name, f"{name} must be a date such as 2024-01-15")
    elif PARAMETER_TYPES[name] == "TIMESTAMP":
        moment(name, value, end=False)
    elif not value:
        raise invalid_field(name, f"{name} is empty")


def _check_export(location: Any) -> None:
    if location is None:
        return
    if not isinstance(location, dict) or location.get("variant") not in EXPORT_VARIANTS:
        raise invalid_field("export_location.variant", f"variant must be one of {sorted(EXPORT_VARIANTS)}")
    if not location.get("integration_id"):
        raise missing_field("export_location.integration_id")
