"""ROIT's API, call by call: what is sent, and what of the answer is used."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from sources.kit.streams import Answer, Context, Page, retry_policy
from sources.kit.transport import (
    Client,
    Refused,
    StaticTokenAuth,
    TokenAuth,
    WrongAnswer,
)

from .settings import RoitSettings

# A failure may come as a success, with the status in the envelope, in any letter case.
_FAILED = frozenset({"failed", "failure", "error"})


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
