"""The machinery under the simulated systems: faults, storage, control, seeds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sandbox.core.clock import ManualClock
from sandbox.core.parties import access_key, cnpj, cpf
from sandbox.core.server import Sandbox, build, running

NOW = datetime(2026, 9, 15, 12, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running([], clock=ManualClock(NOW)) as sandbox:
        sandbox.storage.put("a/file.bin", bytes(range(256)) * 40)
        yield sandbox


@pytest.fixture
def url(sandbox: Sandbox) -> str:
    return sandbox.storage.sign("a/file.bin", 60)


def test_a_signed_url_serves_the_blob(url: str) -> None:
    answer = httpx.get(url)
    assert answer.status_code == 200
    assert answer.content == bytes(range(256)) * 40


def test_a_range_is_served_in_part_and_refused_outside_of_the_blob(url: str) -> None:
    part = httpx.get(url, headers={"Range": "bytes=10000-"})
    assert (part.status_code, part.headers["content-range"]) == (206, "bytes 10000-10239/10240")
    assert part.content == (bytes(range(256)) * 40)[10000:]
    assert httpx.get(url, headers={"Range": "bytes=-4"}).content == bytes([252, 253, 254, 255])
    beyond = httpx.get(url, headers={"Range": "bytes=10240-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10240")


def test_a_blob_in_a_file_is_served_like_one_in_memory(sandbox: Sandbox, tmp_path) -> None:
    (tmp_path / "big").write_bytes(b"0123456789" * 100_000)
    sandbox.storage.put("big", tmp_path / "big")
    answer = httpx.get(sandbox.storage.sign("big", 60), headers={"Range": "bytes=5-999999"})
    assert answer.content == (b"0123456789" * 100_000)[5:]


def test_a_wrong_signature_and_an_expired_url_are_forbidden(sandbox: Sandbox, url: str) -> None:
    assert httpx.get(url[:-1] + ("0" if url[-1] != "0" else "1")).status_code == 403
    assert httpx.put(url, content=b"x").status_code == 403
    sandbox.clock.advance(60)
    assert httpx.get(url).json()["code"] == "ExpiredToken"


@pytest.mark.parametrize("header", ["Authorization", "X-API-KEY", "x-platform-id"])
def test_storage_refuses_a_request_that_carries_api_credentials(url: str, header: str) -> None:
    answer = httpx.get(url, headers={header: "secret"})
    assert answer.status_code == 400
    assert header.lower() in answer.json()["message"]


def test_an_upload_url_takes_the_bytes_that_are_put_there(sandbox: Sandbox) -> None:
    assert httpx.put(sandbox.storage.sign("up", 60, "PUT"), content=b"abc").status_code == 200
    assert sandbox.storage.blobs["up"].content == b"abc"


def test_a_reset_drops_the_connection_without_an_answer(sandbox: Sandbox, url: str) -> None:
    sandbox.faults.add("storage", "/blobs/", "reset")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        httpx.get(url)
    assert httpx.get(url).status_code == 200
    assert [entry.status for entry in sandbox.requests] == [0, 200]


def test_a_truncated_answer_announces_more_bytes_than_it_sends(sandbox: Sandbox, url: str) -> None:
    sandbox.faults.add("storage", "/blobs/", "truncated")
    received: list[bytes] = []
    with httpx.stream("GET", url) as answer:
        assert answer.headers["content-length"] == "10240"
        with pytest.raises(httpx.RemoteProtocolError):
            received.extend(answer.iter_bytes())
    assert b"".join(received) == (bytes(range(256)) * 40)[:5120]


def test_a_rule_skips_the_first_requests_and_ends_after_its_times(sandbox: Sandbox, url: str) -> None:
    sandbox.faults.add("storage", "file", "503", after=1, times=2)
    assert [httpx.get(url).status_code for _ in range(5)] == [200, 503, 503, 200, 200]


def test_a_rule_of_another_system_path_or_method_hits_nothing(sandbox: Sandbox, url: str) -> None:
    sandbox.faults.add("roit", ".", "500", times=-1)
    sandbox.faults.add("storage", "other", "500", times=-1)
    sandbox.faults.add("storage", ".", "500", method="POST", times=-1)
    assert httpx.get(url).status_code == 200


def test_retry_after_comes_in_seconds_or_as_a_date(sandbox: Sandbox, url: str) -> None:
    sandbox.faults.add("storage", ".", "429_seconds", params={"seconds": 7})
    sandbox.faults.add("storage", ".", "429_date", params={"seconds": 7})
    assert httpx.get(url).headers["retry-after"] == "7"
    assert parsedate_to_datetime(httpx.get(url).headers["retry-after"]) == NOW + timedelta(seconds=7)


def test_wrong_answers_may_look_like_success(sandbox: Sandbox, url: str) -> None:
    for kind in ("failed_200", "html_200", "malformed_json"):
        sandbox.faults.add("storage", ".", kind)
    failed, html, malformed = (httpx.get(url) for _ in range(3))
    assert (failed.status_code, failed.json()["status"]) == (200, "Failed")
    assert html.headers["content-type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        malformed.json()


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    answer = httpx.post(f"{sandbox.urls['control']}/faults", json={"system": "*", "path": "", "kind": "nope"})
    assert answer.status_code == 422
    assert "429_date" in answer.json()["message"]


def test_faults_time_and_the_request_log_are_controlled_from_outside(sandbox: Sandbox, url: str) -> None:
    control = sandbox.urls["control"]
    rule = {"system": "storage", "path": "blobs", "kind": "500", "times": -1}
    assert httpx.post(f"{control}/faults", json=rule).json()[0]["kind"] == "500"
    assert httpx.get(url).status_code == 500
    assert httpx.delete(f"{control}/faults").json() == []
    assert httpx.post(f"{control}/advance", json={"seconds": 59}).status_code == 200
    assert httpx.get(url).status_code == 200
    log = httpx.get(f"{control}/requests").json()
    assert [(e["system"], e["status"], e["fault"]) for e in log] == [
        ("storage", 500, "500"),
        ("storage", 200, None),
    ]
    assert "headers" not in log[0]


def test_random_streams_depend_on_the_seed_and_their_name_only() -> None:
    one, two, other = build([], seed=5).world, build([], seed=5).world, build([], seed=6).world
    one.random("a").random()
    assert one.random("b").random() == two.random("b").random() != other.random("b").random()
    assert one.suppliers == two.suppliers != other.suppliers


def test_shared_documents_are_the_same_in_every_world_of_a_seed() -> None:
    def documents(scale: int) -> list:
        return build([], seed=3, scale=scale, clock=ManualClock(NOW)).world.shared_documents

    assert documents(10) == documents(5_000)
    assert len({d.access_key for d in documents(10)}) == 40
    assert all(len(d.access_key) == 44 and d.supplier.tax_id in d.access_key for d in documents(10))


def test_check_digits_are_those_of_the_tax_office() -> None:
    # The tax office's own example of a CNPJ with letters, and the usual textbook numbers.
    assert cnpj("12ABC34501DE") == "12ABC34501DE35"
    assert cnpj("112223330001") == "11222333000181"
    assert cpf("111444777") == "11144477735"
    key = access_key("06117473000150", date(2006, 4, 1), 55, 1, 2, 1)
    assert len(key) == 44
    assert key[:22] == "3506040611747300015055"


def test_the_sandbox_starts_and_stops_fast() -> None:
    began = time.perf_counter()
    with running([]):
        pass
    assert time.perf_counter() - began < 2


def test_serve_prints_one_line_of_json_and_ends_cleanly_on_a_signal() -> None:
    fault = {"system": "roit", "path": "token", "kind": "503"}
    command = [sys.executable, "-m", "sandbox", "serve", "--systems", "roit", "--scale", "50"]
    command += ["--fault", json.dumps(fault), "--option", "roit.token_seconds=7"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        ready = json.loads(process.stdout.readline())
        assert set(ready) == {"roit", "storage", "control", "credentials"}
        assert httpx.get(ready["control"]).json() == ready
        client = ready["credentials"]["roit"]
        body = {"clientId": client["client_id"], "clientSecret": client["client_secret"]}
        answers = [httpx.post(f"{ready['roit']}/authentication/api/v1/token", json=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [503, 200]
        assert answers[1].json()["data"]["expiresIn"] == 7
    finally:
        process.terminate()
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out, err) == (0, "", "")
