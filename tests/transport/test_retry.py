"""How often a read is tried, how long it waits, and when it says: come back later."""

from __future__ import annotations

import random
from datetime import timedelta
from email.utils import format_datetime

import httpx
import pytest

from sources.kit.transport import (
    AuthenticationFailed,
    InvalidConfiguration,
    NotFound,
    PermissionDenied,
    RateLimited,
    Refused,
    RetryPolicy,
    Unavailable,
    WrongAnswer,
)
from sources.kit.transport._retry import parse_retry_after

from .support import RESET, START, Reply


def as_json(response: httpx.Response):
    return response.json()


GOOD = Reply(body=b'{"ok": true}')
HTML = Reply(body=b"<html>maintenance</html>", headers={"Content-Type": "text/html"})
CUT = Reply(body=b'{"ok": true}', cut=4)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "failure",
    [RESET, CUT, HTML, Reply(408), Reply(425), Reply(429), Reply(500), Reply(502), Reply(503), Reply(504)],
)
def test_a_read_that_fails_seven_times_in_a_passing_way_succeeds_the_eighth(
    serve, connect, failure, method
) -> None:
    server = serve(*[failure] * 7, GOOD)
    assert connect(server.url).read(method, "/rows", parse=as_json) == {"ok": True}
    assert len(server.seen) == 8


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Refused),
        (401, AuthenticationFailed),
        (403, PermissionDenied),
        (404, NotFound),
        (410, NotFound),
        (422, Refused),
    ],
)
def test_a_read_that_is_refused_is_not_tried_again(serve, connect, clock, status, kind) -> None:
    server = serve(Reply(status))
    with pytest.raises(kind):
        connect(server.url).read("GET", "/rows", parse=as_json)
    assert len(server.seen) == 1
    assert clock.slept == []


def test_a_server_that_stays_down_is_given_up_after_the_budget_and_not_before_eight_tries(
    serve, connect, clock
) -> None:
    server = serve(Reply(503))
    with pytest.raises(Unavailable):
        connect(server.url).read("GET", "/rows", parse=as_json)
    assert len(server.seen) >= 8
    assert 45 <= clock.seconds <= 60


def test_a_server_that_hangs_is_tried_eight_times_and_no_more(connect, clock) -> None:
    tries = []

    def hang(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        clock.advance(30)
        raise httpx.ReadTimeout("timed out")

    client = connect("https://api.test", transport=httpx.MockTransport(hang))
    with pytest.raises(Unavailable, match="ReadTimeout"):
        client.read("GET", "/rows", parse=as_json)
    assert len(tries) == 8


def test_a_failing_parser_is_a_wrong_answer_whatever_it_trips_over(serve, connect) -> None:
    server = serve(Reply(body=b"[]"))
    with pytest.raises(WrongAnswer, match="TypeError"):
        connect(server.url, policy=RetryPolicy(attempts=1, budget_seconds=0)).read(
            "GET", "/rows", parse=lambda response: response.json()["data"]
        )


def test_small_waits_that_the_server_asks_for_are_kept_and_do_not_end_the_tries(
    serve, connect, clock
) -> None:
    server = serve(*[Reply(429, headers={"Retry-After": "5"})] * 8, GOOD)
    assert connect(server.url).read("GET", "/rows", parse=as_json) == {"ok": True}
    assert len(server.seen) == 9
    assert all(5 <= wait <= 5.5 for wait in clock.slept)


def test_retry_after_as_a_date_is_a_wait_until_then(serve, connect, clock) -> None:
    date = format_datetime(START + timedelta(seconds=20), usegmt=True)
    server = serve(Reply(503, headers={"Retry-After": date}), GOOD)
    connect(server.url).read("GET", "/rows", parse=as_json)
    assert clock.slept == [20.25]


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("retry_after", ["3600", format_datetime(START + timedelta(hours=1), usegmt=True)])
def test_a_wait_beyond_the_budget_stops_at_once_and_says_when_to_come_back(
    serve, connect, clock, status, retry_after
) -> None:
    server = serve(Reply(status, headers={"Retry-After": retry_after}))
    with pytest.raises(RateLimited, match="come back at 2026-03-02T10:00:00") as caught:
        connect(server.url).read("GET", "/rows", parse=as_json)
    assert caught.value.resume_at == START + timedelta(hours=1)
    assert len(server.seen) == 1
    assert clock.slept == []


def test_waits_asked_for_do_not_add_up_to_more_than_the_budget(serve, connect, clock) -> None:
    serve_slowly = serve(Reply(429, headers={"Retry-After": "25"}))
    with pytest.raises(RateLimited) as caught:
        connect(serve_slowly.url).read("GET", "/rows", parse=as_json)
    assert len(serve_slowly.seen) == 3
    assert clock.seconds <= 60
    assert caught.value.resume_at == clock.now() + timedelta(seconds=25)


def test_a_429_without_a_wait_still_says_when_to_come_back(serve, connect, clock) -> None:
    server = serve(Reply(429))
    with pytest.raises(RateLimited) as caught:
        connect(server.url).read("GET", "/rows", parse=as_json)
    assert caught.value.resume_at is not None
    assert caught.value.resume_at > clock.now()


def test_full_jitter_spreads_over_the_whole_interval_and_never_beyond_its_cap() -> None:
    policy = RetryPolicy(random=random.Random(7).random)
    for tries in range(1, 12):
        ceiling = min(15.0, 0.5 * 2 ** (tries - 1))
        waits = [policy.wait(tries, None) for _ in range(500)]
        assert 0 <= min(waits) < 0.1 * ceiling
        assert 0.9 * ceiling < max(waits) < ceiling
    assert policy.wait(10_000, None) <= 15.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("0", 0.0),
        ("1.5", 1.5),
        (" 120 ", 120.0),
        ("Mon, 02 Mar 2026 09:01:00 GMT", 60.0),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0.0),
        ("999999999999", 366 * 24 * 3600.0),
    ],
)
def test_retry_after_is_read_as_seconds_or_date_and_never_negative(value, seconds) -> None:
    assert parse_retry_after(value, START) == seconds


def test_a_refused_connection_is_unavailable_and_says_so_in_one_line(connect, serve) -> None:
    server = serve(GOOD)
    server.stop()
    with pytest.raises(Unavailable, match="ConnectError") as caught:
        connect(server.url).read("GET", "/rows", parse=as_json)
    assert caught.value.may_have_arrived is False
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["", "api.test", "ftp://api.test", "https://", "https://u:p@api.test", "https://a.test?x=1"]
)
def test_a_base_url_that_cannot_work_is_a_configuration_error(base_url, connect) -> None:
    with pytest.raises(InvalidConfiguration):
        connect(base_url)
