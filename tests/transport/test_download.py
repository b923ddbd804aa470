"""Files by signed URL: whole, checked, resumed, without credentials, and never from inside the network."""

from __future__ import annotations

import hashlib
import re
import tracemalloc
from datetime import timedelta

import httpx
import pytest

from sources.kit.transport import (
    AddressRule,
    HashMismatch,
    LimitExceeded,
    LinkExpired,
    NotFound,
    PermissionDenied,
    SignedUrl,
    SizeMismatch,
    StaticTokenAuth,
    Unavailable,
    UnsafeRedirect,
    WrongAnswer,
)

from .support import RESET, START, Reply, Seen

DATA = bytes(range(256)) * 400
SHA256 = hashlib.sha256(DATA).hexdigest()
LOCAL = AddressRule(allow_loopback=True)
WHOLE = Reply(200, DATA, headers={"ETag": '"v1"', "Content-Type": "application/zip"})
BROKEN = Reply(200, DATA, headers={"ETag": '"v1"'}, cut=60_000)


def ranged(seen: Seen, data: bytes = DATA, etag: str = '"v1"') -> Reply:
    """What a storage does with a range: the rest, or the whole when it has become another file."""
    match = re.fullmatch(r"bytes=(\d+)-", seen.headers.get("range", ""))
    if match is None or seen.headers.get("if-range", etag) != etag:
        return Reply(200, data, headers={"ETag": etag})
    start = int(match[1])
    if start >= len(data):
        return Reply(416, headers={"Content-Range": f"bytes */{len(data)}"})
    content_range = f"bytes {start}-{len(data) - 1}/{len(data)}"
    return Reply(206, data[start:], headers={"Content-Range": content_range, "ETag": etag})


def first_then(first: Reply, then):
    """The first reply once, then what the function answers."""
    left = [first]
    return lambda seen: left.pop() if left else then(seen)


@pytest.fixture
def target(tmp_path):
    return tmp_path / "part-1.zip"


def link(server, path: str = "/part-1.zip?X-Signature=beef01", **options) -> SignedUrl:
    return SignedUrl(f"{server.url}{path}", **options)


def test_a_file_arrives_whole_with_its_size_hash_and_type(serve, fetcher, target) -> None:
    done = fetcher(rule=LOCAL).download(link(serve(WHOLE)), target, size=len(DATA), sha256=SHA256.upper())
    assert target.read_bytes() == DATA
    assert (done.path, done.size, done.sha256, done.content_type) == (
        target,
        len(DATA),
        SHA256,
        "application/zip",
    )
    assert [entry.name for entry in target.parent.iterdir()] == ["part-1.zip"]
    assert target.stat().st_mode & 0o077 == 0


def test_an_empty_file_is_a_file(serve, fetcher, target) -> None:
    assert fetcher(rule=LOCAL).download(link(serve(Reply(200, b""))), target, size=0).size == 0
    assert target.read_bytes() == b""


def test_the_credentials_of_the_api_do_not_go_to_the_storage(serve, connect, fetcher, target) -> None:
    server = serve(WHOLE)
    connect(server.url, auth=StaticTokenAuth("tok-1234"), headers={"X-Platform-Id": "p-1"}).read(
        "GET", "/rows", parse=bool
    )
    fetcher(rule=AddressRule.beside(server.url)).download(link(server), target)
    assert {"authorization", "x-platform-id"} <= server.seen[0].headers.keys()
    assert server.seen[1].headers.keys() == {"host", "accept", "accept-encoding", "connection", "user-agent"}


@pytest.mark.parametrize("broken", [BROKEN, Reply(200, DATA, headers={"ETag": '"v1"'}, cut=0), RESET])
def test_a_break_is_resumed_where_it_happened(serve, fetcher, target, broken) -> None:
    server = serve(handler=first_then(broken, ranged))
    done = fetcher(rule=LOCAL).download(link(server), target, sha256=SHA256)
    assert target.read_bytes() == DATA
    assert done.size == len(DATA)
    if broken is BROKEN:
        assert server.seen[1].headers["range"] == "bytes=60000-"
        assert server.seen[1].headers["if-range"] == '"v1"'
    else:
        assert "range" not in server.seen[1].headers


def test_a_storage_that_ignores_the_range_is_read_from_the_start(serve, fetcher, target) -> None:
    server = serve(BROKEN, WHOLE)
    fetcher(rule=LOCAL).download(link(server), target, sha256=SHA256)
    assert "range" in server.seen[1].headers
    assert target.read_bytes() == DATA


