"""The simulated Tereina is as strict over HTTP as its contract."""

import base64
import hashlib
import json
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.core.clock import ManualClock
from sandbox.core.server import running

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
OUTBOUND = "/api/v1/batches/outbound"


def serving(**options):
    return running(["tereina"], seed=1, scale=400, clock=ManualClock(NOW), options={"tereina": options})


@pytest.fixture
def tereina():
    with serving(inbound_block_bytes=100) as sandbox:
        yield sandbox


@pytest.fixture
def client(tereina):
    token = tereina.credentials["tereina"]["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with httpx.Client(base_url=tereina.urls["tereina"], headers=headers) as client:
        yield client


def download(client, batch):
    path = f"{OUTBOUND}/{batch['batchId']}/data-blocks"
    return [client.get(f"{path}/{n}").content for n in range(1, batch["numberOfDataBlocks"] + 1)]


def announcement(payload, **changes):
    return {
        "clientRefId": "client_sandbox",
        "referenceId": "in-1",
        "payloadObjectType": "COMPANY",
        "totalPayloadSize": len(payload),
        **changes,
    }


def test_the_bearer_mode_takes_its_token_and_nothing_else(tereina):
    url = tereina.urls["tereina"] + OUTBOUND
    token = tereina.credentials["tereina"]["token"]
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": token}, {"X-API-Key": token}):
        assert httpx.get(url, headers=headers).status_code == 401
    assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_the_modes_api_key_and_basic_take_what_they_are_named_after():
    with serving(auth="api_key", api_key_header="X-ERP-Key") as sandbox:
        url, secret = sandbox.urls["tereina"] + OUTBOUND, sandbox.credentials["tereina"]
        assert httpx.get(url, headers={"X-ERP-Key": secret["api_key"]}).status_code == 200
        assert httpx.get(url, headers={"Authorization": f"Bearer {secret['token']}"}).status_code == 401
    with serving(auth="basic") as sandbox:
        url, secret = sandbox.urls["tereina"] + OUTBOUND, sandbox.credentials["tereina"]
        assert httpx.get(url, auth=(secret["username"], secret["password"])).status_code == 200
        assert httpx.get(url, auth=(secret["username"], "no")).status_code == 401


def test_the_mode_oauth2_issues_tokens_that_expire():
    with serving(auth="oauth2") as sandbox:
        base, secret = sandbox.urls["tereina"], sandbox.credentials["tereina"]
        form = {"grant_type": "client_credentials", **{k: secret[k] for k in ("client_id", "client_secret")}}
        wrong = httpx.post(f"{base}/oauth2/token", data={**form, "client_secret": "no"})
        assert wrong.status_code == 401
        token = httpx.post(f"{base}/oauth2/token", data=form).json()
        headers = {"Authorization": f"Bearer {token['access_token']}"}
        assert httpx.get(base + OUTBOUND, headers=headers).status_code == 200
        sandbox.clock.advance(token["expires_in"])
        assert httpx.get(base + OUTBOUND, headers=headers).status_code == 401


def test_unknown_parameters_paths_and_methods_are_refused(client):
    for method, path, status in (
        ("GET", f"{OUTBOUND}?status=PENDING", 400),
        ("GET", f"{OUTBOUND}?payloadObjectType=CAT", 400),
        ("GET", f"{OUTBOUND}/nothing/data-blocks/1", 404),
        ("POST", f"{OUTBOUND}/nothing/confirm", 404),
        ("POST", OUTBOUND, 405),
        ("GET", f"{OUTBOUND}/nothing/confirm", 405),
        ("GET", "/api/v1/batches", 405),
        ("GET", "/api/v2/batches", 404),
    ):
        answer = client.request(method, path)
        assert answer.status_code == status, path
        assert {"code", "message"} == set(answer.json())


def test_the_list_has_no_order_and_can_be_filtered(client):
    orders = [tuple(batch["batchId"] for batch in client.get(OUTBOUND).json()) for _ in range(4)]
    assert len(set(orders)) > 1
    assert len({frozenset(order) for order in orders}) == 1
    statements = client.get(OUTBOUND, params={"payloadObjectType": "BANK_STATEMENT"}).json()
    assert {batch["payloadObjectType"] for batch in statements} == {"BANK_STATEMENT"}


def test_blocks_add_up_to_the_size_and_match_the_hashes_where_there_are_any(client):
    hashed = 0
    for batch in client.get(OUTBOUND).json():
        blocks = download(client, batch)
        if batch["status"] == "PENDING":
            assert sum(map(len, blocks)) == batch["totalPayloadSize"]
        if hashes := batch.get("dataBlockSha256"):
            hashed += 1
            assert hashes == [hashlib.sha256(block).hexdigest() for block in blocks]
    assert hashed > 5


def test_blocks_cut_records_and_even_characters_in_two(client):
    def is_cut(block):
        try:
            block.decode()
        except UnicodeDecodeError:
            return True
        return False

    batches = [batch for batch in client.get(OUTBOUND).json() if batch["numberOfDataBlocks"] > 1]
    assert any(is_cut(block) for batch in batches for block in download(client, batch))
    # The last block of a batch whose last record is whole begins inside a record.
    lines = [batch for batch in batches if batch["contentType"] == "application/x-ndjson"]
    assert any(not block.startswith(b"{") for batch in lines for block in download(client, batch)[1:])


def test_a_partial_batch_counts_ready_blocks_and_cannot_be_confirmed(client, tereina):
    (partial,) = [batch for batch in client.get(OUTBOUND).json() if batch["status"] == "PARTIAL_PENDING"]
    path = f"{OUTBOUND}/{partial['batchId']}"
    assert len(b"".join(download(client, partial))) < partial["totalPayloadSize"]
    beyond = partial["numberOfDataBlocks"] + 1
    assert client.get(f"{path}/data-blocks/{beyond}").status_code == 404
    assert client.post(f"{path}/confirm").status_code == 409
    tereina.states["tereina"].actions["complete_batches"]()
    (whole,) = [b for b in client.get(OUTBOUND).json() if b["batchId"] == partial["batchId"]]
    assert whole["status"] == "PENDING"
    assert len(b"".join(download(client, whole))) == whole["totalPayloadSize"]
    assert len(json.loads(b"".join(download(client, whole)))) == whole["totalLineItemCount"]
    assert client.post(f"{path}/confirm").status_code == 200


def test_a_confirmed_batch_is_gone(client):
    batch = next(b for b in client.get(OUTBOUND).json() if b["status"] == "PENDING")
    path = f"{OUTBOUND}/{batch['batchId']}"
    confirmed = client.post(f"{path}/confirm").json()
    assert confirmed["status"] == "COMPLETE_SUCCESS"
    assert batch["batchId"] not in {b["batchId"] for b in client.get(OUTBOUND).json()}
    assert client.get(f"{path}/data-blocks/1").status_code == 404
    assert client.post(f"{path}/confirm").status_code == 404


def test_a_corrupt_block_comes_wrong_once(client, tereina):
    (batch_id,) = tereina.states["tereina"].actions["corrupt_blocks"](1)
    batch = next(b for b in client.get(OUTBOUND).json() if b["batchId"] == batch_id)
    path = f"{OUTBOUND}/{batch_id}/data-blocks/1"
    first, second = (hashlib.sha256(client.get(path).content).hexdigest() for _ in range(2))
    assert first != batch["dataBlockSha256"][0] == second


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"clientRefId": None}, 400),
        ({"payloadObjectType": "CAT"}, 400),
        ({"payloadObjectType": "BANK_STATEMENT"}, 422),
        ({"totalPayloadSize": "12"}, 400),
        ({"totalPayloadSize": 0}, 400),
        ({"totalPayloadSize": True}, 400),
        ({"totalLineItemCount": 2**31}, 400),
        ({"surprise": 1}, 400),
    ],
)
def test_an_announcement_that_is_not_in_the_contract_is_refused(client, changes, status):
    answer = client.post("/api/v1/batches", json=announcement(b"[]", **changes))
    assert answer.status_code == status


