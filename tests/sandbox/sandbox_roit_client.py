"""A minimal client of the simulated ROIT, so that its tests read as requests and answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import httpx

from sandbox.core.clock import ManualClock
from sandbox.core.server import Sandbox, running

NOW = datetime(2026, 9, 15, 12, 0, 0, 500_000, tzinfo=UTC)
PAYABLES = "/accounts-payable/api/v1/accounts-payable"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def lists(row: dict[str, Any], name: str) -> list[Any]:
    """A list that may be absent or null."""
    return row.get(name) or []


def check_money(rows: list[dict[str, Any]]) -> None:
    """Every payable's value, installments, receipts, cost centres and tributes add up."""
    assert rows
    for row in rows:
        value = row["value"]
        assert value["net"] == value["gross"] - value["discount"] + value["interest"] + value["fine"]
        payable = value["net"] - sum(t["value"] for t in lists(row, "tributes") if t["withheld"])
        parts = lists(row, "installments")
        assert not parts or sum(p["value"] for p in parts) == payable
        receipts = lists(row, "receipts")
        assert not parts or sum(r["value"] for r in receipts) == sum(p["value"] for p in parts if p["paidAt"])
        if row["status"] == "PAID":
            assert sum(r["value"] for r in receipts) == payable
            assert instant(row["paidAt"]) == max(instant(r["paidAt"]) for r in receipts)
        centers = lists(row, "costCenters")
        assert not centers or sum(c["percentage"] for c in centers) == 100
        assert not centers or sum(c["value"] for c in centers) == value["net"]
        for tribute in lists(row, "tributes"):
            assert abs(tribute["base"] * tribute["rate"] - tribute["value"]) <= Decimal("0.01")


class Roit:
    """Calls one sandbox with a token of its own; `data` is the envelope's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.state = sandbox.states["roit"]
        self.http = httpx.Client(base_url=sandbox.urls["roit"], timeout=30)
        client = sandbox.credentials["roit"]
        body = {"clientId": client["client_id"], "clientSecret": client["client_secret"]}
        self.token = self.http.post("/authentication/api/v1/token", json=body).json()["data"]["token"]
        self.http.headers["Authorization"] = self.token

    def data(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self.http.request(method, path, json=body)
        assert answer.status_code == status, answer.text[:500]
        return json.loads(answer.content, parse_float=Decimal)["data"]

    def refused(self, method: str, path: str, body: Any = None) -> tuple[int, list[Any]]:
        """The status, and of a 422 where and what was wrong."""
        answer = self.http.request(method, path, json=body)
        found = answer.json()
        return answer.status_code, [(d["loc"][-1], d["type"]) for d in found.get("detail", [])]

    def action(self, name: str, **arguments: Any) -> Any:
        answer = httpx.post(f"{self.sandbox.urls['control']}/roit/{name}", json=arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()["result"]

    def walk(self, filters: dict[str, Any] | None = None, limit: int = 1000) -> list[dict[str, Any]]:
        """All payables by page number, as a naive client reads them."""
        rows: list[dict[str, Any]] = []
        page, pages = 0, 1
        while page < pages:
            page += 1
            found = self.data(
                "POST", f"{PAYABLES}/search", {"filters": filters or {}, "page": page, "limit": limit}
            )
            rows += found["data"]
            pages = found["totalPages"]
        return rows

    def events(self) -> list[dict[str, Any]]:
        """The whole log of events."""
        total = self.data("GET", f"{PAYABLES}/events?limit=1")["totalItems"]
        pages = range(1, -(-total // 1000) + 1)
        return [e for p in pages for e in self.data("GET", f"{PAYABLES}/events?limit=1000&page={p}")["data"]]


@contextmanager
def roit(scale: int = 400, **options: Any) -> Iterator[Roit]:
    """A sandbox with ROIT alone, at a fixed time."""
    with running(["roit"], scale=scale, clock=ManualClock(NOW), options={"roit": options}) as sandbox:
        client = Roit(sandbox)
        with closing(client.http):
            yield client
