"""Solvimon's own operations: reports asked for by hand, found, pushed elsewhere and downloaded.

They know no command line and ask nobody. What is wrong with an operation is found before anything is sent, and
raised as ``InvalidOperation``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from sources.kit.jobs import Job, JobState, Ledger
from sources.kit.streams import Answer, Context, Page, retry_policy
from sources.kit.transport import (
    AddressRule,
    Client,
    Clock,
    DataError,
    Downloaded,
    Downloader,
    IdempotencyConflict,
    NotFound,
    SourceError,
    UnknownOutcome,
    WrongAnswer,
)

from .api import Listed, page_of
from .definitions import check_id
from .report_api import IDEMPOTENT_FOR, download_link
from .report_requests import OVERVIEWS, InvalidOperation, NewReport, Overview
from .settings import LARGEST_PAGE, SolvimonSettings

# Under this name the ledger keeps what was asked for by hand; no load takes it up.
LEDGER_NAME = "solvimon report"
LISTS = ("report_definitions", "report_configurations", "report_subscriptions")
SEARCHES = ("reports", "report_generate_requests")


def create_report(context: Context, new: NewReport, idempotency_key: str | None = None) -> dict[str, Any]:
    """Asks for a report that was checked; the ReportGenerateRequest as the API answers it.

    The ledger has a row for it from before it is sent, with the key that is minted for it. ``idempotency_key`` is
    that of an earlier try whose answer was lost: under it nothing is made twice. Raises ``InvalidOperation`` when
    the ledger does not know it or the API has forgotten it, ``UnknownOutcome`` when the answer is lost.
    """
    ledger = Ledger(context.warehouse, context.clock)
    if idempotency_key is None:
        job = Job(LEDGER_NAME, None, None)
        job = ledger.write(replace(job, idempotency_key=job.id))
    else:
        job = _earlier(ledger, idempotency_key, context.clock)
    path = context.settings.endpoints.report_generate_requests
    key = job.idempotency_key
    return _noted(
        ledger,
        job,
        lambda: context.client.create("POST", path, json=new.body(), parse=_made, idempotency_key=key),
    )


def start_overview(context: Context, overview: Overview) -> dict[str, Any]:
    """Starts the report of an overview; the ReportGenerateRequest as the API answers it.

    It is a GET that creates and takes no key, so it is sent once. Raises ``UnknownOutcome`` when its answer is
    lost.
    """
    params = overview.params()
    path: str = getattr(context.settings.endpoints, OVERVIEWS[overview.kind])
    ledger = Ledger(context.warehouse, context.clock)
    job = ledger.write(Job(LEDGER_NAME, None, None))
    return _noted(ledger, job, lambda: context.client.create("GET", path, params=params, parse=_made))


def show_report(client: Client, settings: SolvimonSettings, request_id: str) -> dict[str, Any]:
    """A request for a report as it is now, and under ``report`` what it has led to: null while there is none."""
    endpoints = settings.endpoints
    check_id("the id", request_id)
    found = client.read("GET", endpoints.report_generate_request.format(id=request_id), parse=_made)
    try:
        report = client.read("GET", endpoints.generated_report.format(id=request_id), parse=_made)
    except NotFound:
        report = None
    return {**found, "report": report}


def show_made_report(client: Client, settings: SolvimonSettings, report_id: str) -> dict[str, Any]:
    """A report that was made, by its own id. Raises ``NotFound``."""
    path = settings.endpoints.report.format(id=check_id("the id", report_id))
    return client.read("GET", path, parse=_made)


def download_report(
    client: Client, settings: SolvimonSettings, report_id: str, target: Path, clock: Clock
) -> Downloaded:
    """Fetches the file of a report, by the report's own id, as it is stored: it may be packed."""
    check_id("the id", report_id)
    with Downloader(
        policy=retry_policy(settings),
        clock=clock,
        redactor=client.redactor,
        rule=AddressRule.beside(settings.base_url or ""),
        read_timeout=settings.read_timeout_seconds,
    ) as storage:
        return storage.download(
            download_link(client, settings, report_id),
            target,
            renew=lambda: download_link(client, settings, report_id),
        )


def search(
    client: Client, settings: SolvimonSettings, name: str, filters: Mapping[str, str], most: int
) -> list[dict[str, Any]]:
    """Up to ``most`` reports, or requests for reports, whose fields have these values; the newest first."""
    if name not in SEARCHES:
        raise InvalidOperation(f"{name!r} cannot be searched: {', '.join(SEARCHES)} can")
    path: str = getattr(settings.endpoints, f"{name}_search")
    fields = [{"name": field, "value": value} for field, value in sorted(filters.items())]
    size = min(most, settings.page_size or LARGEST_PAGE)

    def page(number: int) -> Page:
        params = {
            settings.page_parameter: number,
            settings.limit_parameter: size,
            "order_by": "created_at",
            "order_direction": "DESC",
        }
        body = {"filter_fields": fields}
        return client.read("POST", path, params=params, json=body, parse=lambda r: page_of(r, number, size))

    return _records(page, size, most)


def listed(client: Client, settings: SolvimonSettings, name: str, most: int) -> list[dict[str, Any]]:
    """Up to ``most`` records of one of ``LISTS``."""
    if name not in LISTS:
        raise InvalidOperation(f"{name!r} is none of {', '.join(LISTS)}")
    api = Listed(name, None if name == "report_definitions" else "created_at")
    size = settings.page_size or LARGEST_PAGE
    return _records(lambda number: api.page_with(client, settings, number), size, most)


def _records(fetch: Callable[[int], Page], size: int, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    number = 1
    while len(found) < most:
        page = fetch(number)
        found += [json.loads(record, parse_float=Decimal) for record in page.records]
        last = len(page.records) < size if page.pages is None else number >= page.pages
        if last or not page.records:
            break
        number += 1
    return found[:most]


def _earlier(ledger: Ledger, key: str, clock: Clock) -> Job:
    for job in ledger.jobs(LEDGER_NAME, tuple(JobState)):
        if job.idempotency_key == key:
            assert job.requested_at is not None
            if clock.now() - job.requested_at >= IDEMPOTENT_FOR:
                raise InvalidOperation(
                    f"the key {key} is older than {IDEMPOTENT_FOR}: Solvimon has forgotten it"
                )
            return job
    raise InvalidOperation(f"no report was asked for under the key {key} in this warehouse")


def _noted(ledger: Ledger, job: Job, send: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Sends, and notes in the ledger what became of it."""
    try:
        made = send()
    except SourceError as error:
        lost = isinstance(error, UnknownOutcome | DataError) and not isinstance(error, IdempotencyConflict)
        ledger.move(job, JobState.UNKNOWN if lost else JobState.FAILED)
        if lost and job.idempotency_key is not None:
            error.hint = (
                f"ask again with --idempotency-key {job.idempotency_key}: nothing is made twice under it"
            )
        raise
    ledger.move(job, JobState.ACCEPTED, remote_id=made["id"])
    return made


def _made(response: httpx.Response) -> dict[str, Any]:
    """A resource with its id. Raises ``WrongAnswer`` for anything else."""
    raw = Answer(response).raw("")
    record = json.loads(raw or b"null", parse_float=Decimal)
    if not isinstance(record, dict) or not isinstance(record.get("id"), str):
        raise WrongAnswer("the answer has no id")
    return record
