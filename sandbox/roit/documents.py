"""The documents behind the payables: what exports select, and the structured documents service."""

from __future__ import annotations

import bisect
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ..core.parties import Party
from .book import PayableBook
from .facts import Facts, split
from .filters import instant
from .fiscal.nfse import is_abrasf
from .fiscal.nfse_events import CANCELLATION
from .http import authorize, envelope, paged, read_paging, read_query, state_of
from .oddities import spell, stamp
from .refusal import invalid, problem
from .render import MASTER_ID, document_id
from .skeleton import DAY, HOUR, micros, moment_of

BASE = "/assembler-documents-manager/api/v1/documents"
FAR = 1 << 62
CANCELLATIONS = {"NFE": "110111", "NFSE": CANCELLATION}
CLASSIFICATIONS = {"NFE": "/fiscal/nfe", "NFSE": "/fiscal/nfse", "CTE": "/fiscal/cte"}
CITIES = ("3550308", "4106902", "3304557")
FINAL_AFTER = 10 * DAY
"""Documents older than this are finalized, and so are six of seven of the younger ones."""

UNITS = ("UN", "KG", "H")


@dataclass(frozen=True)
class Document:
    """A document by the index of its payable; `appeared` is its `createAt` in microseconds."""

    index: int
    appeared: int
    facts: Facts
    finalized: bool
    updated: int

    @property
    def classification(self) -> str:
        return CLASSIFICATIONS[self.facts.kind]

    @property
    def is_service(self) -> bool:
        return self.facts.kind == "NFSE"

    @property
    def cancelled(self) -> bool:
        """Whether the issuer cancelled the note, for which there is an event file."""
        if self.is_service and is_abrasf(self.facts):  # the layout has no events
            return False
        return self.facts.kind in ("NFE", "NFSE") and self.facts.status == "CANCELED"

    def filter_values(self) -> dict[str, Any]:
        """What exports filter by; dates count from midnight in Brasília."""
        facts = self.facts
        return {
            "createAt": moment_of(self.appeared),
            "issueDate": _midnight(facts.issued),
            "entryDate": _midnight(facts.entered),
            "classification": self.classification,
            "step": "DONE" if self.finalized else "COMPLEMENTATION",
            "origin": ("EMAIL", "SEFAZ", "SITE")[self.index % 3],
            "isConsolidated": self.finalized,
            "finalized": self.finalized,
            "originCity": CITIES[self.index % 3],
            "destinyCity": CITIES[0],
            "serviceMadeCity": CITIES[0] if self.is_service else None,
            "number": facts.number,
            "totalValue": facts.gross,
            "internalId": document_id(facts),
            "supplierDocumentNumber": facts.supplier.tax_id,
            "hasIssRetention": any(t.name == "ISS" and t.withheld for t in facts.tributes),
            "accessKey": facts.access_key,
            "movement": "INPUT",
            "classTypeEvent": CANCELLATIONS[facts.kind] if self.cancelled else None,
            "message": None,
        }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(3), UTC)


class DocumentShelf:
    """All documents in order of their appearance."""

    def __init__(self, book: PayableBook, now: int) -> None:
        self._book, self._now = book, now
        self._order: list[tuple[int, int]] = []
        self._shelved = 0
        self._finalized: dict[int, int] = {}

    def keys(self, low: int = -FAR, high: int = FAR) -> list[tuple[int, int]]:
        """`(createAt, index)` with `low <= createAt <= high`; payables that were added since are shelved first."""
        for index in range(self._shelved, self._book.skeleton_size):
            if self._book.has_document(index):
                self._order.append((self._book.appeared(index), index))
        if self._shelved < self._book.skeleton_size:
            self._shelved = self._book.skeleton_size
            self._order.sort()
        first = bisect.bisect_left(self._order, (low, -1))
        return self._order[first : bisect.bisect_right(self._order, (high, self._shelved))]

    def get(self, index: int) -> Document:
        appeared = self._book.appeared(index)
        at = self._finalized.get(index)
        done = at is not None or appeared < self._now - FINAL_AFTER or index % 7 != 3
        return Document(index, appeared, self._book.facts(index), done, at or appeared + HOUR)

    def documents(self, low: int, high: int) -> Iterator[Document]:
        return (self.get(index) for _, index in self.keys(low, high))

    def finalize(self, count: int = 1) -> list[str]:
        """Finalize the `count` oldest documents that are still open."""
        chosen: list[str] = []
        for _, index in self.keys():
            if len(chosen) < count and not (document := self.get(index)).finalized:
                self._finalized[index] = self._now
                chosen.append(document_id(document.facts))
        return chosen


