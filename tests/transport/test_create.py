"""A create never happens twice by our doing, and a lost answer is told apart from a refusal (P7)."""

from __future__ import annotations

import json

import httpx
import pytest

from sources.kit.transport import (
    AuthenticationFailed,
    IdempotencyConflict,
    LimitExceeded,
    NotFound,
    RateLimited,
    Refused,
    StaticTokenAuth,
    TokenAuth,
    Unavailable,
    UnknownOutcome,
    UnsafeRedirect,
    WrongAnswer,
)

from .support import RESET, Reply, script

CREATED = Reply(201, b'{"id": "exp-1"}')
LATER = Reply(429, headers={"Retry-After": "1"})
IN_PROGRESS = Reply(422, b'{"message": "in progress"}')
MAY_REPEAT = Reply(500, headers={"Idempotency-Retryable": "true"})
KEY = "8d2d6b0e-3a57-4a57-9a55-0d6a1f2f7a10"


def new_id(response: httpx.Response) -> str:
    identity: str = response.json()["id"]
    return identity


@pytest.mark.parametrize(
    "lost",
    [
        RESET,
        Reply(201, b'{"id": "exp-1"}', cut=3),
        Reply(201, b"<html>"),
        Reply(201, b"{}"),
        Reply(408),
        Reply(500),
        Reply(502),
        Reply(503),
        Reply(503, headers={"Retry-After": "1"}),
        Reply(504),
    ],
)
def test_a_create_whose_answer_is_lost_is_sent_exactly_once_and_its_outcome_is_unknown(
    serve, connect, clock, lost
) -> None:
    server = serve(lost, CREATED)
    with pytest.raises(UnknownOutcome, match="may have been done"):
        connect(server.url).create("POST", "/exports", json={}, parse=new_id)
    assert len(server.seen) == 1
    assert clock.slept == []


def test_a_create_that_times_out_is_sent_exactly_once(connect) -> None:
    sent = []

    def hang(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        raise httpx.ReadTimeout("timed out")

    client = connect("https://api.test", transport=httpx.MockTransport(hang))
    with pytest.raises(UnknownOutcome):
        client.create("POST", "/exports", parse=new_id)
    assert len(sent) == 1


def test_an_answer_too_large_to_read_leaves_the_outcome_unknown(serve, connect) -> None:
    server = serve(Reply(201, b'{"id": "' + b"x" * 2000 + b'"}'))
    with pytest.raises(UnknownOutcome, match="larger than 1000 bytes"):
        connect(server.url, max_bytes=1000).create("POST", "/exports", parse=new_id)
    with pytest.raises(LimitExceeded):
        connect(server.url, max_bytes=1000).read("POST", "/exports", parse=new_id)


def test_a_create_is_repeated_after_a_429(serve, connect) -> None:
    server = serve(LATER, LATER, CREATED)
    assert connect(server.url).create("POST", "/exports", json={"a": 1}, parse=new_id) == "exp-1"
    assert [json.loads(seen.body) for seen in server.seen] == [{"a": 1}] * 3


def test_a_create_with_a_429_beyond_the_budget_was_not_done(serve, connect) -> None:
    server = serve(Reply(429, headers={"Retry-After": "7200"}))
    with pytest.raises(RateLimited):
        connect(server.url).create("POST", "/exports", parse=new_id)


@pytest.mark.parametrize("failure", [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow")])
def test_a_create_that_found_no_connection_is_repeated_because_nothing_was_sent(connect, failure) -> None:
    tries = []

    def refuse(request: httpx.Request) -> httpx.Response:
        tries.append(request)
        if len(tries) < 4:
            raise failure
        return httpx.Response(201, json={"id": "exp-1"})

    client = connect("https://api.test", transport=httpx.MockTransport(refuse))
    assert client.create("POST", "/exports", parse=new_id) == "exp-1"
    assert len(tries) == 4


def test_a_create_that_never_found_a_connection_was_not_done(serve, connect) -> None:
    server = serve(CREATED)
    server.stop()
    with pytest.raises(Unavailable) as caught:
        connect(server.url).create("POST", "/exports", parse=new_id)
    assert caught.value.may_have_arrived is False


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Refused), (401, AuthenticationFailed), (404, NotFound), (409, Refused), (422, Refused)],
)
def test_a_create_that_is_refused_was_not_done(serve, connect, status, kind) -> None:
    server = serve(Reply(status))
    with pytest.raises(kind):
        connect(server.url).create("POST", "/exports", parse=new_id)
    assert len(server.seen) == 1


def test_a_create_is_never_redirected(serve, connect) -> None:
    server = serve(Reply(307, headers={"Location": "/elsewhere"}))
    with pytest.raises(UnsafeRedirect):
        connect(server.url).create("POST", "/exports", parse=new_id)
    assert len(server.seen) == 1


