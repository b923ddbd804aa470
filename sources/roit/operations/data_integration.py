"""Data integration for the tax reform: its requests, files for them, and synchronisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import httpx

from sources.kit.streams import Answer
from sources.kit.transport import Client, WrongAnswer

from ..api import endpoint
from ..data_integration import request_pages
from ..models.data_integration import PROCESS_STATUSES
from ..settings import RoitSettings
from ._checks import (
    JSON_HEADERS,
    InvalidOperation,
    Operation,
    accepted,
    ask,
    encoded,
    filled,
    identifier,
    national_register,
    one_of,
    shown,
)

# The API's own limit.
BATCH_SIZE = 500
_BAD_REQUEST = 400
# The fields of a request that can be changed, and what they hold.
_UPDATABLE: dict[str, type] = {
    **dict.fromkeys(("processStatus", "callbackUrl", "callbackAuthToken", "operationType"), str),
    **dict.fromkeys(("documentType", "nationalRegister"), str),
    **dict.fromkeys(("dataBaseDest", "metadata", "audit"), dict),
}


@dataclass
class BatchResult:
    """What became of the items of a batch, by their ids. What is in neither was not sent any more."""

    updated: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)


def create_request() -> Operation:
    """A new request. It is a GET, and creates all the same. Its answer has the ``processUniqueId``."""
    return Operation("data_create", made="processUniqueId")


def show_request(client: Client, settings: RoitSettings, request_id: str) -> dict[str, Any]:
    """A request as it is now, without its secrets. Raises ``NotFound``."""
    found: dict[str, Any] = ask(client, settings, "data_show", id=identifier("request id", request_id))
    return found


def list_requests(client: Client, settings: RoitSettings, most: int) -> list[dict[str, Any]]:
    """The first requests, in the order of their (random) ids, without their secrets."""
    records = (record for page in request_pages(client, settings) for record in page)
    return [shown(record) for record in islice(records, most)]


def request_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Checked values for a request. Raises ``InvalidOperation`` for a field that cannot be changed, or that is
    of another type."""
    if not values:
        raise InvalidOperation("there is nothing to change")
    for name, value in values.items():
        if name not in _UPDATABLE:
            raise InvalidOperation(f"{name}: cannot be changed; {', '.join(_UPDATABLE)} can")
        if not isinstance(value, _UPDATABLE[name]):
            raise InvalidOperation(
                f"{name}: {'a text' if _UPDATABLE[name] is str else 'an object'} is wanted"
            )
    checked = dict(values)
    if "processStatus" in checked:
        one_of("processStatus", checked["processStatus"], PROCESS_STATUSES.values)
    if "nationalRegister" in checked:
        checked["nationalRegister"] = national_register(checked["nationalRegister"])
    return checked


def replace_request(request_id: str, values: Mapping[str, Any]) -> Operation:
    """Changes fields of a request. Its answer is the request as it is then."""
    return Operation("data_replace", request_values(values), id=identifier("request id", request_id))


def set_process_status(request_id: str, status: str) -> Operation:
    """Sets how far a request has come. Its answer is the request as it is then."""
    return Operation("data_update", _status(request_id, status))


def batch_update(
    client: Client, settings: RoitSettings, items: Sequence[Mapping[str, Any]], result: BatchResult
) -> None:
    """Changes many requests, at most 500 at a time. ``result`` says at any moment what was done: also when
    a chunk fails and the rest is not sent.

    A chunk that ROIT refuses is named by its ids, and the next one is sent all the same.
    """
    checked = checked_items(items)
    method, path = endpoint(settings, "data_batch_update")
    for chunk in _chunks(checked):
        ids = [str(item["processUniqueId"]) for item in chunk]
        refused = client.create(
            method,
            path,
            content=encoded({"items": chunk}),
            headers=JSON_HEADERS,
            accept=(_BAD_REQUEST,),
            parse=lambda response, ids=ids: _refused(response, ids),  # type: ignore[misc]
        )
        if refused is None:
            result.updated += ids
        else:
            result.failed += refused[1]
            result.refusals.append(refused[0])


def checked_items(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The items of a batch, checked: each with an id that comes once, and something to change."""
    if not items:
        raise InvalidOperation("there is no item to update")
    checked: dict[str, dict[str, Any]] = {}
    for number, item in enumerate(items, 1):
        try:
            one = _item(item)
        except InvalidOperation as error:
            raise InvalidOperation(f"item {number}: {error}") from None
        if one["processUniqueId"] in checked:
            raise InvalidOperation(f"item {number}: {one['processUniqueId']} comes twice")
        checked[one["processUniqueId"]] = one
    return list(checked.values())


def _item(item: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(item)
    request_id = values.pop("processUniqueId", None)
    key = identifier("processUniqueId", request_id if isinstance(request_id, str) else "")
    return {"processUniqueId": key, **request_values(values)}


def _refused(response: httpx.Response, ids: Sequence[str]) -> tuple[str, list[str]] | None:
    """Why a chunk was refused and which of its items are to blame; all when it is not said."""
    if response.status_code != _BAD_REQUEST:
        accepted(response)
        return None
    try:
        answer = Answer(response)
    except WrongAnswer:
        return "refused without a reason", list(ids)
    named = set(_texts(answer.value("error.metadata")))
    reason = answer.text("error.message") or answer.text("message") or "refused"
    return reason, [request_id for request_id in ids if request_id in named] or list(ids)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names of fields too: an id may be either."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def delete_request(request_id: str) -> Operation:
    """Deletes a request."""
    return Operation("data_delete", id=identifier("request id", request_id))


def upload_url(request_id: str, register: str, kind: str, file_name: str, force: bool = False) -> Operation:
    """A signed address that takes one file by PUT: ``url`` of the answer. ``force`` allows to replace an
    earlier file."""
    body = {
        "nationalRegister": national_register(register),
        "processUniqueId": identifier("request id", request_id),
        "type": filled("type", kind),
        "fileName": filled("file name", file_name),
        "force": force,
    }
    return Operation("data_upload_url", body, made="url")


def answer_callback(request_id: str, status: str, message: str | None = None) -> Operation:
    """Tells ROIT how a process ended, as its callback would."""
    said = {} if message is None else {"message": message}
    return Operation("data_callback", _status(request_id, status) | said)


def sync_data(register: str, kind: str, tables: Sequence[str]) -> Operation:
    """Starts the synchronisation of tables. Its answer has ``syncId`` and ``status``."""
    if not tables:
        raise InvalidOperation("tables: at least one is needed")
    body = {
        "nationalRegister": national_register(register),
        "type": filled("type", kind),
        "tables": [filled("table", table) for table in tables],
    }
    return Operation("data_sync", body, made="syncId")


def _status(request_id: str, status: str) -> dict[str, str]:
    return {
        "processUniqueId": identifier("request id", request_id),
        "processStatus": one_of("processStatus", status, PROCESS_STATUSES.values),
    }


def _chunks(items: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(items), BATCH_SIZE):
        yield items[start : start + BATCH_SIZE]