def test_a_file_that_changed_at_the_break_is_read_from_the_start(serve, fetcher, target) -> None:
    changed = DATA[::-1]
    server = serve(handler=first_then(BROKEN, lambda seen: ranged(seen, changed, '"v2"')))
    fetcher(rule=LOCAL).download(link(server), target)
    assert target.read_bytes() == changed


@pytest.mark.parametrize(
    "wrong",
    [
        {"Content-Range": f"bytes 0-{len(DATA) - 1}/{len(DATA)}"},
        {"Content-Range": "nonsense"},
        {},
        {"Content-Range": f"bytes 60000-{len(DATA) - 1}/{len(DATA)}", "ETag": '"v2"'},
    ],
)
def test_another_range_than_the_one_asked_for_is_not_used(serve, fetcher, target, wrong) -> None:
    server = serve(BROKEN, Reply(206, DATA[60_000:], headers=wrong), WHOLE)
    fetcher(rule=LOCAL).download(link(server), target, sha256=SHA256)
    assert target.read_bytes() == DATA
    assert "range" not in server.seen[2].headers


def test_a_break_after_the_last_byte_is_seen_to_be_the_end(serve, fetcher, target) -> None:
    class Late(httpx.SyncByteStream):
        def __iter__(self):
            yield DATA
            raise httpx.ReadError("reset")

    def handler(request: httpx.Request) -> httpx.Response:
        if "range" not in request.headers:
            return httpx.Response(200, stream=Late())
        return httpx.Response(416, headers={"Content-Range": f"bytes */{len(DATA)}"})

    rule = AddressRule(resolve=lambda host: ["93.184.215.14"])
    downloader = fetcher(rule=rule, transport=httpx.MockTransport(handler))
    downloader.download(SignedUrl("https://store.test/a"), target, size=len(DATA), sha256=SHA256)
    assert target.read_bytes() == DATA


def test_a_large_file_over_a_bad_line_arrives_as_long_as_it_makes_progress(
    serve, fetcher, target, clock
) -> None:
    data = bytes(20 * 1024 * 1024)

    def handler(seen: Seen) -> Reply:
        reply = ranged(seen, data)
        return Reply(reply.status, reply.body, reply.headers, cut=1_200_000)

    server = serve(handler=handler)
    assert fetcher(rule=LOCAL).download(link(server), target, size=len(data)).size == len(data)
    assert len(server.seen) > 8
    assert clock.slept == []


def test_a_storage_that_stays_down_is_given_up_and_leaves_nothing_behind(serve, fetcher, target) -> None:
    server = serve(Reply(503))
    with pytest.raises(Unavailable):
        fetcher(rule=LOCAL).download(link(server), target)
    assert len(server.seen) >= 8
    assert list(target.parent.iterdir()) == []


def test_a_file_that_was_there_before_stays_when_the_new_one_fails(serve, fetcher, target) -> None:
    target.write_bytes(b"old")
    with pytest.raises(NotFound):
        fetcher(rule=LOCAL).download(link(serve(Reply(404))), target)
    assert target.read_bytes() == b"old"


EXPIRED = [Reply(403, b"Request has expired"), Reply(410), Reply(400, b"<Code>ExpiredToken</Code>")]


@pytest.mark.parametrize("refusal", EXPIRED)
def test_a_link_that_the_storage_refuses_is_asked_for_again_and_the_file_goes_on(
    serve, fetcher, target, refusal
) -> None:
    def handler(seen: Seen) -> Reply:
        if "second" in seen.path:
            return ranged(seen)
        return BROKEN if "range" not in seen.headers else refusal

    server = serve(handler=handler)
    fetcher(rule=LOCAL).download(
        link(server, "/first"), target, sha256=SHA256, renew=lambda: link(server, "/second")
    )
    assert target.read_bytes() == DATA
    assert [seen.path for seen in server.seen] == ["/first", "/first", "/second"]
    assert server.seen[2].headers["range"] == "bytes=60000-"


def test_a_link_past_its_end_is_not_even_tried(serve, fetcher, target) -> None:
    server = serve(WHOLE)
    fetcher(rule=LOCAL).download(
        link(server, "/old", expires_at=START + timedelta(seconds=4)),
        target,
        renew=lambda: link(server, "/new", expires_at=START + timedelta(minutes=5)),
    )
    assert [seen.path for seen in server.seen] == ["/new"]


