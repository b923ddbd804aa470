"""The life of a report at Solvimon: asking for it, waiting for it, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import httpx
import msgspec

from sources.kit.jobs import Part, Progress
from sources.kit.streams import Context
from sources.kit.transport import Client, NotFound, Refused, SignedUrl, SkippableError, StoredObject

from .api import whole
from .definitions import InvalidParameters, decode, definition
from .pushed import PushedReports, Report
from .settings import SolvimonSettings

# What a load gives by itself is the range; everything else has to be said once.
_HOW_TO_FIX = "see SOURCES__SOLVIMON__REPORT_PARAMETERS and REPORT_WINDOW"


# How long the API remembers a key.
IDEMPOTENT_FOR = timedelta(hours=48)


class _Request(msgspec.Struct):
    id: str
    status: str | None = None
    export_location: dict[str, Any] | None = None

    @property
    def is_pushed(self) -> bool:
        """Whether the report goes elsewhere: there is no download of it."""
        return bool(self.export_location)


class _DownloadUrl(msgspec.Struct):
    url: str
    expire_at: datetime | None = None


class ReportJobs:
    """Reports of one code as the job machine sees them: the job is a ReportGenerateRequest."""

    # From the first request, which is sent after the ledger's row was written.
    idempotent_for: timedelta | None = IDEMPOTENT_FOR

    def __init__(self, context: Context, code: str) -> None:
        self._context = context
        self._client = context.client
        self._settings: SolvimonSettings = context.settings
        self._code = code
        self.definition = definition(context, code)
        self.window = self.definition.window(self._settings.report_window)
        self._reports: dict[str, Report] = {}
        self._objects: dict[str, StoredObject] = {}

    @cached_property
    def _pushed(self) -> PushedReports | None:
        return PushedReports.of(self._context)

    def values(self, start: datetime, end: datetime) -> dict[str, str]:
        """The parameters for a range, with those that the settings fix for the code.

        Raises ``SkippableError`` when the report cannot be asked for with them: nothing was sent.
        """
        fixed = (self._settings.report_parameters or {}).get(self._code, {})
        values = {**fixed, **self.definition.values(self.window, start, end)}
        try:
            self.definition.check(self._code, values)
        except InvalidParameters as error:
            raise SkippableError(str(error), hint=_HOW_TO_FIX) from None
        return values

    def create(self, start: datetime, end: datetime, idempotency_key: str | None) -> str:
        body: dict[str, Any] = {
            "report_code": self._code,
            "parameter_values": parameter_values(self.values(start, end)),
        }
        if self._settings.report_push:
            body["export_location"] = self._settings.report_push
        path = self._settings.endpoints.report_generate_requests
        made = self._client.create("POST", path, json=body, parse=_request, idempotency_key=idempotency_key)
        return made.id

    def progress(self, remote_id: str) -> Progress:
        """The status decides where it is known. Otherwise the report does: it is there or not yet."""
        path = self._settings.endpoints.report_generate_request.format(id=remote_id)
        try:
            request = self._client.read("GET", path, parse=_request)
        except NotFound:
            return Progress.EXPIRED
        status = (request.status or "").upper()
        if status in (self._settings.report_statuses_failed or ()):
            return Progress.FAILED
        if status in (self._settings.report_statuses_working or ()):
            return Progress.WORKING
        done = status in (self._settings.report_statuses_done or ())
        return self._readiness(remote_id, done=done, is_pushed=request.is_pushed)

    def _readiness(self, remote_id: str, *, done: bool, is_pushed: bool) -> Progress:
        try:
            report = self.report(remote_id)
        except NotFound:
            return Progress.WORKING
        except Refused:
            if done:
                raise
            return Progress.WORKING
        if is_pushed:
            return self._arrival(remote_id, report)
        return Progress.EXPIRED if self._has_expired(report) else Progress.READY

    def _arrival(self, remote_id: str, report: Report) -> Progress:
        """Whether the object of a pushed report is there. It may come a little later than the report."""
        if self._pushed is None:
            raise Refused(
                f"report {report.id} was pushed elsewhere",
                hint="set SOURCES__SOLVIMON__REPORT_PUSH_URL to read it",
            )
        stored = self._pushed.find(report, remote_id)
        if stored is not None:
            self._objects[remote_id] = stored
            return Progress.READY
        if self._has_expired(report):
            return Progress.EXPIRED
        self._pushed.wait_for(report)
        return Progress.WORKING

    def is_pushed(self, remote_id: str) -> bool:
        """Whether a request's report goes elsewhere. Raises ``NotFound``."""
        path = self._settings.endpoints.report_generate_request.format(id=remote_id)
        return self._client.read("GET", path, parse=_request).is_pushed

    def pushed_to(self, remote_id: str) -> StoredObject | None:
        """The object that a request's report was pushed to; ``None`` when it cannot be read from here."""
        return None if self._pushed is None else self._pushed.find(self.report(remote_id), remote_id)

    def _has_expired(self, report: Report) -> bool:
        expire_at = _aware(report.expire_at)
        return expire_at is not None and expire_at <= self._context.clock.now()

    def report(self, remote_id: str) -> Report:
        """The report that a request has led to. Raises ``NotFound`` while there is none."""
        path = self._settings.endpoints.generated_report.format(id=remote_id)
        report = self._client.read("GET", path, parse=lambda r: decode(whole(r), Report))
        self._reports[remote_id] = report
        return report

    def parts(self, remote_id: str) -> Sequence[Part]:
        """The report's one file, with a fresh link, or the object that it was pushed to."""
        report = self._reports.get(remote_id) or self.report(remote_id)
        if remote_id in self._objects and self._pushed is not None:
            return [Part(0, report.id, self._pushed.link(self._objects[remote_id]))]
        return [Part(0, report.id, download_link(self._client, self._settings, report.id))]


def download_link(client: Client, settings: SolvimonSettings, report_id: str) -> SignedUrl:
    """A fresh link to the file of a report."""
    path = settings.endpoints.report_download_url.format(id=report_id)
    link = client.read("GET", path, parse=lambda response: decode(whole(response), _DownloadUrl))
    return SignedUrl(link.url, _aware(link.expire_at))


def parameter_values(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Parameters as the API has them."""
    return [{"name": name, "value": value} for name, value in sorted(values.items())]


def _request(response: httpx.Response) -> _Request:
    return decode(whole(response), _Request)


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.tzinfo is not None else None
