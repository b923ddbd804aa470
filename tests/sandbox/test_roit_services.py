"""Documents, entrypoint, delivery, upload and data integration of the simulated ROIT."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from sandbox_roit_client import Roit, roit

DOCUMENTS = "/assembler-documents-manager/api/v1/documents"
ENTRYPOINT = "/ibs-core-entrypoint/api/v1/entrypoint/requests"
DATA = "/roit-data-integration/v1"
INTEGRATION = "9876c5d4-ba32-4098-a654-321f98765432"


@pytest.fixture
def client() -> Iterator[Roit]:
    with roit(scale=200) as client:
        yield client


def all_documents(client: Roit) -> list[dict[str, Any]]:
    return client.data("GET", f"{DOCUMENTS}?limit=1000")["data"]


def all_requests(client: Roit, query: str = "") -> list[str]:
    """Every `processUniqueId`, walked by its cursor until the empty page."""
    ids: list[str] = []
    while page := client.data("GET", f"{DATA}/requests/list?start_after={ids[-1] if ids else ''}{query}"):
        ids += [request["processUniqueId"] for request in page]
    return ids


def test_documents_come_in_order_of_creation_and_by_page(client: Roit) -> None:
    rows = all_documents(client)
    times = [datetime.fromisoformat(row["createAt"]) for row in rows]
    assert times == sorted(times)
    first = client.data("GET", f"{DOCUMENTS}?limit=7&page=2")
    assert [row["id"] for row in first["data"]] == [row["id"] for row in rows[7:14]]
    assert first["totalItems"] == len(rows)
    late = client.http.get(DOCUMENTS, params={"createAt[gte]": rows[50]["createAt"], "limit": 1000}).json()
    assert [row["id"] for row in late["data"]["data"]] == [row["id"] for row in rows[50:]]
    assert client.refused("GET", f"{DOCUMENTS}?updatedAt=1") == (422, [("updatedAt", "extra_forbidden")])


def test_items_and_installments_of_a_document_add_up(client: Roit) -> None:
    for row in all_documents(client):
        assert sum(item["totalValue"] for item in row["items"]) == row["totalValue"]
        assert row["classification"] in ("/fiscal/nfe", "/fiscal/nfse", "/fiscal/cte")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", row["issueDate"])


def test_an_open_document_is_finalized_later_without_a_new_creation_time(client: Roit) -> None:
    before = {row["id"]: row for row in all_documents(client)}
    (changed,) = client.action("finalize_documents", count=1)
    after = {row["id"]: row for row in all_documents(client)}
    assert (before[changed]["finalized"], after[changed]["finalized"]) == (False, True)
    assert before[changed]["createAt"] == after[changed]["createAt"]
    assert before[changed]["updatedAt"] != after[changed]["updatedAt"]


def test_pending_claims_what_it_returns(client: Roit) -> None:
    body = {"entity": "ACCOUNTS_PAYABLE", "integrationId": INTEGRATION}
    claimed = client.data("POST", f"{ENTRYPOINT}/pending", body)
    assert len(claimed) == 20
    assert {(row["status"], row["entity"]) for row in claimed} == {("PROCESSING", "ACCOUNTS_PAYABLE")}
    assert client.data("GET", f"/accounts-payable/api/v1/accounts-payable/{claimed[0]['data']['id']}")
    assert client.data("POST", f"{ENTRYPOINT}/pending", body) == []


def test_a_status_is_set_and_reprocessing_puts_a_request_back(client: Roit) -> None:
    body = {"entity": "DOCUMENT", "integrationId": INTEGRATION}
    request = client.data("POST", f"{ENTRYPOINT}/pending", body)[0]
    ids = {"requestId": request["requestId"], "integrationId": INTEGRATION}
    change = {**ids, "status": "DONE", "reference": "R", "message": "ok", "entryReference": 5100012345}
    assert client.data("POST", f"{ENTRYPOINT}/status", change)["entryReference"] == 5100012345
    assert client.refused("POST", f"{ENTRYPOINT}/status", {**change, "status": "FINE"})[0] == 422
    assert client.refused("POST", f"{ENTRYPOINT}/status", {**change, "requestId": "none"})[0] == 404
    files = client.data("POST", f"{ENTRYPOINT}/attachs", ids)
    assert len(httpx.get(files[0]["url"]).content) == files[0]["size"]
    assert client.data("POST", f"{ENTRYPOINT}/reprocess", ids)["status"] == "PROCESSING"
    again = client.data("POST", f"{ENTRYPOINT}/pending", body)
    assert [row["requestId"] for row in again] == [request["requestId"]]


def test_an_unknown_entity_or_a_missing_field_is_refused(client: Roit) -> None:
    body = {"entity": "INVOICE", "integrationId": INTEGRATION}
    assert client.refused("POST", f"{ENTRYPOINT}/pending", body) == (422, [("entity", "enum")])
    assert client.refused("POST", f"{ENTRYPOINT}/reprocess", {"requestId": "1"})[1] == [
        ("integrationId", "missing")
    ]


def test_deliveries_and_uploads_arrive(client: Roit) -> None:
    body = {"integrationId": INTEGRATION, "entity": "SUPPLIER", "data": [{"id": 1}]}
    assert client.data("POST", "/ibs-core-delivery/api/v1/delivery", body) == {"received": 1}
    assert client.state.entrypoint.delivered == [body]
    path = "/document-upload/api/v1/documents/base64"
    file = {"fileName": "a.xml", "contentType": "text/xml", "content": base64.b64encode(b"<a/>").decode()}
    assert client.data("POST", path, file)["size"] == 4
    assert list(client.state.entrypoint.uploads.values()) == [b"<a/>"]
    assert client.refused("POST", path, {**file, "content": "?"}) == (422, [("content", "base64")])


def test_requests_are_walked_by_cursor_to_an_empty_page(client: Roit) -> None:
    ids = all_requests(client)
    assert len(set(ids)) == len(ids) == 130
    assert ids == sorted(ids) == all_requests(client, "&limit=1000&page_size=7")
    sizes = [len(client.data("GET", f"{DATA}/requests/list{q}")) for q in ("", "?limit=3", "?page_size=100")]
    assert sizes == [50, 3, 100]
    for query in ("limit=0", "limit=1001", "page_size=101", "page_size=x", "page=1"):
        assert client.refused("GET", f"{DATA}/requests/list?{query}")[0] == 422


def test_a_get_creates_a_request_each_time(client: Roit) -> None:
    created = client.data("GET", f"{DATA}/requests/create", status=201)
    assert created["processStatus"] == "PENDING"
    assert client.data("GET", f"{DATA}/requests/create", status=201) != created
    assert len(all_requests(client)) == 132


def test_one_request_is_read_changed_and_deleted(client: Roit) -> None:
    identifier = all_requests(client)[0]
    path = f"{DATA}/requests/{identifier}"
    change = {"processStatus": "FINISHED"}
    assert client.data("PUT", path, change)["processStatus"] == "FINISHED"
    body = {**change, "processUniqueId": identifier, "processStatus": "FAILED"}
    assert client.data("POST", f"{DATA}/requests/update", body)["processStatus"] == "FAILED"
    assert client.data("POST", f"{DATA}/requests/callback", body)["processStatus"] == "FAILED"
    assert client.data("GET", path)["processStatus"] == "FAILED"
    assert client.refused("PUT", path, {"processStatus": "LOST"})[0] == 422
    assert client.data("DELETE", path) == {"processUniqueId": identifier}
    assert client.refused("GET", path)[0] == 404


def test_a_batch_with_an_unknown_id_changes_nothing_and_names_it(client: Roit) -> None:
    known = all_requests(client)[0]
    before = client.data("GET", f"{DATA}/requests/{known}")
    items = [{"processUniqueId": known, "processStatus": "AUDIT"}, {"processUniqueId": "nobody"}]
    answer = client.http.post(f"{DATA}/requests/batch-update", json={"items": items})
    assert (answer.status_code, answer.json()["error"]["metadata"]) == (400, {"failed": ["nobody"]})
    assert client.data("GET", f"{DATA}/requests/{known}") == before
    assert client.data("POST", f"{DATA}/requests/batch-update", {"items": items[:1]}) == {"updated": 1}
    assert client.refused("POST", f"{DATA}/requests/batch-update", {"items": items * 251})[0] == 400


def test_an_upload_url_is_given_once_unless_forced(client: Roit) -> None:
    body = {
        "nationalRegister": "1",
        "processUniqueId": all_requests(client)[0],
        "type": "NFE",
        "fileName": "a.zip",
    }
    path = f"{DATA}/data/generate-signed-url"
    url = client.data("POST", path, body)["url"]
    assert httpx.put(url, content=b"zip").status_code == 200
    assert client.refused("POST", path, body)[0] == 400
    assert client.data("POST", path, {**body, "force": True})["url"]


def test_the_reference_list_is_keyed_by_code_and_start_of_validity(client: Roit) -> None:
    rows = client.data("GET", f"{DATA}/cclasstrib?limit=1000")["data"]
    keys = {(row["code"], row["validFrom"]) for row in rows}
    assert len(keys) == len(rows) > len({row["code"] for row in rows})
    assert all(row["code"].startswith(row["cst"]) for row in rows)
    sync = {"nationalRegister": "1", "type": "NFE", "tables": ["items"]}
    assert client.data("POST", f"{DATA}/data/sync", sync)["status"] == "PROCESSING"


@pytest.mark.parametrize("path", [DOCUMENTS, f"{DATA}/requests/list", f"{DATA}/cclasstrib"])
def test_every_service_wants_the_token(client: Roit, path: str) -> None:
    answer = client.http.get(path, headers={"Authorization": "other"})
    assert (answer.status_code, answer.json()["status"]) == (401, "error")


def test_failures_can_be_told_from_every_side(client: Roit) -> None:
    client.sandbox.faults.add("roit", "/documents", "failed_200")
    assert client.http.get(DOCUMENTS).json()["status"] == "Failed"
    client.sandbox.faults.add("roit", "/documents", "401")
    assert client.refused("GET", DOCUMENTS)[0] == 401
    client.action("revoke_tokens")
    assert client.refused("GET", DOCUMENTS)[0] == 401
