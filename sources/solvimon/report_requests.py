"""What can be asked of Solvimon by hand, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sources.kit.transport import Client

from .definitions import ASSUMED, InvalidParameters, check_id, check_moment, definitions
from .models._values import REPORT_CODES
from .report_api import parameter_values
from .settings import SolvimonSettings

VARIANTS = ("BIGQUERY", "S3", "GCS", "SNOWFLAKE")
FORMATS = ("CSV", "PARQUET")
OVERVIEWS = {
    "lines": "invoice_lines_overview",
    "tax": "invoice_tax_overview",
    "headers": "invoice_headers_overview",
}


class InvalidOperation(InvalidParameters):
    """An operation cannot be done like this. Nothing was sent."""


@dataclass(frozen=True)
class NewReport:
    """A report that is to be made. ``export_location`` is where Solvimon pushes it, see there."""

    code: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    configuration_id: str | None = None
    customer_id: str | None = None
    invoice_id: str | None = None
    generate_at: str | None = None
    export_location: Mapping[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """What is sent: the same for the same report, so that it may be sent again under its key."""
        named = {
            "report_configuration_id": self.configuration_id,
            "customer_id": self.customer_id,
            "invoice_id": self.invoice_id,
            "generate_at": self.generate_at,
            "export_location": self.export_location,
        }
        body = {"report_code": self.code, "parameter_values": parameter_values(self.parameters)}
        return body | {name: value for name, value in named.items() if value is not None}

    def check(self, client: Client, settings: SolvimonSettings) -> None:
        """Reads the definitions, and raises ``InvalidParameters`` unless the report can be asked for."""
        known = definitions(client, settings)
        if self.code not in known and self.code not in REPORT_CODES.values:
            raise InvalidOperation(f"there is no report {self.code}: there are {', '.join(sorted(known))}")
        known.get(self.code, ASSUMED).check(self.code, self.parameters)
        for name in ("configuration_id", "customer_id", "invoice_id"):
            if getattr(self, name) is not None:
                check_id(name, getattr(self, name))
        if self.generate_at is not None:
            check_moment("generate_at", self.generate_at)


def export_location(
    variant: str,
    integration_id: str,
    *,
    dataset_id: str | None = None,
    bucket_path: str | None = None,
    path_format: str | None = None,
    format_type: str | None = None,
    stream_name: str | None = None,
) -> dict[str, Any]:
    """Where a report is pushed to, as the API takes it. Raises ``InvalidOperation`` for what does not fit."""
    if variant not in VARIANTS:
        raise InvalidOperation(f"{variant!r} is none of {', '.join(VARIANTS)}")
    check_id("integration_id", integration_id)
    bucket = {"bucket_path": bucket_path, "path_format": path_format, "format_type": format_type}
    bucket_given = {name: value for name, value in bucket.items() if value is not None}
    if (dataset_id is not None) != (variant == "BIGQUERY"):
        raise InvalidOperation("a dataset is what BIGQUERY needs, and nothing else does")
    if variant not in ("S3", "GCS"):
        if bucket_given:
            raise InvalidOperation(f"{variant} takes no {', '.join(bucket_given)}")
    elif not bucket_path:
        raise InvalidOperation(f"{variant} needs a bucket")
    elif format_type not in FORMATS:
        raise InvalidOperation(f"{variant} needs a format: {' or '.join(FORMATS)}")
    location: dict[str, Any] = {"variant": variant, "integration_id": integration_id}
    if stream_name is not None:
        location["stream_name"] = stream_name
    if dataset_id is not None:
        location["bigquery"] = {"dataset_id": check_id("dataset_id", dataset_id)}
    if bucket_given:
        location[variant.lower()] = bucket_given
    return location


@dataclass(frozen=True)
class Overview:
    """One of the three overviews of invoices, each of which starts a report. Days are UTC and included."""

    kind: str
    since: str
    until: str
    customer_id: str | None = None
    statuses: Sequence[str] = ()
    paid: bool | None = None
    on_hold: bool | None = None

    def params(self) -> dict[str, Any]:
        """The query. Raises ``InvalidParameters`` for what the API would not take."""
        if self.kind not in OVERVIEWS:
            raise InvalidOperation(f"{self.kind!r} is none of {', '.join(OVERVIEWS)}")
        ends = {"from_date": self.since, "to_date": self.until}
        filters = {"customer_id": self.customer_id, "statuses": ",".join(self.statuses) or None}
        ASSUMED.check(self.kind, ends | {name: text for name, text in filters.items() if text is not None})
        return {
            "invoice_date": f"[{self.since},{self.until}]",
            "customer_id": self.customer_id,
            "statuses[]": list(self.statuses) or None,
            "paid": _flag(self.paid),
            "on_hold": _flag(self.on_hold),
        }


def named_parameters(texts: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` texts as parameters. Raises ``InvalidOperation`` for one that is none or comes twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InvalidOperation(f"{text!r} is no NAME=VALUE, such as from_date=2026-01-01")
        if name in found:
            raise InvalidOperation(f"{name} is given twice")
        found[name] = value
    return found


def _flag(value: bool | None) -> str | None:
    return None if value is None else str(value).lower()
