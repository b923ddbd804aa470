"""What waits at ROIT for the ERP. To read it is to claim it, so it is read only when a setting asks for it.

A claimed request is handed out once: from then on ROIT waits for an answer. What was claimed is therefore
written to a table of the destination, byte for byte, before anything else is done with it. A load that ends in
between takes it from there the next time, and it goes from there only when its rows are committed.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import httpx
import msgspec

from sources.kit.jobs import Warehouse
from sources.kit.streams import LEDGER, Context, Kind, LoadedBatch, Stream, Window, write_records
from sources.kit.tables import Column, Spool, Tally, Type, slices
from sources.kit.transport import NotFound, SourceError, UnknownOutcome

from .api import acceptance, endpoint, envelope
from .models import IntegrationAttachment, IntegrationRequest
from .settings import RoitSettings, switched_off

logger = logging.getLogger(__name__)

CLAIMS = "_claims"
COLUMNS = (
    Column("claim_id", Type.TEXT, "The claim."),
    Column("entity", Type.TEXT, "What was claimed."),
    Column("integration_id", Type.TEXT, "The integration that it was claimed for."),
    Column("claimed_at", Type.TIMESTAMP, "When it was asked for, UTC."),
    Column("answer", Type.TEXT, "What was handed out, as JSON, as it came; null: the answer is not known."),
)
# An answer with nothing in it ends the claims of an entity. A server that always hands out more is left after this.
_MOST_ANSWERS = 1000
# Fields that hold the customer's own data, which may name persons.
_OWN_DATA = frozenset({"data", "metadata"})
_KNOWN = frozenset(info.alias for info in IntegrationRequest.model_fields.values())
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


class _Identity(msgspec.Struct, rename="camel"):
    request_id: str | None = None


_IDENTITY = msgspec.json.Decoder(_Identity)
_LOST = "what was claimed is PROCESSING at ROIT and did not arrive: `ledgerhouse roit reprocess` puts it back"


@dataclass(frozen=True)
class Claim:
    """One answer of ROIT that is stored: the list of what was handed out, as JSON."""

    id: str
    integration_id: str
    answer: str


class ClaimStore:
    """Answers whose rows are not committed yet. Every call commits what it does."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        warehouse.create_table(CLAIMS, COLUMNS)

    def settle(self) -> int:
        """Forgets the claims whose rows are committed, and those whose answer was lost; gives the number of
        the latter."""
        if self._warehouse.has_table(LEDGER):
            # a load that was killed may have left this table finished and another one not
            loaded = (
                f"select batch_id from {{{LEDGER}}} where _dlt_load_id in"
                " (select load_id from {_dlt_loads} where status = 0)"
            )
            self._warehouse.execute((f"delete from {{{CLAIMS}}} where claim_id in ({loaded})", ()))
        lost: int = self._warehouse.query(f"select count(*) from {{{CLAIMS}}} where answer is null")[0][0]
        if lost:
            self._warehouse.execute((f"delete from {{{CLAIMS}}} where answer is null", ()))
        return lost

    def stored(self) -> list[Claim]:
        """The claims to load, oldest first."""
        sql = f"select claim_id, integration_id, answer from {{{CLAIMS}}} where answer is not null"
        return [Claim(*row) for row in self._warehouse.query(f"{sql} order by claimed_at, claim_id")]

    def asking(self, entity: str, integration_id: str, now: datetime) -> str:
        """Notes that a claim is about to be made; gives its id."""
        claim_id = str(uuid.uuid4())
        sql = f"insert into {{{CLAIMS}}} values (%s, %s, %s, %s, null)"
        self._warehouse.execute((sql, (claim_id, entity, integration_id, now)))
        return claim_id

    def answered(self, claim_id: str, answer: str) -> None:
        sql = f"update {{{CLAIMS}}} set answer = %s where claim_id = %s"
        self._warehouse.execute((sql, (answer, claim_id)))

    def forget(self, claim_id: str) -> None:
        self._warehouse.execute((f"delete from {{{CLAIMS}}} where claim_id = %s", (claim_id,)))