def test_a_link_that_is_refused_for_ever_is_given_up(serve, fetcher, target) -> None:
    server = serve(Reply(403))
    renewals = []

    def renew() -> SignedUrl:
        renewals.append(1)
        return link(server)

    with pytest.raises(LinkExpired):
        fetcher(rule=LOCAL).download(link(server), target, renew=renew)
    assert 7 <= len(renewals) <= 40


def test_a_refused_link_that_cannot_be_renewed_is_a_denied_permission(serve, fetcher, target) -> None:
    server = serve(Reply(403))
    with pytest.raises(PermissionDenied):
        fetcher(rule=LOCAL).download(link(server), target)
    assert len(server.seen) == 1


def test_what_the_renewal_raises_is_raised_and_not_tried_again_here(serve, fetcher, target) -> None:
    renewals = []

    def renew() -> SignedUrl:
        renewals.append(1)
        raise Unavailable("the API is down")

    with pytest.raises(Unavailable, match="the API is down"):
        fetcher(rule=LOCAL).download(link(serve(Reply(403))), target, renew=renew)
    assert len(renewals) == 1


def test_other_bytes_than_announced_are_fetched_three_times_and_then_refused(serve, fetcher, target) -> None:
    server = serve(WHOLE)
    with pytest.raises(HashMismatch):
        fetcher(rule=LOCAL).download(link(server), target, sha256="0" * 64)
    assert len(server.seen) == 3
    assert list(target.parent.iterdir()) == []


def test_a_file_damaged_once_on_the_way_is_fetched_again(serve, fetcher, target) -> None:
    server = serve(Reply(200, DATA[:-1] + b"!"), WHOLE)
    fetcher(rule=LOCAL).download(link(server), target, size=len(DATA), sha256=SHA256)
    assert target.read_bytes() == DATA


@pytest.mark.parametrize("size", [len(DATA) - 1, len(DATA) + 1])
@pytest.mark.parametrize("close_delimited", [True, False])
def test_another_size_than_announced_is_refused(serve, fetcher, target, size, close_delimited) -> None:
    server = serve(Reply(200, DATA, close_delimited=close_delimited))
    with pytest.raises(SizeMismatch, match=str(size)):
        fetcher(rule=LOCAL).download(link(server), target, size=size)
    assert list(target.parent.iterdir()) == []


@pytest.mark.parametrize("close_delimited", [True, False])
def test_a_file_beyond_the_limit_is_refused(serve, fetcher, target, close_delimited) -> None:
    server = serve(Reply(200, DATA, close_delimited=close_delimited))
    downloader = fetcher(rule=LOCAL, max_bytes=len(DATA))
    assert downloader.download(link(server), target).size == len(DATA)
    with pytest.raises(LimitExceeded):
        downloader.download(link(server), target, max_bytes=len(DATA) - 1)
    assert target.read_bytes() == DATA


def test_an_announced_size_beyond_the_limit_is_refused_without_a_request(serve, fetcher, target) -> None:
    server = serve(WHOLE)
    with pytest.raises(LimitExceeded):
        fetcher(rule=LOCAL, max_bytes=10).download(link(server), target, size=11)
    assert server.seen == []


def test_a_packed_file_is_kept_as_stored_and_says_how_it_is_packed(serve, fetcher, target) -> None:
    server = serve(Reply(200, DATA, headers={"Content-Encoding": "gzip"}))
    done = fetcher(rule=LOCAL).download(link(server), target, size=len(DATA), sha256=SHA256)
    assert done.content_encoding == "gzip"
    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_a_success_without_a_file_is_a_wrong_answer(serve, fetcher, target) -> None:
    with pytest.raises(WrongAnswer):
        fetcher(rule=LOCAL).download(link(serve(Reply(204, b""))), target)


