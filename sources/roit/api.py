"""ROIT's API, call by call: what is sent, and what of the answer is used."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import msgspec

from sources.kit.jobs import Part, Progress
from sources.kit.streams import Answer, Context, Page, retry_policy
from sources.kit.transport import (
    Client,
    NotFound,
    Refused,
    SignedUrl,
    StaticTokenAuth,
    TokenAuth,
    WrongAnswer,
)

from .export_filters import ExportFilters, checked_filters, export_body
from .settings import RoitSettings

# A failure may come as a success, with the status in the envelope, in any letter case.
_FAILED = frozenset({"failed", "failure", "error"})
_PROGRESS = {"done": Progress.READY, "error": Progress.FAILED, "expired": Progress.EXPIRED}
# Filters that an export must have and that select nothing: everything since fiscal XML exists.
_WIDE_START = "2000-01-01T00:00:00.000Z"
_IS_JSON = {"Content-Type": "application/json"}


def connect(settings: RoitSettings) -> Client:
    """A client with ROIT's token flow, or with the token that was configured."""
    if settings.token:
        auth: Any = StaticTokenAuth(settings.token, prefix=settings.token_prefix)
    else:
        auth = TokenAuth(
            settings.endpoints.token,
            {"clientId": settings.client_id or "", "clientSecret": settings.client_secret or ""},
            prefix=settings.token_prefix,
        )
    return Client(
        settings.base_url or "",
        auth=auth,
        policy=retry_policy(settings),
        max_connections=settings.max_connections,
        read_timeout=settings.read_timeout_seconds,
    )


def probe(client: Client, settings: RoitSettings) -> None:
    """Counts nothing in particular: shows that the credentials work."""
    now = datetime.now(UTC)
    count(client, settings, now, now)


def envelope(response: httpx.Response) -> Answer:
    """The answer to a read. Raises ``WrongAnswer`` when its envelope says that it failed: that may pass."""
    answer = Answer(response)
    failure = _failure(answer)
    if failure:
        raise WrongAnswer(failure)
    return answer


def acceptance(response: httpx.Response) -> Answer:
    """The answer to a create. Raises ``Refused`` when its envelope says that it failed: nothing was done."""
    answer = Answer(response)
    failure = _failure(answer)
    if failure:
        raise Refused(failure)
    return answer


def _failure(answer: Answer) -> str | None:
    status = answer.text("status")
    if status is None or status.lower() not in _FAILED:
        return None
    said = answer.text("message") or answer.value("error") or answer.value("errors") or "no message"
    return f"the answer says '{status}': {said}"


def endpoint(settings: RoitSettings, name: str, **ids: str) -> tuple[str, str]:
    """Method and path of a call, as configured. An id stays one step of the path, whatever is in it."""
    text: str = getattr(settings.endpoints, name)
    method, _, path = text.rpartition(" ")
    steps = {key: quote(value, safe="") for key, value in ids.items()}
    return method or "POST", path.format(base=settings.payables_path, **steps)


