"""The life of a report at Solvimon: what its definition allows, asking for it, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from weakref import WeakKeyDictionary

import httpx
import msgspec

from sources.kit.jobs import Part, Progress
from sources.kit.streams import Context
from sources.kit.transport import Client, NotFound, Refused, SignedUrl, WrongAnswer

from .api import Listed, whole
from .settings import SolvimonSettings

_FINAL = ("updated_to_final_from_date", "updated_to_final_to_date")
_DATES = ("from_date", "to_date")
_REPORT_DATE = "report_date"
_DAY = "LOCALE_DATE"
# Timestamps have no fractions, and both ends of a range belong to it.
_RESOLUTION = timedelta(seconds=1)
# What a code whose definition is not listed is taken to accept.
_ASSUMED = dict.fromkeys((*_FINAL, *_DATES), "")
T = TypeVar("T")
_definitions: WeakKeyDictionary[Client, dict[str, Definition]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Definition:
    """What a report code offers: headers, and the parameters that it takes with the type of each."""

    columns: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)

    def window(self, wanted: str) -> str:
        """By what the report is asked for: ``final``, ``dates`` or ``whole``."""
        if wanted != "auto":
            return wanted
        if set(_FINAL) <= self.parameters.keys():
            return "final"
        return "dates" if set(_DATES) <= self.parameters.keys() else "whole"

    def values(self, window: str, start: datetime, end: datetime) -> list[dict[str, str]]:
        """The parameters for everything from ``start`` up to, and without, ``end``. Pure: a repeated request
        under the same idempotency key must have the same body."""
        last = max(start, end - _RESOLUTION)
        if window == "whole":
            named = {_REPORT_DATE: last} if _REPORT_DATE in self.parameters else {}
        else:
            named = dict(zip(_FINAL if window == "final" else _DATES, (start, last), strict=True))
        return [{"name": name, "value": self._text(name, moment)} for name, moment in named.items()]

    def _text(self, name: str, moment: datetime) -> str:
        kind = self.parameters.get(name) or ("TIMESTAMP" if name in _FINAL else _DAY)
        return moment.astimezone(UTC).strftime("%Y-%m-%d" if kind == _DAY else "%Y-%m-%dT%H:%M:%SZ")


class _Parameter(msgspec.Struct):
    name: str
    type: str | None = None


class _Column(msgspec.Struct):
    name: str | None = None


class _Defined(msgspec.Struct):
    report_code: str
    columns: list[_Column] | None = None
    one_off_parameters: list[_Parameter] | None = None


class Report(msgspec.Struct):
    """What is needed of a report: its id, until when its file is kept (UTC), and the file's bytes."""

    id: str
    expire_at: datetime | None = None
    file_size: int | None = None


class _Request(msgspec.Struct):
    id: str
    status: str | None = None


class _DownloadUrl(msgspec.Struct):
    url: str
    expire_at: datetime | None = None


def definition(context: Context, code: str) -> Definition:
    """The definition of a report code. All of them are asked for once, and then known to the client.

    A code that is not listed is taken to be windowed like the others of its kind.
    """
    known = _definitions.get(context.client)
    if known is None:
        known = _definitions[context.client] = _read_definitions(context)
    if code in known:
        return known[code]
    taken = _ASSUMED if code.startswith("INVOICE") else dict.fromkeys(_DATES, "")
    return Definition((), taken)


def _read_definitions(context: Context) -> dict[str, Definition]:
    api, found, number = Listed("report_definitions", None), dict[str, Definition](), 1
    while True:
        page = api.page(context, number)
        for defined in (_decode(record, _Defined) for record in page.records):
            found[defined.report_code] = Definition(
                tuple(column.name for column in defined.columns or () if column.name),
                {parameter.name: parameter.type or "" for parameter in defined.one_off_parameters or ()},
            )
        if number >= (page.pages or 1):
            return found
        number += 1


class ReportJobs:
    """Reports of one code as the job machine sees them: the job is a ReportGenerateRequest."""

    # From the first request, which is sent after the ledger's row was written.
    idempotent_for: timedelta | None = timedelta(hours=48)

    def __init__(self, context: Context, code: str) -> None:
        self._context = context
        self._client = context.client
        self._settings: SolvimonSettings = context.settings
        self._code = code
        self.definition = definition(context, code)
        self.window = self.definition.window(self._settings.report_window)
        self._reports: dict[str, Report] = {}

    def create(self, start: datetime, end: datetime, idempotency_key: str | None) -> str:
        body = {
            "report_code": self._code,
            "parameter_values": self.definition.values(self.window, start, end),
        }
        path = self._settings.endpoints.report_generate_requests
        made = self._client.create("POST", path, json=body, parse=_request, idempotency_key=idempotency_key)
        return made.id

    def progress(self, remote_id: str) -> Progress:
        """The status decides where it is known. Otherwise the report does: it is there or not yet."""
        path = self._settings.endpoints.report_generate_request.format(id=remote_id)
        try:
            status = (self._client.read("GET", path, parse=_request).status or "").upper()
        except NotFound:
            return Progress.EXPIRED
        if status in (self._settings.report_statuses_failed or ()):
            return Progress.FAILED
        if status in (self._settings.report_statuses_working or ()):
            return Progress.WORKING
        return self._readiness(remote_id, done=status in (self._settings.report_statuses_done or ()))

    def _readiness(self, remote_id: str, *, done: bool) -> Progress:
        try:
            report = self.report(remote_id)
        except NotFound:
            return Progress.WORKING
        except Refused:
            if done:
                raise
            return Progress.WORKING
        expire_at = _aware(report.expire_at)
        expired = expire_at is not None and expire_at <= self._context.clock.now()
        return Progress.EXPIRED if expired else Progress.READY

    def report(self, remote_id: str) -> Report:
        """The report that a request has led to. Raises ``NotFound`` while there is none."""
        path = self._settings.endpoints.generated_report.format(id=remote_id)
        report = self._client.read("GET", path, parse=lambda r: _decode(whole(r), Report))
        self._reports[remote_id] = report
        return report

    def parts(self, remote_id: str) -> Sequence[Part]:
        """The report's one file, with a fresh link."""
        report = self._reports.get(remote_id) or self.report(remote_id)
        path = self._settings.endpoints.report_download_url.format(id=report.id)
        link = self._client.read("GET", path, parse=lambda r: _decode(whole(r), _DownloadUrl))
        return [Part(0, report.id, SignedUrl(link.url, _aware(link.expire_at)))]


def _request(response: httpx.Response) -> _Request:
    return _decode(whole(response), _Request)


def _decode(record: bytes, kind: type[T]) -> T:
    """Raises ``WrongAnswer`` when the record is not of the kind."""
    try:
        return msgspec.json.decode(record, type=kind)
    except msgspec.ValidationError as error:
        raise WrongAnswer(f"the answer is no {kind.__name__.lstrip('_')}: {error}") from None


def _aware(moment: datetime | None) -> datetime | None:
    return moment if moment is not None and moment.tzinfo is not None else None