def test_a_batch_is_processed_when_its_last_block_is_in(client, tereina):
    payload = json.dumps([{"referenceId": f"C{n}", "name": "Empresa Fictícia"} for n in range(9)]).encode()
    plan = client.post("/api/v1/batches", json=announcement(payload, totalLineItemCount=9)).json()
    assert plan["dataBlockSize"] == 100
    assert plan["numberOfDataBlocks"] == -(-len(payload) // 100)
    path = f"/api/v1/batches/{plan['batchId']}/data-blocks"
    blocks = [payload[start : start + 100] for start in range(0, len(payload), 100)]
    digest = base64.b64encode(hashlib.sha256(blocks[0]).digest()).decode()
    for number, content, headers, status in (
        (0, blocks[0], {}, 400),
        (len(blocks) + 1, blocks[0], {}, 400),
        (1, blocks[0][:-1], {}, 400),
        (1, blocks[0], {"Content-Digest": "sha-256=:AAAA:"}, 400),
        (1, blocks[0], {"Content-Digest": f"sha-256=:{digest}:"}, 200),
        (1, blocks[0], {}, 200),
        (1, bytes(100), {}, 409),
    ):
        answer = client.put(f"{path}/{number}", content=content, headers=headers)
        assert answer.status_code == status, (number, answer.text)
    for number in range(len(blocks), 1, -1):
        answer = client.put(f"{path}/{number}", content=blocks[number - 1])
    assert answer.json()["status"] == "COMPLETE_SUCCESS"
    assert tereina.states["tereina"].inbox.uploads[plan["batchId"]].references == [f"C{n}" for n in range(9)]
    assert client.post("/api/v1/batches", json=announcement(payload)).status_code == 409
    assert client.put("/api/v1/batches/none/data-blocks/1", content=b"x").status_code == 404


def test_a_complete_batch_must_say_its_true_size_and_count(client):
    payload = b'[{"referenceId": "C1"}, {"referenceId": "C2"}]'
    path = "/api/v1/batches/complete"
    for changes, status in (
        ({"totalPayloadSize": 3}, 400),
        ({"totalLineItemCount": 3, "referenceId": "in-2"}, 422),
        ({"surprise": 1}, 400),
        ({}, 200),
        ({}, 409),
    ):
        params = announcement(payload, **{"totalLineItemCount": 2, **changes})
        assert client.post(path, params=params, content=payload).status_code == status, changes
    params = announcement(b"[{}]", totalLineItemCount=1, referenceId="in-3")
    assert client.post(path, params=params, content=b"[{}]").status_code == 422


@pytest.mark.parametrize(
    ("format_", "payload"),
    [
        ("csv", b"referenceId,name\r\nC1,Empresa\r\n"),
        ("xml", b"<companies><company><referenceId>C1</referenceId></company></companies>"),
        (
            "iso",
            b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CdtTrfTxInf><PmtId>'
            b"<InstrId>P1</InstrId></PmtId></CdtTrfTxInf></Document>",
        ),
    ],
)
def test_the_format_of_uploads_is_the_clients_configuration(format_, payload):
    with serving(inbound_format=format_) as sandbox:
        url = sandbox.urls["tereina"] + "/api/v1/batches/complete"
        headers = {"Authorization": f"Bearer {sandbox.credentials['tereina']['token']}"}
        good = announcement(payload, totalLineItemCount=1)
        assert httpx.post(url, params=good, content=payload, headers=headers).status_code == 200
        bad = announcement(b"<<", totalLineItemCount=1, referenceId="in-2")
        assert httpx.post(url, params=bad, content=b"<<", headers=headers).status_code == 422
