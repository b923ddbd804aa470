"""One origin, one pace per host, answers of bounded size (P14)."""

from __future__ import annotations

import gzip
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sources.kit.transport import LimitExceeded, RetryPolicy, StaticTokenAuth, UnsafeRedirect, WrongAnswer
from sources.kit.transport._throttle import Throttle, throttle_for
from sources.kit.transport._wire import proxy_for

from .support import Reply

ONCE = RetryPolicy(attempts=1, budget_seconds=0)


def body(response: httpx.Response) -> bytes:
    return response.content


def packed(data: bytes, **headers: str) -> Reply:
    return Reply(200, gzip.compress(data), headers={"Content-Encoding": "gzip", **headers})


def test_gzip_is_asked_for_and_unpacked(serve, connect) -> None:
    server = serve(packed(b"x" * 3_000_000))
    assert connect(server.url).read("GET", "/", parse=body) == b"x" * 3_000_000
    assert server.seen[0].headers["accept-encoding"] == "gzip"


def test_a_gzip_body_of_several_members_arrives_whole(serve, connect) -> None:
    both = gzip.compress(b"one") + gzip.compress(b"two")
    server = serve(Reply(200, both, headers={"Content-Encoding": "gzip"}))
    assert connect(server.url).read("GET", "/", parse=body) == b"onetwo"


def test_a_gzip_bomb_is_refused_by_what_comes_out_of_it(serve, connect) -> None:
    bomb = packed(bytes(50_000_000))
    assert len(bomb.body) < 100_000
    server = serve(bomb)
    with pytest.raises(LimitExceeded, match="larger than 1000000 bytes"):
        connect(server.url, max_bytes=1_000_000).read("GET", "/", parse=body)
    assert len(server.seen) == 1


@pytest.mark.parametrize("close_delimited", [True, False])
def test_a_body_beyond_the_limit_is_refused_and_one_at_the_limit_is_not(
    serve, connect, close_delimited
) -> None:
    server = serve(Reply(200, b"x" * 1000, close_delimited=close_delimited))
    assert len(connect(server.url, max_bytes=1000).read("GET", "/", parse=body)) == 1000
    with pytest.raises(LimitExceeded):
        connect(server.url, max_bytes=999).read("GET", "/", parse=body)


def test_a_gzip_body_that_is_cut_is_read_again(serve, connect) -> None:
    whole = gzip.compress(b"all of it" * 1000)
    cut = Reply(200, whole[:-12], headers={"Content-Encoding": "gzip"}, close_delimited=True)
    server = serve(cut, packed(b"all of it"))
    assert connect(server.url).read("GET", "/", parse=body) == b"all of it"


@pytest.mark.parametrize(("encoding", "sent"), [("gzip", b"not gzip"), ("br", b"x")])
def test_a_body_packed_otherwise_than_agreed_is_a_wrong_answer(serve, connect, encoding, sent) -> None:
    server = serve(Reply(200, sent, headers={"Content-Encoding": encoding}))
    with pytest.raises(WrongAnswer):
        connect(server.url, policy=ONCE).read("GET", "/", parse=body)


def test_a_get_follows_a_redirect_within_its_origin(serve, connect) -> None:
    server = serve(Reply(301, headers={"Location": "/there"}), Reply(200, b"here"))
    assert connect(server.url).read("GET", "/rows", parse=body) == b"here"
    assert [seen.path for seen in server.seen] == ["/rows", "/there"]


def test_a_redirect_to_another_host_is_refused_and_nothing_is_sent_there(serve, connect) -> None:
    other = serve(Reply(200))
    server = serve(Reply(302, headers={"Location": f"{other.url}/?token=abc"}))
    with pytest.raises(UnsafeRedirect, match="another origin") as caught:
        connect(server.url, auth=StaticTokenAuth("tok-1234")).read("GET", "/rows", parse=body)
    assert "abc" not in str(caught.value)
    assert other.seen == []
    assert len(server.seen) == 1


def test_a_redirect_without_end_is_refused(serve, connect) -> None:
    server = serve(Reply(302, headers={"Location": "/rows"}))
    with pytest.raises(UnsafeRedirect, match="more than 3"):
        connect(server.url).read("GET", "/rows", parse=body)
    assert len(server.seen) == 4


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_post_is_never_redirected(serve, connect, status) -> None:
    server = serve(Reply(status, headers={"Location": "/there"}), Reply(200))
    with pytest.raises(UnsafeRedirect):
        connect(server.url).read("POST", "/search", parse=body)
    assert len(server.seen) == 1


