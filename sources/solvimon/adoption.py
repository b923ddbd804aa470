"""Reports that are there already: which of them answers what a load would ask for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sources.kit.streams import Context

from .operations import search
from .report_api import ReportJobs

# The newest come first; a report that is further back than these is made again.
_MOST_LOOKED_AT = 1000
# A file that is deleted while it is fetched helps nobody.
_LEFT_AT_LEAST = timedelta(minutes=10)


def made_since(context: Context, code: str, values: Mapping[str, str], since: datetime) -> str | None:
    """The request behind the newest report of the code that was made with exactly these parameters, of data from
    ``since`` or later, and whose file can be read; ``None`` when there is none."""
    settings = context.settings
    earliest = since + timedelta(seconds=settings.hold_back_seconds)
    reports = ReportJobs(context, code)
    for report in search(context.client, settings, "reports", {"report_code": code}, _MOST_LOOKED_AT):
        made = _moment(report.get("data_extracted_at") or report.get("created_at"))
        if made is None or made < earliest or not _answers(report, code, values):
            continue
        request_id: str = report["report_generate_request_id"]
        if reports.is_pushed(request_id):
            if reports.pushed_to(request_id):
                return request_id
        elif settings.adopt_reports and _is_kept(context, report):
            return request_id
    return None


def _is_kept(context: Context, report: Mapping[str, Any]) -> bool:
    expires = _moment(report.get("expire_at"))
    return expires is None or expires > context.clock.now() + _LEFT_AT_LEAST


def _answers(report: Mapping[str, Any], code: str, values: Mapping[str, str]) -> bool:
    given = {each.get("name"): each.get("value") for each in report.get("parameter_values") or ()}
    # parameters may also be fields of the report
    narrowed = any(report.get(name) not in (None, values.get(name)) for name in ("customer_id", "invoice_id"))
    request_id = report.get("report_generate_request_id")
    return (
        isinstance(request_id, str) and report.get("report_code") == code and given == values and not narrowed
    )


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else None
