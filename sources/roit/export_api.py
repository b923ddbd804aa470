"""Document exports at ROIT, call by call: asked for, followed, listed part by part, removed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
import msgspec

from sources.kit.jobs import Part, Progress
from sources.kit.streams import Answer, Context
from sources.kit.transport import NotFound, Refused, SignedUrl, SourceError, WrongAnswer

from .api import acceptance, ceiling, endpoint, envelope, moment
from .export_filters import ExportFilters, checked_filters, export_body
from .settings import RoitSettings

_PROGRESS = {"done": Progress.READY, "error": Progress.FAILED, "expired": Progress.EXPIRED}
# Filters that an export must have and that select nothing: everything since fiscal XML exists.
_WIDE_START = "2000-01-01T00:00:00.000Z"
_IS_JSON = {"Content-Type": "application/json"}
# By these an export may be refused for asking for too much: no status or code for it is published.
_MAY_BE_TOO_MUCH = (
    httpx.codes.BAD_REQUEST,
    httpx.codes.REQUEST_ENTITY_TOO_LARGE,
    httpx.codes.UNPROCESSABLE_ENTITY,
)
_RANGE_FILTER = "createAt"


class TooMuchAsked(Refused):
    """An export was refused, and a shorter range may be accepted: the answer names nothing else."""


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
        answer = self._client.create(
            method, path, content=body, headers=_IS_JSON, parse=self._accepted, accept=_MAY_BE_TOO_MUCH
        )
        remote_id = answer.text("data.id")
        if not remote_id:
            raise WrongAnswer("the answer to an export request has no id")
        return remote_id

    def _accepted(self, response: httpx.Response) -> Answer:
        if response.is_success:
            return acceptance(response)
        error = Refused if _is_about_another_filter(response) else TooMuchAsked
        raise error(self._client.redactor.body(response.content))

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


def _is_about_another_filter(response: httpx.Response) -> bool:
    """Whether a refusal names what it is about, and the range is not among it: a shorter one changes nothing."""
    try:
        problems = Answer(response).value("detail")
        places = [[str(step) for step in problem["loc"]] for problem in problems]
    except (SourceError, LookupError, TypeError):
        return False
    return bool(places) and not any(_RANGE_FILTER in place for place in places)


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
