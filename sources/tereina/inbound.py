"""Inbound calls of Tereina's API: a whole batch at once, or a batch announced and sent block by block."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from sources.kit.transport import Client, DataError, WrongAnswer

from .api import endpoint
from .outgoing import Outgoing
from .settings import TereinaSettings

_CHUNK_BYTES = 1024 * 1024
# Of the hash of a payload, as much is its reference: no two payloads of one client are alike in so many.
_REFERENCE_DIGITS = 24
# Of an answer, as much is kept.
_ANSWER_CHARACTERS = 500


@dataclass(frozen=True)
class Announcement:
    """What is said of a batch before, or with, its payload."""

    payload: Outgoing
    reference_id: str
    client_ref_id: str

    @property
    def fields(self) -> dict[str, Any]:
        """Under the API's names."""
        return {
            "clientRefId": self.client_ref_id,
            "referenceId": self.reference_id,
            "payloadObjectType": self.payload.object_type,
            "totalPayloadSize": self.payload.size,
            "totalLineItemCount": self.payload.objects,
        }


def announce(
    payload: Outgoing, settings: TereinaSettings, reference_id: str | None, client_ref_id: str | None
) -> Announcement:
    """A payload under the references given, or under the settings' and one that its content makes."""
    made = f"{payload.object_type.lower()}-{payload.sha256[:_REFERENCE_DIGITS]}"
    return Announcement(payload, reference_id or made, client_ref_id or settings.client_ref_id)


@dataclass(frozen=True)
class Transfer:
    """How a batch that was announced has to be cut: blocks are numbered from 1, all full but the last."""

    batch_id: str
    block_bytes: int
    blocks: int


@dataclass(frozen=True)
class InboundAnswer:
    """What Tereina said to a batch or a block, and what of it is known."""

    text: str
    batch_id: str | None = None
    status: str | None = None


class _FileContent:
    """A file as a body that can be sent again, in pieces."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __iter__(self) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            while piece := file.read(_CHUNK_BYTES):
                yield piece


def send_complete(client: Client, settings: TereinaSettings, announced: Announcement) -> InboundAnswer:
    """A whole batch in one request. Never sent twice: see ``Client.create`` for what is raised."""
    method, path = endpoint(settings, "complete_batch")
    payload = announced.payload
    return client.create(
        method,
        path,
        params=announced.fields,
        content=_FileContent(payload.path),
        headers={"Content-Type": payload.media_type, "Content-Length": str(payload.size)},
        parse=_answer,
    )


def create_batch(client: Client, settings: TereinaSettings, announced: Announcement) -> Transfer:
    """Announces a batch; nothing of it is processed before its last block is in."""
    method, path = endpoint(settings, "create_batch")
    return client.create(
        method,
        path,
        json=announced.fields,
        parse=lambda response: _transfer(response, announced.payload.size),
    )


def send_block(
    client: Client, settings: TereinaSettings, batch_id: str, number: int, content: bytes, media_type: str
) -> InboundAnswer:
    """One block. Sending the same one again under its number does nothing more."""
    method, path = endpoint(settings, "upload_block", batchId=batch_id, dataBlockNumber=number)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    headers = {"Content-Type": media_type, "Content-Digest": f"sha-256=:{digest}:"}
    return client.create(method, path, content=content, headers=headers, parse=_answer)


def _transfer(response: httpx.Response, size: int) -> Transfer:
    answer = response.json()
    transfer = Transfer(
        str(answer["batchId"]), int(answer["dataBlockSize"]), int(answer["numberOfDataBlocks"])
    )
    if transfer.block_bytes < 1 or -(-size // transfer.block_bytes) != transfer.blocks:
        raise DataError(
            f"{size} bytes are not {transfer.blocks} blocks of {transfer.block_bytes} bytes, as the answer says"
        )
    return transfer


def _answer(response: httpx.Response) -> InboundAnswer:
    """Any success is one, also without a body; a web page is none."""
    if response.headers.get("content-type", "").startswith("text/html"):
        raise WrongAnswer("a web page instead of an answer")
    text = response.text[:_ANSWER_CHARACTERS]
    try:
        document = json.loads(response.content)
    except ValueError:
        return InboundAnswer(text)
    if not isinstance(document, dict):
        return InboundAnswer(text)
    batch_id, status = document.get("batchId"), document.get("status")
    return InboundAnswer(text, batch_id and str(batch_id), status and str(status))