def _party(party: Party, city: str, *, full: bool) -> dict[str, Any]:
    record: dict[str, Any] = {"name": party.name, "nationalRegister": party.tax_id}
    if full:
        record["stateRegister"] = "110042490114"
        record["address"] = {
            **{"street": "Rua Inventada", "number": "100", "district": "Centro", "cityCode": city},
            **{"city": "São Paulo", "state": "SP", "zipCode": "01000000", "country": "BR"},
        }
    return record


def _items(rng: random.Random, document: Document) -> list[dict[str, Any]]:
    rows = []
    gross = document.facts.gross
    for number, value in enumerate(split(gross, rng.choice((1, 2, 3)) if gross >= 1 else 1), 1):
        quantity = Decimal(rng.choice((1, 3, 7)))
        row = {
            "number": number,
            "code": f"P{rng.randrange(10**5):05}",
            "description": f"Item fictício {number}",
            "quantity": quantity,
            "unit": rng.choice(UNITS),
            "unitValue": (value / quantity).quantize(Decimal("1E-10")),
            "totalValue": value,
        }
        row |= {"serviceCode": "01.01"} if document.is_service else {"ncm": "73181500", "cfop": "5102"}
        if rng.random() < 0.7:
            row["cClassTrib"] = rng.choice(("000001", "200032", "410999"))
        rows.append(row)
    return rows


def document_record(document: Document, seed: int) -> dict[str, Any]:
    """The structured document."""
    facts, values = document.facts, document.filter_values()
    rng = random.Random(f"{seed}:{document.index}:structured")
    plain = ("step", "origin", "isConsolidated", "finalized", "movement", "hasIssRetention")
    cities = ("originCity", "destinyCity", "serviceMadeCity")
    name = facts.access_key or f"nfse_{facts.number}"
    return {
        "id": document_id(facts),
        "masterId": MASTER_ID,
        "classification": document.classification,
        "number": facts.number,
        "series": "1",
        "accessKey": facts.access_key,
        "issueDate": facts.issued.isoformat(),
        "entryDate": facts.entered.isoformat(),
        "createAt": stamp(document.appeared, document.index),
        "updatedAt": stamp(document.updated, document.index + 1),
        **{key: values[key] for key in (*plain, *cities)},
        "totalValue": spell(facts.gross, document.index),
        "issuer": _party(facts.supplier, values["originCity"], full=rng.random() < 0.8),
        "receiver": _party(facts.company, CITIES[0], full=True),
        "carrier": None,
        "purchaseOrders": facts.purchase_orders,
        "items": _items(rng, document),
        "tributes": [
            {"tribute": t.name, "base": t.base, "rate": t.rate, "value": t.value, "withheld": t.withheld}
            for t in facts.tributes
        ],
        "installments": [
            {"number": i.number, "dueDate": i.due.isoformat(), "value": i.value} for i in facts.installments
        ],
        "files": [{"name": f"{name}.xml", "type": ".xml", "size": 4_096 + document.index % 4_096}],
    }


async def list_documents(request: Request) -> Response:
    """A page in order of `createAt`."""
    authorize(request)
    query = read_query(request, {"page", "limit", "createAt[gte]", "createAt[lte]"})
    page, limit = read_paging(query)
    bounds = {"createAt[gte]": -FAR, "createAt[lte]": FAR}
    for name in bounds.keys() & query.keys():
        try:
            bounds[name] = micros(instant(query[name]))
        except ValueError as error:
            raise invalid([problem(["query", name], f"Input should be {error}", "type_error")]) from None
    state = state_of(request)
    keys = state.documents.keys(bounds["createAt[gte]"], bounds["createAt[lte]"])
    shown = keys[(page - 1) * limit : page * limit]
    rows = [document_record(state.documents.get(index), state.world.seed) for _, index in shown]
    return envelope(request, paged(rows, page, limit, len(keys)))


ROUTES = [Route(BASE, list_documents, methods=["GET"])]