class ClaimStream(Stream):
    """What waits for the ERP, claimed, with the documents attached to it. Off unless a setting asks for it."""

    kind: ClassVar[Kind] = "queue"

    def __init__(self) -> None:
        super().__init__(
            "integration_requests",
            IntegrationRequest,
            IntegrationAttachment,
            LoadedBatch,
            description="What waits for the ERP. Reading it claims it: only with claim_integrations.",
        )

    def left_out(self, settings: RoitSettings) -> str | None:
        if not settings.claim_integrations:
            return "reading claims what is read: set SOURCES__ROIT__CLAIM_INTEGRATIONS to do so"
        if settings.read_only:
            return "reading claims what is read, and SOURCES__ROIT__READ_ONLY forbids that"
        return switched_off(settings, "pending")

    def requests(self, context: Context, window: Window | None) -> str:
        entities = context.settings.claim_entities
        return f"{2 * len(entities)} claims or more, and one request for each that is claimed"

    def disown(self, context: Context, load_ids: Sequence[str]) -> None:
        """The claims of these loads count as not loaded, so the next load brings them again."""
        marks = ", ".join(["%s"] * len(load_ids))
        if load_ids and context.warehouse.has_table(LEDGER):
            sql = f"delete from {{{LEDGER}}} where resource = %s and _dlt_load_id in ({marks})"
            context.warehouse.execute((sql, (self.name, *load_ids)))

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        store = ClaimStore(context.warehouse)
        lost = store.settle()
        tally = context.report.tally(self.name)
        attached_tally = context.report.tally("integration_attachments")
        if lost:
            tally.notes.append(f"the answers to {lost} claims were lost: {_LOST}")
        requests = Spool(IntegrationRequest, tally, context.spool_dir)
        attachments = Spool(IntegrationAttachment, attached_tally, context.spool_dir)
        done = Spool(LoadedBatch, done_tally := Tally(LEDGER), context.spool_dir)
        for claim in _claims(context, store, requests):
            records = slices(claim.answer.encode())
            requests.add(records)
            try:
                attachments.add([a for record in records for a in _attachments(context, record)])
            except SourceError as error:
                # the claim stays stored, and its attachments are asked for again by the next load
                _failed(context, error)
                break
            done.add([_loaded(claim, self.name, len(records))])
        yield from write_records(context, IntegrationRequest, requests, tally)
        yield from write_records(context, IntegrationAttachment, attachments, attached_tally)
        yield from write_records(context, LoadedBatch, done, done_tally)


def _failed(context: Context, error: SourceError) -> None:
    """Also logged: a host that does not look into the report would not hear of it."""
    context.report.failures.append(error)
    logger.error("%s", error)


def _loaded(claim: Claim, resource: str, objects: int) -> bytes:
    row = {"batch_id": claim.id, "resource": resource, "fingerprint": claim.id, "objects": objects}
    return msgspec.json.encode(row)


def _claims(context: Context, store: ClaimStore, requests: Spool) -> Iterator[Claim]:
    """The claims that earlier loads left, and then new ones until nothing waits or a package is full.

    A claim that fails is told in the report: what was claimed before it is loaded all the same.
    """
    yield from store.stored()
    settings: RoitSettings = context.settings
    for entity in settings.claim_entities or ():
        for _ in range(_MOST_ANSWERS):
            if len(requests) >= settings.package_rows:
                return
            try:
                claim = _claim(context, store, entity)
            except SourceError as error:
                _failed(context, error)
                return
            if claim is None:
                break
            known = len(requests)
            yield claim
            if len(requests) == known:
                break  # a server that hands out the same again would never end


def _claim(context: Context, store: ClaimStore, entity: str) -> Claim | None:
    """Claims once; ``None`` when nothing waits. Raises ``UnknownOutcome`` when the answer was lost."""
    settings: RoitSettings = context.settings
    integration = settings.integration_id or ""
    method, path = endpoint(settings, "pending")
    body = {"entity": entity, "integrationId": integration}
    claim_id = store.asking(entity, integration, context.clock.now())
    try:
        records = context.client.create(method, path, json=body, parse=_handed_out)
    except SourceError as error:
        store.forget(claim_id)
        if isinstance(error, UnknownOutcome):
            error.hint = _LOST
        raise
    if not records:
        store.forget(claim_id)
        return None
    if context.write.privacy.mode != "keep":
        records = [_without_own_data(record) for record in records]
    claim = Claim(claim_id, integration, (b"[" + b",".join(records) + b"]").decode())
    store.answered(claim_id, claim.answer)
    return claim


def _handed_out(response: httpx.Response) -> Sequence[bytes]:
    answer = acceptance(response)
    return answer.records("data") if answer.raw("data") is not None else []


def _without_own_data(record: bytes) -> bytes:
    """A record without what may name persons, for a destination that must not hold it even for a while."""
    try:
        fields = _OBJECT.decode(record)
    except msgspec.DecodeError:
        return b"{}"
    return msgspec.json.encode({k: v for k, v in fields.items() if k in _KNOWN - _OWN_DATA})


def _attachments(context: Context, record: bytes) -> Iterator[bytes]:
    """The documents attached to a request, each with the request's id. One that has none may be unknown."""
    settings: RoitSettings = context.settings
    request_id = _request_id(record)
    if request_id is None or switched_off(settings, "attachments"):
        return
    method, path = endpoint(settings, "attachments")
    about = {"requestId": request_id, "integrationId": settings.integration_id or ""}
    try:
        found = context.client.read(method, path, json=about, parse=_attached)
    except NotFound:
        return
    for attachment in found:
        yield msgspec.json.encode(_OBJECT.decode(attachment) | about)


def _request_id(record: bytes) -> str | None:
    try:
        return _IDENTITY.decode(record).request_id
    except msgspec.DecodeError:
        return None  # the record is rejected


def _attached(response: httpx.Response) -> Sequence[bytes]:
    answer = envelope(response)
    return answer.records("data") if answer.raw("data") is not None else []
