"""Batches that clients upload: whole, or block by block and processed when the last block is in."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import refuse
from .payloads import FORMATS, references
from .render import OBJECT_TYPES
from .values import Object

ACCEPTED_TYPES = ("COMPANY", "COMPANY_CODE", "PAYMENT_REQUEST", "INVOICE")
"""A batch of any type can be announced; only of these is there a published body."""

BLOCK_BYTES_DEFAULT = 64 * 1024
INT32_MOST, INT64_MOST = 2**31 - 1, 2**63 - 1

_TEXTS = ("clientRefId", "referenceId", "payloadObjectType")
_FIELDS = (*_TEXTS, "totalPayloadSize", "totalLineItemCount")


@dataclass
class Upload:
    """A batch on its way in. `received` holds its blocks by number, counted from 1."""

    batch_id: str
    reference_id: str
    object_type: str
    size: int
    count: int | None
    block_bytes: int
    status: str = "CREATED"
    received: dict[int, bytes] = field(default_factory=dict)
    references: list[str] = field(default_factory=list)

    @property
    def block_count(self) -> int:
        return -(-self.size // self.block_bytes)

    def expected_bytes(self, number: int) -> int:
        """Return the size of a block: all are full but the last."""
        return min(self.block_bytes, self.size - (number - 1) * self.block_bytes)


class Inbox:
    """What clients have uploaded, by batch id."""

    def __init__(self, options: Mapping[str, Any], new_id: Callable[[], str]) -> None:
        self._new_id = new_id
        self._block_bytes: int = options.get("inbound_block_bytes", BLOCK_BYTES_DEFAULT)
        self._format: str = options.get("inbound_format", "json")
        if self._format not in FORMATS:
            raise ValueError(f"tereina.inbound_format must be one of {FORMATS}")
        self.uploads: dict[str, Upload] = {}

    def create(self, body: Any) -> Object:
        """Announce a batch; returns how it has to be cut."""
        upload = self._announce(body, count_required=False)
        return {
            "batchId": upload.batch_id,
            "dataBlockSize": upload.block_bytes,
            "numberOfDataBlocks": upload.block_count,
        }

    def receive(self, batch_id: str, number_text: str, content: bytes, digest: str | None) -> Object:
        """Take one block. The same block twice is fine, another content under its number is not."""
        upload = self.uploads.get(batch_id)
        if upload is None:
            raise refuse(404, f"there is no batch {batch_id}")
        number = _integer("dataBlockNumber", number_text, INT32_MOST)
        if number > upload.block_count:
            raise refuse(400, f"dataBlockNumber is 1 to {upload.block_count}")
        if len(content) != upload.expected_bytes(number):
            raise refuse(400, f"block {number} has {len(content)} bytes, not {upload.expected_bytes(number)}")
        _check_digest(content, digest)
        if upload.received.get(number, content) != content:
            raise refuse(409, f"block {number} was received with another content")
        upload.received[number] = content
        if upload.status == "CREATED" and len(upload.received) == upload.block_count:
            self._process(upload, b"".join(upload.received[n] for n in sorted(upload.received)))
        return {
            "batchId": batch_id,
            "dataBlockNumber": number,
            "status": upload.status,
            "receivedDataBlocks": len(upload.received),
        }

    def complete(self, parameters: Mapping[str, str], payload: bytes) -> Object:
        """Take a whole batch at once."""
        numbers = {
            name: _integer(name, parameters[name], INT64_MOST)
            for name in ("totalPayloadSize", "totalLineItemCount")
            if name in parameters
        }
        body = {**parameters, **numbers}
        if numbers.get("totalPayloadSize", len(payload)) != len(payload):
            raise refuse(400, f"totalPayloadSize is not the {len(payload)} bytes that were sent")
        upload = self._announce(body, count_required=True)
        self._process(upload, payload)
        return {"batchId": upload.batch_id, "status": upload.status}

    def _announce(self, body: Any, *, count_required: bool) -> Upload:
        _check_announcement(body, count_required=count_required)
        taken = {item.reference_id for item in self.uploads.values() if item.status != "FAILED"}
        if body["referenceId"] in taken:
            raise refuse(409, f"there is a batch with the referenceId {body['referenceId']} already")
        upload = Upload(
            self._new_id(),
            body["referenceId"],
            body["payloadObjectType"],
            body["totalPayloadSize"],
            body.get("totalLineItemCount"),
            self._block_bytes,
        )
        self.uploads[upload.batch_id] = upload
        return upload

    def _process(self, upload: Upload, payload: bytes) -> None:
        """Read the payload. What is wrong with it fails the batch, for good."""
        upload.status = "FAILED"
        upload.references = references(payload, self._format)
        if upload.count not in (None, len(upload.references)):
            raise refuse(422, f"{len(upload.references)} objects came, not {upload.count}")
        upload.status = "COMPLETE_SUCCESS"


def _check_announcement(body: Any, *, count_required: bool) -> None:
    if not isinstance(body, dict):
        raise refuse(400, "the body must be a JSON object")
    if unknown := sorted(set(body) - set(_FIELDS)):
        raise refuse(400, f"unknown fields {unknown}")
    required = _FIELDS if count_required else _FIELDS[:-1]
    if missing := [name for name in required if body.get(name) in (None, "")]:
        raise refuse(400, f"missing fields {missing}")
    for name in _TEXTS:
        if not isinstance(body[name], str):
            raise refuse(400, f"{name} must be a text")
    for name, most in (("totalPayloadSize", INT64_MOST), ("totalLineItemCount", INT32_MOST)):
        value = body.get(name)
        if value is not None and (type(value) is not int or not 1 <= value <= most):
            raise refuse(400, f"{name} must be a number from 1 to {most}")
    if body["payloadObjectType"] not in OBJECT_TYPES:
        raise refuse(400, f"payloadObjectType must be one of {OBJECT_TYPES}")
    if body["payloadObjectType"] not in ACCEPTED_TYPES:
        raise refuse(422, f"{body['payloadObjectType']} cannot be uploaded; {ACCEPTED_TYPES} can")


def _integer(name: str, text: str, most: int) -> int:
    if not re.fullmatch(r"\d{1,19}", text) or not 1 <= int(text) <= most:
        raise refuse(400, f"{name} must be a number from 1 to {most}")
    return int(text)


def _check_digest(content: bytes, digest: str | None) -> None:
    """Check a block against its Content-Digest (RFC 9530), when the client sends one."""
    if digest is None:
        return
    expected = base64.b64encode(hashlib.sha256(content).digest()).decode()
    if digest != f"sha-256=:{expected}:":
        raise refuse(400, "the block does not match its Content-Digest")