def moment(instant: datetime) -> str:
    """A timestamp as ROIT writes them: UTC, milliseconds, ``Z``."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def ceiling(instant: datetime) -> str:
    """The same, rounded up: an upper bound must not lose what lies within its last millisecond."""
    return moment(instant + timedelta(microseconds=999))


def count(client: Client, settings: RoitSettings, start: datetime, end: datetime) -> int | None:
    """How many payables were changed between two instants."""
    return count_where(client, settings, {"updatedAt": {"gte": moment(start), "lte": ceiling(end)}})


def count_where(client: Client, settings: RoitSettings, filters: dict[str, Any]) -> int | None:
    """How many payables pass some filters; ``None`` when the answer does not say."""
    method, path = endpoint(settings, "count")
    answer = client.read(method, path, json={"filters": filters}, parse=envelope)
    found = answer.number(settings.count_field)
    return answer.number("data") if found is None else found


def page_of(answer: Answer, settings: RoitSettings) -> Page:
    """The records of a paginated answer, and its counts."""
    return Page(
        answer.records(settings.records_field),
        answer.number(settings.total_field),
        answer.number(settings.pages_field),
    )


class Payables:
    """Accounts payable, by when they were last changed."""

    def page(self, context: Context, start: datetime, end: datetime, number: int) -> Page:
        settings: RoitSettings = context.settings
        method, path = endpoint(settings, "search")
        body = {
            "filters": {"updatedAt": {"gte": moment(start), "lte": ceiling(end)}},
            settings.page_parameter: number,
            settings.limit_parameter: settings.page_size,
            "orderBy": "updatedAt",
            "orderByDirection": "asc",
        }
        return context.client.read(
            method, path, json=body, parse=lambda response: page_of(envelope(response), settings)
        )

    def count(self, context: Context, start: datetime, end: datetime) -> int | None:
        return count(context.client, context.settings, start, end)

    def page_size(self, context: Context) -> int:
        return int(context.settings.page_size)


class Listing:
    """A list that takes a range of one timestamp in its query and is ordered by it.

    Args:
        call: the endpoint's name in the settings.
        cursor: the timestamp, as the API calls it.
    """

    def __init__(self, call: str, cursor: str) -> None:
        self._call = call
        self._cursor = cursor

    def page(self, context: Context, start: datetime, end: datetime, number: int) -> Page:
        return self._ask(context, start, end, number, int(context.settings.page_size))

    def count(self, context: Context, start: datetime, end: datetime) -> int | None:
        return self._ask(context, start, end, 1, 1).total

    def page_size(self, context: Context) -> int:
        return int(context.settings.page_size)

    def _ask(self, context: Context, start: datetime, end: datetime, number: int, limit: int) -> Page:
        settings: RoitSettings = context.settings
        method, path = endpoint(settings, self._call)
        params = {
            settings.page_parameter: number,
            settings.limit_parameter: limit,
            f"{self._cursor}[gte]": moment(start),
            f"{self._cursor}[lte]": ceiling(end),
        }
        return context.client.read(
            method, path, params=params, parse=lambda response: page_of(envelope(response), settings)
        )


class Exports:
    """Document exports, as the job machine sees them."""

    # An export cannot be listed and takes no key: one whose answer is lost is lost.
    idempotent_for: timedelta | None = None

    def __init__(self, context: Context) -> None:
        self._client = context.client
        self._settings: RoitSettings = context.settings
        self._empty: set[str] = set()

    def create(self, start: datetime, end: datetime, idempotency_key: str | None) -> str:
        method, path = endpoint(self._settings, "export_create")
        body = self._body(start, end)
        answer = self._client.create(method, path, content=body, headers=_IS_JSON, parse=acceptance)
        remote_id = answer.text("data.id")
        if not remote_id:
            raise WrongAnswer("the answer to an export request has no id")
        return remote_id

    def _body(self, start: datetime, end: datetime) -> bytes:
        """What asks for all that was created in a range, as far as the settings do not narrow it."""
        settings = self._settings
        window = ExportFilters({"createAt": {"gte": moment(start), "lte": ceiling(end)}})
        wide = ExportFilters(
            {
                "type": {"in": settings.export_types},
                "issueDate": {"gte": _WIDE_START},
                "entryDate": {"gte": _WIDE_START},
            }
        )
        filters = window.over(ExportFilters(checked_filters(settings.export_filters or {}))).over(wide)
        return export_body(filters, settings.export_preference, settings.export_master)

    def is_too_large(self, request: bytes) -> bool:
        """Whether a finished export holds more than the settings allow, by what its own record says."""
        said = msgspec.json.decode(request)
        limits = {"size": self._settings.export_max_bytes, "quantity": self._settings.export_max_documents}
        return any(isinstance(said.get(name), int) and said[name] > most for name, most in limits.items())

    def delete(self, remote_id: str) -> None:
        """Removes an export at ROIT; one that is not there any more is removed. Not tried again."""
        method, path = endpoint(self._settings, "export_delete", id=remote_id)
        with suppress(NotFound):
            self._client.create(method, path, parse=lambda answer: answer.content and acceptance(answer))

    def show(self, remote_id: str) -> bytes:
        """The export request as it is now, byte for byte."""
        method, path = endpoint(self._settings, "export_show", id=remote_id)
        return self._client.read(method, path, parse=_export)

    def progress(self, remote_id: str) -> Progress:
        method, path = endpoint(self._settings, "export_show", id=remote_id)
        answer = self._client.read(method, path, parse=envelope)
        progress = _PROGRESS.get((answer.text("data.status") or "").lower(), Progress.WORKING)
        counts = (answer.number("data.quantity"), answer.number("data.totalOfParts"))
        if progress is Progress.READY and counts == (0, 0):
            self._empty.add(remote_id)
        return progress

    def parts(self, remote_id: str) -> Sequence[Part]:
        if remote_id in self._empty:
            return []
        method, path = endpoint(self._settings, "export_items", id=remote_id)
        items = self._client.read(method, path, parse=_items)
        return [_part(number, item) for number, item in enumerate(items)]


def _export(response: httpx.Response) -> bytes:
    data = envelope(response).raw("data")
    if data is None:
        raise WrongAnswer("the answer has no export request")
    return data


def _items(response: httpx.Response) -> list[dict[str, Any]]:
    """The items of an export: an object, a list, or either under one more ``data``."""
    data = envelope(response).value("data")
    if isinstance(data, dict) and "data" in data:
        data = data["data"]
    items = [data] if isinstance(data, dict) else data
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise WrongAnswer("the answer does not list the parts of the export")
    return items


def _part(number: int, item: dict[str, Any]) -> Part:
    url = item.get("url") or item.get("signedUrl")
    if not isinstance(url, str):
        raise WrongAnswer(f"part {number} of the export has no url")
    expires = item.get("expiresAt")
    size = item.get("size")
    sha256 = item.get("sha256")
    return Part(
        number,
        str(item.get("id") or number),
        SignedUrl(url, _instant(expires)),
        size if isinstance(size, int) else None,
        sha256.lower() if isinstance(sha256, str) and sha256 else None,
    )


def _instant(text: Any) -> datetime | None:
    """A timestamp with its zone; ``None`` when there is none that can be trusted."""
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo else None