def test_a_link_of_an_answer_is_followed_on_the_own_host_and_refused_elsewhere(serve, connect) -> None:
    server = serve(Reply(200, b"page 2"))
    client = connect(f"{server.url}/base")
    assert client.read("GET", f"{server.url}/base/rows?page=2", parse=body) == b"page 2"
    assert server.seen[0].path == "/base/rows?page=2"
    with pytest.raises(UnsafeRedirect, match=r"elsewhere\.test"):
        client.read("GET", "https://elsewhere.test/rows", parse=body)
    client.read("GET", "//elsewhere.test/rows", parse=body)
    assert server.seen[1].path == "/base/rows"


def test_parameters_that_are_none_are_left_out_and_lists_are_repeated(serve, connect) -> None:
    server = serve(Reply(200))
    connect(server.url).read(
        "GET", "/rows", params={"statuses[]": ["A", "B"], "none": None, "yes": True}, parse=body
    )
    assert server.seen[0].path == "/rows?statuses%5B%5D=A&statuses%5B%5D=B&yes=true"


def test_connections_are_used_again(serve, connect) -> None:
    server = serve(Reply(200))
    addresses = set()

    def peer(response: httpx.Response) -> None:
        addresses.add(response.extensions["network_stream"].get_extra_info("client_addr"))

    client = connect(server.url)
    for _ in range(5):
        client.read("GET", "/", parse=peer)
    assert len(addresses) == 1


def test_no_more_requests_are_in_flight_than_connections_allowed(serve, connect) -> None:
    lock, now, most = threading.Lock(), [0], [0]
    gate = threading.Barrier(2)

    def handler(seen):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        gate.wait(timeout=10)
        with lock:
            now[0] -= 1
        return Reply(200, b"ok")

    server = serve(handler=handler)
    client = connect(server.url, max_connections=2)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: client.read("GET", "/", parse=body), range(6))) == [b"ok"] * 6
    assert most[0] == 2


def test_a_throttle_is_unlimited_until_a_refusal_halves_the_observed_pace(clock) -> None:
    throttle = Throttle(clock)
    for _ in range(20):
        sent = throttle.acquire()
        clock.advance(0.05)
    assert clock.slept == []
    throttle.refused(sent)
    assert throttle.rate == pytest.approx(10, abs=0.5)
    throttle.refused(sent)
    assert throttle.rate == pytest.approx(10, abs=0.5)
    first = throttle.acquire()
    assert throttle.acquire() - first == pytest.approx(0.1, abs=0.01)


def test_a_throttle_rises_by_one_request_a_second_each_second_until_there_is_no_limit(clock) -> None:
    throttle = Throttle(clock)
    throttle.refused(throttle.acquire() + 1)
    assert throttle.rate == 1
    started = clock.monotonic()
    while (throttle.rate or 0) < 10:
        throttle.acquire()
        throttle.succeeded()
    assert clock.monotonic() - started == pytest.approx(9, abs=2)
    for _ in range(200_000):
        throttle.succeeded()
    assert throttle.rate is None


def test_a_throttle_never_falls_below_one_request_a_second(clock) -> None:
    throttle = Throttle(clock)
    for _ in range(20):
        throttle.refused(throttle.acquire() + 1)
        clock.advance(5)
    assert throttle.rate == 1


def test_all_clients_of_a_host_share_its_pace_and_other_hosts_keep_theirs(serve, connect, clock) -> None:
    busy, idle = serve(Reply(429), Reply(200)), serve(Reply(200))
    connect(busy.url).read("GET", "/", parse=body)
    host = busy.url.removeprefix("http://")
    rate = throttle_for(host, clock).rate
    assert rate is not None
    connect(busy.url).read("GET", "/", parse=body)
    assert (throttle_for(host, clock).rate or 0) > rate
    connect(idle.url).read("GET", "/", parse=body)
    assert throttle_for(idle.url.removeprefix("http://"), clock).rate is None


def test_the_proxy_of_the_environment_is_used_for_its_scheme_and_not_for_exceptions(monkeypatch) -> None:
    for name in ("http_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("https_proxy", "proxy.test:3128")
    monkeypatch.setenv("no_proxy", "inside.test,127.0.0.1")
    assert proxy_for(httpx.URL("https://api.test/x")) == "http://proxy.test:3128"
    assert proxy_for(httpx.URL("https://api.inside.test/x")) is None
    assert proxy_for(httpx.URL("https://127.0.0.1:8443/x")) is None
    assert proxy_for(httpx.URL("http://api.test/x")) is None