def test_a_download_needs_no_more_memory_for_a_larger_file(serve, fetcher, tmp_path) -> None:
    def peak(size: int) -> int:
        def handler(request: httpx.Request) -> httpx.Response:
            chunk = bytes(65_536)
            return httpx.Response(200, content=(chunk for _ in range(size // 65_536)))

        rule = AddressRule(resolve=lambda host: ["93.184.215.14"])
        downloader = fetcher(rule=rule, transport=httpx.MockTransport(handler))
        tracemalloc.start()
        downloader.download(SignedUrl("https://store.test/a"), tmp_path / "file", size=size)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(1 << 20)  # what is loaded once does not count
    assert peak(32 << 20) < 1.35 * peak(2 << 20)


def test_a_redirect_to_another_host_is_refused(serve, fetcher, target) -> None:
    other = serve(WHOLE)
    server = serve(Reply(302, headers={"Location": f"{other.url}/part"}))
    with pytest.raises(UnsafeRedirect):
        fetcher(rule=LOCAL).download(link(server), target)
    assert other.seen == []


def test_an_error_names_the_file_without_its_signature(serve, fetcher, target) -> None:
    server = serve(Reply(404, b"<Code>NoSuchKey</Code>"))
    with pytest.raises(NotFound) as caught:
        fetcher(rule=LOCAL).download(link(server), target)
    assert str(caught.value) == f"GET {server.url}/part-1.zip, status 404: <Code>NoSuchKey</Code>"


@pytest.mark.parametrize(
    ("url", "addresses"),
    [
        ("http://store.test/a", ["93.184.215.14"]),
        ("ftp://store.test/a", ["93.184.215.14"]),
        ("https://user:pw@store.test/a", ["93.184.215.14"]),
        ("/relative", []),
        ("https://store.test/a", ["10.1.2.3"]),
        ("https://store.test/a", ["93.184.215.14", "192.168.0.1"]),
        ("https://store.test/a", ["127.0.0.1"]),
        ("https://store.test/a", ["::1"]),
        ("https://store.test/a", ["fe80::1%eth0"]),
        ("https://store.test/a", ["fd00::1"]),
        ("https://store.test/a", ["::ffff:169.254.169.254"]),
        ("https://169.254.169.254/latest/meta-data", []),
        ("https://[::1]/a", []),
        ("https://localhost/a", []),
        ("https://0.0.0.0/a", []),
        ("https://224.0.0.1/a", []),
        ("http://127.0.0.1/a", []),
    ],
)
def test_a_link_that_leads_into_the_network_or_is_not_https_is_refused_before_anything_is_sent(
    fetcher, target, url, addresses
) -> None:
    sent: list[httpx.Request] = []
    transport = httpx.MockTransport(lambda request: sent.append(request) or httpx.Response(200))
    downloader = fetcher(rule=AddressRule(resolve=lambda host: addresses), transport=transport)
    with pytest.raises(UnsafeRedirect):
        downloader.download(SignedUrl(url), target)
    assert sent == []


def test_loopback_is_allowed_where_the_api_itself_is_there_and_other_inner_addresses_are_not(
    serve, fetcher, target
) -> None:
    server = serve(WHOLE)
    downloader = fetcher(rule=AddressRule.beside("http://localhost:8000"))
    assert downloader.download(link(server), target).size == len(DATA)
    for url in ("http://10.0.0.1/a", "http://169.254.169.254/a", "https://192.168.1.1/a"):
        with pytest.raises(UnsafeRedirect):
            downloader.download(SignedUrl(url), target)
    with pytest.raises(UnsafeRedirect):
        fetcher(rule=AddressRule.beside("https://api.test")).download(link(server), target)


def test_the_own_host_of_the_api_is_trusted_whatever_its_address(fetcher, target) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=DATA))
    rule = AddressRule(trusted=httpx.URL("https://api.inside"), resolve=lambda host: ["10.0.0.5"])
    downloader = fetcher(rule=rule, transport=transport)
    assert downloader.download(SignedUrl("https://api.inside/files/1"), target).size == len(DATA)
    with pytest.raises(UnsafeRedirect):
        downloader.download(SignedUrl("https://other.inside/files/1"), target)


def test_a_name_that_leads_elsewhere_the_second_time_is_refused_before_its_body_is_read(
    serve, fetcher, target
) -> None:
    server = serve(WHOLE)
    port = server.url.rsplit(":", 1)[1]

    class Rebound(AddressRule):
        def check(self, url: httpx.URL) -> None:
            """As if the name had led to a public address when it was asked."""

    with pytest.raises(UnsafeRedirect, match=r"127\.0\.0\.1"):
        fetcher(rule=Rebound()).download(SignedUrl(f"http://127.0.0.1:{port}/a"), target)
    assert list(target.parent.iterdir()) == []


def test_an_unknown_storage_host_may_pass(fetcher, target, clock) -> None:
    asked = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        if len(asked) < 3:
            raise OSError("no such host")
        return ["93.184.215.14"]

    transport = httpx.MockTransport(lambda request: httpx.Response(200, content=DATA))
    fetcher(rule=AddressRule(resolve=resolve), transport=transport).download(
        SignedUrl("https://store.test/a"), target
    )
    assert asked == ["store.test"] * 3
