"""Checks of what an operation is given, and the way from an answer to what is shown of it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from sources.kit.streams import Answer
from sources.kit.transport import Client, UnknownOutcome

from ..api import acceptance, endpoint, envelope
from ..settings import RoitSettings

_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,199}")
# CNPJ, with letters from 2026-07, or CPF.
_REGISTER = re.compile(r"[0-9A-Z]{12}[0-9]{2}|[0-9]{11}")
_PUNCTUATION = re.compile(r"[./-]")
# What an answer may hold and nobody needs to see.
_SECRETS = frozenset({"callbackAuthToken", "secret"})
_ENCODER = msgspec.json.Encoder(decimal_format="number")
JSON_HEADERS = {"Content-Type": "application/json"}


class InvalidOperation(ValueError):
    """What an operation was given cannot be right. Nothing was sent."""


def identifier(name: str, value: str) -> str:
    """An id, without what would change the meaning of a path."""
    if not _IDENTIFIER.fullmatch(value) or set(value) <= {"."}:
        raise InvalidOperation(f"{name}: {value!r} is no id")
    return value


def filled(name: str, value: str) -> str:
    """A text that says something."""
    if not value.strip():
        raise InvalidOperation(f"{name} must not be empty")
    return value


def one_of(name: str, value: str, known: Collection[str]) -> str:
    """A value of a closed enumeration."""
    if value not in known:
        raise InvalidOperation(f"{name}: {value!r} is none of {', '.join(sorted(known))}")
    return value


def national_register(value: str) -> str:
    """A CNPJ or CPF without its punctuation."""
    bare = _PUNCTUATION.sub("", value)
    if not _REGISTER.fullmatch(bare):
        raise InvalidOperation("nationalRegister: a CNPJ has 14 characters, a CPF 11 digits")
    return bare


def json_object(name: str, text: bytes) -> msgspec.Raw:
    """The text of a JSON object, to be sent as it is."""
    try:
        msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        raise InvalidOperation(f"{name}: not a JSON object") from None
    return msgspec.Raw(text)


def json_records(name: str, text: bytes) -> list[bytes]:
    """The objects of a JSON list, or of a text with one JSON object a line; each as it was written."""
    try:
        if text.lstrip()[:1] == b"[":
            records = [bytes(record) for record in msgspec.json.decode(text, type=list[msgspec.Raw])]
        else:
            records = [line for line in text.splitlines() if line.strip()]
        for record in records:
            msgspec.json.decode(record, type=dict[str, msgspec.Raw])
    except msgspec.DecodeError:
        raise InvalidOperation(f"{name}: neither a JSON list of objects nor one JSON object a line") from None
    if not records:
        raise InvalidOperation(f"{name}: holds no record")
    return records


def encoded(body: Any) -> bytes:
    """A body as JSON; decimals are numbers with all their digits."""
    return _ENCODER.encode(body)


def ask(client: Client, settings: RoitSettings, operation: str, body: Any = None, **ids: str) -> Any:
    """The ``data`` of the answer to an operation that changes nothing."""
    method, path = endpoint(settings, operation, **ids)
    return client.read(method, path, json=body, parse=lambda response: _data(envelope(response)))


@dataclass(frozen=True)
class Operation:
    """One change at ROIT, checked and not sent yet.

    Args:
        name: the endpoint.
        body: what is sent, as JSON or to become it.
        id: the id in the path, where there is one.
        made: the field of the answer that holds the id of what the operation creates, if it creates anything.
    """

    name: str
    body: bytes | Mapping[str, Any] | None = None
    id: str | None = None
    made: str | None = None

    def send(self, client: Client, settings: RoitSettings) -> Any:
        """Sends it, once; gives the ``data`` of the answer, without secrets.

        Raises ``UnknownOutcome`` when it may have been done and the answer does not say so.
        """
        method, path = endpoint(settings, self.name, **({"id": self.id} if self.id else {}))
        content = self.body if self.body is None or isinstance(self.body, bytes) else encoded(self.body)
        headers = None if content is None else JSON_HEADERS
        data = client.create(method, path, content=content, headers=headers, parse=accepted)
        if self.made and not (isinstance(data, dict) and data.get(self.made)):
            raise UnknownOutcome(f"the answer has no {self.made}", method=method, path=path)
        return data


def accepted(response: httpx.Response) -> Any:
    """The ``data`` of an answer; an empty one will do where there is nothing to tell."""
    return _data(acceptance(response)) if response.content.strip() else None


def _data(answer: Answer) -> Any:
    raw = answer.raw("data")
    return None if raw is None else shown(raw)


def shown(raw: bytes) -> Any:
    """JSON as Python values, without secrets; numbers with a fraction are ``Decimal``."""
    return _without_secrets(json.loads(raw, parse_float=Decimal))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_secrets(inner) for name, inner in value.items() if name not in _SECRETS}
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value