def test_a_create_waits_for_its_token_as_long_as_a_read_would(serve, connect) -> None:
    token = script(Reply(503), RESET, Reply(200, b"<html>"), Reply(200, b'{"data": {"token": "tok-12345"}}'))

    def handler(seen):
        return token(seen) if seen.path == "/token" else CREATED

    server = serve(handler=handler)
    auth = TokenAuth("/token", {"clientId": "id-1", "clientSecret": "secret-1"})
    assert connect(server.url, auth=auth).create("POST", "/exports", parse=new_id) == "exp-1"
    assert [seen.path for seen in server.seen] == ["/token"] * 4 + ["/exports"]


@pytest.mark.parametrize(
    "passing",
    [RESET, Reply(201, b"<html>"), LATER, IN_PROGRESS, MAY_REPEAT, Reply(502), Reply(503), Reply(504)],
)
def test_under_an_idempotency_key_a_create_is_repeated_with_the_same_key_and_body(
    serve, connect, passing
) -> None:
    server = serve(passing, passing, CREATED)
    identity = connect(server.url).create(
        "POST", "/reports", json={"code": "INVOICE"}, parse=new_id, idempotency_key=KEY
    )
    assert identity == "exp-1"
    assert [(seen.headers["idempotency-key"], seen.body) for seen in server.seen] == [
        (KEY, b'{"code":"INVOICE"}')
    ] * 3


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Retryable": "false"}])
def test_under_a_key_a_500_that_does_not_invite_it_is_not_repeated(serve, connect, headers) -> None:
    server = serve(Reply(500, headers=headers), CREATED)
    with pytest.raises(UnknownOutcome):
        connect(server.url).create("POST", "/reports", parse=new_id, idempotency_key=KEY)
    assert len(server.seen) == 1


def test_under_a_key_a_409_is_a_conflict_and_final(serve, connect) -> None:
    server = serve(Reply(409, b'{"message": "other body"}'), CREATED)
    with pytest.raises(IdempotencyConflict, match="other body"):
        connect(server.url).create("POST", "/reports", parse=new_id, idempotency_key=KEY)
    assert len(server.seen) == 1


@pytest.mark.parametrize("failure", [RESET, IN_PROGRESS, Reply(503)])
def test_under_a_key_a_create_that_never_gets_its_answer_has_an_unknown_outcome(
    serve, connect, failure
) -> None:
    server = serve(failure)
    with pytest.raises(UnknownOutcome):
        connect(server.url).create("POST", "/reports", parse=new_id, idempotency_key=KEY)
    assert len(server.seen) >= 8


def test_under_a_key_an_outcome_stays_unknown_when_the_credentials_end_before_it_is_learnt(
    serve, connect
) -> None:
    server = serve(RESET, Reply(401))
    with pytest.raises(UnknownOutcome):
        connect(server.url, auth=StaticTokenAuth("tok-12345")).create(
            "POST", "/reports", parse=new_id, idempotency_key=KEY
        )


def test_an_idempotency_key_has_1_to_255_characters(serve, connect) -> None:
    server = serve(CREATED)
    client = connect(server.url)
    assert client.create("POST", "/reports", parse=new_id, idempotency_key="k" * 255) == "exp-1"
    for key in ("", "k" * 256):
        with pytest.raises(ValueError, match="1 to 255"):
            client.create("POST", "/reports", parse=new_id, idempotency_key=key)
    assert len(server.seen) == 1


def test_what_a_parser_says_about_a_create_is_final(serve, connect) -> None:
    def refuse(response: httpx.Response) -> str:
        raise Refused("failed in a 200")

    server = serve(Reply(200, b'{"status": "failed"}'))
    with pytest.raises(Refused, match="failed in a 200"):
        connect(server.url).create("POST", "/exports", parse=refuse)
    assert len(server.seen) == 1


def test_content_in_pieces_is_sent_whole_again_after_a_429(serve, connect) -> None:
    server = serve(LATER, CREATED)
    pieces = [b"one,", b"two"]
    connect(server.url).create(
        "PUT", "/blocks/1", content=pieces, headers={"Content-Length": "7"}, parse=new_id
    )
    assert [seen.body for seen in server.seen] == [b"one,two"] * 2


def test_content_that_can_be_read_only_once_is_not_accepted(serve, connect) -> None:
    server = serve(CREATED)
    with pytest.raises(TypeError, match="more than once"):
        connect(server.url).create("PUT", "/blocks/1", content=iter([b"x"]), parse=new_id)
    assert server.seen == []


def test_a_read_is_never_of_unknown_outcome(serve, connect) -> None:
    server = serve(Reply(200, b"<html>"))
    with pytest.raises(WrongAnswer):
        connect(server.url).read("POST", "/search", parse=new_id)


def test_a_refusal_that_is_accepted_is_parsed_and_another_one_is_not(serve, connect) -> None:
    server = serve(Reply(400, b'{"id": "the-culprit"}'), Reply(404))
    client = connect(server.url)
    assert client.create("POST", "/batches", parse=new_id, accept=(400,)) == "the-culprit"
    with pytest.raises(NotFound):
        client.create("POST", "/batches", parse=new_id, accept=(400,))
