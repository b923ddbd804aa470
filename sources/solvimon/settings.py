"""Solvimon's settings. What the vendor does not publish is a setting whose default is our assumption."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from dlt.common.configuration import configspec
from dlt.common.configuration.exceptions import ConfigurationValueError
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue

from sources.kit.streams import SourceSettings
from sources.kit.transport import InvalidConfiguration, check_location

# The API gives 50 records a page unless it is asked for more. The greatest page is not published: assumed.
LARGEST_PAGE = 100
REPORT_CODES = ("INVOICE_HEADER", "INVOICE_LINE", "INVOICE_TAX")
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")
# Variants of an export location that a load can read, each with the scheme of its buckets.
PUSH_SCHEMES = {"S3": "s3", "GCS": "gs"}
_UNREADABLE = {
    "BIGQUERY": "no row of a table says which report it is of; push to a bucket, or query the table where it is",
    "SNOWFLAKE": "nothing here reads it; push to a bucket",
}
_PUSH_EXAMPLE = (
    '{"variant": "GCS", "integration_id": "...", "gcs": {"bucket_path": "...", "format_type": "CSV"}}'
)
REPORT_WINDOWS = ("auto", "final", "dates", "whole")


@configspec
class SolvimonEndpoints(BaseConfiguration):
    """Paths; ``{id}`` stands for an id."""

    report_definitions: str = "/v1/report-definitions"
    report_configurations: str = "/v1/report-configurations"
    report_subscriptions: str = "/v1/report-subscriptions"
    report_generate_requests: str = "/v1/report-generate-requests"
    report_generate_request: str = "/v1/report-generate-requests/{id}"
    generated_report: str = "/v1/report-generate-requests/{id}/report"
    report_generate_requests_search: str = "/v1/report-generate-requests/search"
    reports: str = "/v1/reports"
    report: str = "/v1/reports/{id}"
    reports_search: str = "/v1/reports/search"
    invoice_lines_overview: str = "/v1/reports/invoice-lines-overview"
    invoice_tax_overview: str = "/v1/reports/invoice-tax-overview"
    invoice_headers_overview: str = "/v1/reports/invoice-headers-overview"
    report_download_url: str = "/v1/reports/{id}/download-url"
    invoices: str = "/v1/invoices"
    invoice: str = "/v1/invoices/{id}"
    invoice_payments: str = "/v1/invoices/{id}/payments"
    payments: str = "/v1/payments"
    payment_requests: str = "/v1/payment-requests"
    payment_schedules: str = "/v1/payment-schedules"
    customers: str = "/v1/customers"
    products: str = "/v1/products"
    pricing_plan_subscriptions: str = "/v1/pricing-plan-subscriptions"


@configspec
class SolvimonSettings(SourceSettings):
    """``SOURCES__SOLVIMON__...``: credentials, addresses, and which reports are made."""

    __section__: ClassVar[str] = "solvimon"

    base_url: str | None = "https://api.solvimon.com"
    api_key: TSecretStrValue | None = None
    # Sent as `Authorization: Bearer`, instead of the key.
    token: TSecretStrValue | None = None
    # Only keys of several platforms need it.
    platform_id: str | None = None
    endpoints: SolvimonEndpoints = None  # type: ignore[assignment]
    page_size: int | None = LARGEST_PAGE
    page_parameter: str = "page"
    limit_parameter: str = "limit"
    report_codes: list[str] | None = None
    # By what a report is asked for: `final` (when invoices became final), `dates`, `whole` (it takes no range),
    # or `auto`: as its definition allows, in this order.
    report_window: str = "auto"
    # How far before the mark a load begins again where a report goes by the invoice's date and not by when it
    # became final: drafts stay drafts for days, invoices on hold for weeks.
    report_look_back_days: int = 92
    # Parameters that a code is always asked for with, as {"METERING": {"meter_id": "..."}}: some codes cannot be
    # made without one, and a load knows no other than the range.
    report_parameters: dict[str, Any] | None = None
    # Reports of whole past months that were made by somebody else are taken instead of asking for them again.
    adopt_reports: bool = False
    # Where Solvimon pushes the reports that a load asks for, as the API's `export_location`: S3 or GCS.
    report_push: dict[str, Any] | None = None
    # Where pushed reports can be read, such as gs://bucket/folder; without it, the bucket of `report_push`.
    report_push_url: str | None = None
    # A status in none of these sets is looked behind: the request is done when its report is there.
    report_statuses_working: list[str] | None = None
    report_statuses_done: list[str] | None = None
    report_statuses_failed: list[str] | None = None
    # Invoices in another status than this may still change.
    invoice_status_final: str = "FINAL"
    # The payments of each invoice that has changed are asked for, too: a request for each.
    invoice_payments: bool = False
    # Statuses that are asked for beside those that the warehouse has seen.
    invoice_statuses_open: list[str] | None = None

    def on_resolved(self) -> None:
        self.page_size = min(self.page_size or LARGEST_PAGE, LARGEST_PAGE)
        self.report_codes = [_code(code) for code in self.report_codes or REPORT_CODES]
        self.report_parameters = {
            _code(code): _texts(code, values) for code, values in (self.report_parameters or {}).items()
        }
        self.report_push_url = _push_url(self.report_push, self.report_push_url)
        self.report_statuses_working = _upper(self.report_statuses_working, "PENDING", "PROCESSING")
        self.report_statuses_done = _upper(self.report_statuses_done, "DONE")
        self.report_statuses_failed = _upper(self.report_statuses_failed, "FAILED")
        self.invoice_statuses_open = self.invoice_statuses_open or ["DRAFT"]
        if self.report_window not in REPORT_WINDOWS:
            raise ConfigurationValueError(
                f"report_window is {self.report_window!r}: use one of {', '.join(REPORT_WINDOWS)}"
            )


def _code(text: str) -> str:
    """A report code, which also becomes the name of a table."""
    code = text.strip().upper()
    if not _CODE.fullmatch(code):
        raise ConfigurationValueError(f"{text!r} is no report code: these are words such as INVOICE_LINE")
    return code


def _texts(code: str, values: Any) -> dict[str, str]:
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise ConfigurationValueError(
            f'report_parameters: {code} needs names and texts, such as {{"meter_id": "..."}}'
        )
    return values


def _push_url(push: dict[str, Any] | None, url: str | None) -> str | None:
    """Where pushed reports are read: the address that is set, or the one that the bucket has by itself."""
    if push is not None:
        variant = str(push.get("variant")) if isinstance(push, dict) else ""
        if variant in _UNREADABLE:
            raise ConfigurationValueError(
                f"report_push: a load cannot read from {variant}: {_UNREADABLE[variant]}"
            )
        bucket = push.get(variant.lower()) if variant in PUSH_SCHEMES else None
        if not isinstance(bucket, dict) or not bucket.get("bucket_path") or not push.get("integration_id"):
            raise ConfigurationValueError(
                f"report_push is no export_location of a bucket, such as {_PUSH_EXAMPLE}"
            )
        url = url or f"{PUSH_SCHEMES[variant]}://{str(bucket['bucket_path']).strip('/')}"
    if url is not None:
        try:
            check_location(url)
        except InvalidConfiguration as error:
            raise ConfigurationValueError(f"report_push_url: {error}") from None
    return url


def _upper(values: list[str] | None, *default: str) -> list[str]:
    return [value.upper() for value in values or default]


def missing(settings: SolvimonSettings) -> list[str]:
    """The settings without which nothing can be asked: a key or a token."""
    return [] if settings.api_key or settings.token else ["SOURCES__SOLVIMON__API_KEY"]
