"""Tokens: asked for once for all, renewed before they end, once more after a 401, never shown."""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from sources.kit.transport import (
    ApiKeyAuth,
    AuthenticationFailed,
    BasicAuth,
    InvalidConfiguration,
    OAuth2ClientCredentials,
    RateLimited,
    Redactor,
    RetryPolicy,
    StaticTokenAuth,
    TokenAuth,
    Unavailable,
    WrongAnswer,
)

from .support import RESET, Reply, Seen

PATH = "/authentication/api/v1/token"
LIFE = 28_800


class TokenServer:
    """Gives numbered tokens and takes only the last one."""

    def __init__(self) -> None:
        self.issued = 0
        self.valid = True
        self.token_replies: list[Reply] = []
        self.lock = threading.Lock()

    def __call__(self, seen: Seen) -> Reply:
        with self.lock:
            if seen.path == PATH:
                if self.token_replies:
                    return self.token_replies.pop(0)
                self.issued += 1
                self.valid = True
                answer = {"data": {"token": f"token-number-{self.issued}", "expiresIn": LIFE}}
                return Reply(200, json.dumps(answer).encode())
            good = self.valid and seen.headers.get("authorization") == f"token-number-{self.issued}"
        return Reply(200, b'{"ok": true}') if good else Reply(401, b'{"message": "who?"}')


@pytest.fixture
def api() -> TokenServer:
    return TokenServer()


def roit_auth(**options) -> TokenAuth:
    return TokenAuth(PATH, {"clientId": "client-1", "clientSecret": "s3cr3t-words"}, **options)


def ok(response: httpx.Response) -> bool:
    return bool(response.json()["ok"])


def tokens_asked_for(server) -> int:
    return sum(seen.path == PATH for seen in server.seen)


def test_a_token_is_asked_for_once_and_sent_bare(serve, connect, api) -> None:
    server = serve(handler=api)
    client = connect(server.url, auth=roit_auth())
    assert all(client.read("GET", "/rows", parse=ok) for _ in range(3))
    assert tokens_asked_for(server) == 1
    assert json.loads(server.seen[0].body) == {"clientId": "client-1", "clientSecret": "s3cr3t-words"}
    assert server.seen[1].headers["authorization"] == "token-number-1"


def test_a_token_is_renewed_at_three_quarters_of_its_life_and_not_before(serve, connect, api, clock) -> None:
    server = serve(handler=api)
    client = connect(server.url, auth=roit_auth())
    client.read("GET", "/rows", parse=ok)
    clock.advance(0.75 * LIFE - 1)
    client.read("GET", "/rows", parse=ok)
    assert api.issued == 1
    clock.advance(1)
    client.read("GET", "/rows", parse=ok)
    assert api.issued == 2


@pytest.mark.parametrize("failure", [Reply(503), Reply(401), RESET])
def test_an_early_renewal_that_fails_leaves_the_old_token_in_use(serve, connect, api, clock, failure) -> None:
    server = serve(handler=api)
    client = connect(server.url, auth=roit_auth())
    client.read("GET", "/rows", parse=ok)
    clock.advance(0.8 * LIFE)
    api.token_replies = [failure]
    assert client.read("GET", "/rows", parse=ok)
    assert client.read("GET", "/rows", parse=ok)
    assert tokens_asked_for(server) == 2
    clock.advance(61)
    client.read("GET", "/rows", parse=ok)
    assert api.issued == 2


def test_eight_threads_share_one_token_request(serve, connect, api) -> None:
    server = serve(handler=api)
    client = connect(server.url, auth=roit_auth())
    barrier = threading.Barrier(8)

    def work(_: int) -> bool:
        barrier.wait()
        return client.read("GET", "/rows", parse=ok)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [True] * 8
    assert tokens_asked_for(server) == 1


def test_threads_that_meet_a_401_at_once_share_one_renewal(serve, connect, api) -> None:
    both = threading.Barrier(2)

    def handler(seen: Seen) -> Reply:
        if seen.path == "/rows" and not api.valid:
            both.wait(timeout=10)
        return api(seen)

    server = serve(handler=handler)
    client = connect(server.url, auth=roit_auth())
    client.read("GET", "/rows", parse=ok)
    api.valid = False
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda _: client.read("GET", "/rows", parse=ok), range(2))) == [True] * 2
    assert api.issued == 2


@pytest.mark.timeout(30)
def test_answers_that_wait_for_a_renewal_do_not_keep_it_from_getting_a_connection(
    serve, connect, api, clock
) -> None:
    """Two 401s hold both connections and wait for the renewal of a third request, which needs one of them."""
    renewing, busy = threading.Event(), threading.Barrier(3)

    class Announcing(TokenAuth):
        def token_request(self, url, timeout):
            if api.issued:
                renewing.set()
            return super().token_request(url, timeout)

    def handler(seen: Seen) -> Reply:
        if seen.path == "/held" and seen.headers["authorization"] == "token-number-1":
            busy.wait(timeout=10)
            renewing.wait(timeout=10)
            return Reply(401)
        return api(seen)

    server = serve(handler=handler)
    client = connect(server.url, auth=Announcing(PATH, {"clientId": "client-1"}), max_connections=2)
    client.read("GET", "/rows", parse=ok)
    with ThreadPoolExecutor(3) as pool:
        held = [pool.submit(client.read, "GET", "/held", parse=ok) for _ in range(2)]
        busy.wait(timeout=10)
        clock.advance(0.8 * LIFE)
        third = pool.submit(client.read, "GET", "/rows", parse=ok)
        assert [future.result() for future in (*held, third)] == [True] * 3
    assert api.issued == 2


def test_a_second_401_in_a_row_is_a_failed_authentication(serve, connect) -> None:
    def handler(seen: Seen) -> Reply:
        return Reply(200, b'{"data": {"token": "token-x"}}') if seen.path == PATH else Reply(401, b"no")

    server = serve(handler=handler)
    with pytest.raises(AuthenticationFailed, match="status 401"):
        connect(server.url, auth=roit_auth()).read("GET", "/rows", parse=ok)
    assert [seen.path for seen in server.seen] == [PATH, "/rows", PATH, "/rows"]


def test_a_401_with_a_static_token_fails_at_once(serve, connect) -> None:
    server = serve(Reply(401))
    with pytest.raises(AuthenticationFailed):
        connect(server.url, auth=StaticTokenAuth("token-static")).read("GET", "/rows", parse=ok)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_refused_credentials_are_sent_once_and_never_again(serve, connect, api, status) -> None:
    api.token_replies = [Reply(status, b'{"message": "wrong secret"}')] * 9
    server = serve(handler=api)
    client = connect(server.url, auth=roit_auth())
    for _ in range(3):
        with pytest.raises(AuthenticationFailed, match="wrong secret") as caught:
            client.read("GET", "/rows", parse=ok)
        assert caught.value.path == PATH
    assert len(server.seen) == 1


def test_a_token_path_that_is_not_there_is_a_configuration_error(serve, connect, api) -> None:
    api.token_replies = [Reply(404)]
    server = serve(handler=api)
    with pytest.raises(InvalidConfiguration, match="token path"):
        connect(server.url, auth=roit_auth()).read("GET", "/rows", parse=ok)


@pytest.mark.parametrize("failure", [RESET, Reply(500), Reply(503), Reply(429), Reply(200, b"<html>")])
def test_a_token_request_is_tried_again_like_a_read(serve, connect, api, failure) -> None:
    api.token_replies = [failure] * 7
    server = serve(handler=api)
    assert connect(server.url, auth=roit_auth()).read("GET", "/rows", parse=ok)
    assert tokens_asked_for(server) == 8


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (Reply(503), Unavailable),
        (Reply(429, headers={"Retry-After": "3600"}), RateLimited),
        (Reply(200, b'{"status": "failed"}'), WrongAnswer),
    ],
)
def test_a_token_request_that_stays_without_a_token_says_which_request_it_was(
    serve, connect, failure, kind
) -> None:
    server = serve(failure)
    with pytest.raises(kind) as caught:
        connect(server.url, auth=roit_auth()).read("GET", "/rows", parse=ok)
    assert (caught.value.method, caught.value.path) == ("POST", PATH)


def test_a_token_request_has_the_time_outs_of_its_client(connect) -> None:
    seen = {}

    def handler(request: httpx.Request) -> httpx.Response:
        seen[request.url.path] = request.extensions["timeout"]
        return httpx.Response(200, json={"ok": True, "data": {"token": "token-x"}})

    client = connect(
        "https://api.test", auth=roit_auth(), transport=httpx.MockTransport(handler), read_timeout=7
    )
    client.read("GET", "/rows", parse=ok)
    assert seen[PATH] == seen["/rows"]
    assert seen[PATH]["read"] == 7


def test_names_paths_and_prefix_of_a_token_are_settings(connect) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"ok": True, "access": "abc-token", "ttl": "10"})

    auth = TokenAuth(
        "login", {"user": "u-1"}, token_field="access", lifetime_field="ttl", prefix="Bearer", header="X-Auth"
    )
    connect("https://api.test/base", auth=auth, transport=httpx.MockTransport(handler)).read(
        "GET", "/rows", parse=ok
    )
    assert [request.url.path for request in seen] == ["/base/login", "/base/rows"]
    assert seen[1].headers["x-auth"] == "Bearer abc-token"


@pytest.mark.parametrize("lifetime", [None, 0, -1, "soon", "inf"])
def test_a_lifetime_that_makes_no_sense_is_the_default_one(connect, clock, lifetime) -> None:
    asked = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path == PATH:
            asked.append(request)
        return httpx.Response(200, json={"ok": True, "data": {"token": "token-x", "expiresIn": lifetime}})

    client = connect(
        "https://api.test", auth=roit_auth(default_lifetime=100), transport=httpx.MockTransport(handler)
    )
    for _ in range(3):
        client.read("GET", "/rows", parse=ok)
        clock.advance(40)
    assert len(asked) == 2


def test_oauth2_client_credentials_go_to_their_own_host_as_basic_and_the_token_as_bearer(connect) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "login.test":
            return httpx.Response(200, json={"access_token": "oauth-token", "expires_in": 300})
        return httpx.Response(200, json={"ok": True})

    auth = OAuth2ClientCredentials(
        "https://login.test/token", client_id="id:1", client_secret="s/1", scope="read"
    )
    client = connect("https://api.test", auth=auth, transport=httpx.MockTransport(handler))
    assert client.read("GET", "/rows", parse=ok)
    assert base64.b64decode(seen[0].headers["authorization"].removeprefix("Basic ")) == b"id%3A1:s%2F1"
    assert seen[0].content == b"grant_type=client_credentials&scope=read"
    assert seen[1].headers["authorization"] == "Bearer oauth-token"


def test_credentials_do_not_go_to_another_host_in_clear_text(connect) -> None:
    auth = OAuth2ClientCredentials("http://login.test/token", client_id="a", client_secret="b")
    with pytest.raises(InvalidConfiguration, match="https"):
        connect("https://api.test", auth=auth)


@pytest.mark.parametrize(
    ("auth", "header", "value"),
    [
        (ApiKeyAuth("X-API-KEY", "key-1234"), "x-api-key", "key-1234"),
        (StaticTokenAuth("tok-1234"), "authorization", "tok-1234"),
        (StaticTokenAuth("tok-1234", prefix="Bearer "), "authorization", "Bearer tok-1234"),
        (BasicAuth("user", "pass-1234"), "authorization", "Basic dXNlcjpwYXNzLTEyMzQ="),
    ],
)
def test_fixed_credentials_are_sent_and_known_to_the_redactor(serve, connect, auth, header, value) -> None:
    server = serve(Reply(200, b'{"ok": true}'))
    redactor = Redactor()
    connect(server.url, auth=auth, redactor=redactor).read("GET", "/rows", parse=ok)
    assert server.seen[0].headers[header] == value
    for secret in auth.secrets():
        assert secret not in redactor.text(f"it said {secret} here")


def test_a_token_that_was_learnt_is_not_shown_in_a_later_error(serve, connect) -> None:
    def handler(seen: Seen) -> Reply:
        if seen.path == PATH:
            return Reply(200, b'{"data": {"token": "opaque/learnt+token"}}')
        return Reply(400, f"you sent {seen.headers['authorization']} and more".encode())

    server = serve(handler=handler)
    with pytest.raises(Exception, match="you sent") as caught:
        connect(server.url, auth=roit_auth(), policy=RetryPolicy(attempts=1)).read("GET", "/rows", parse=ok)
    assert "learnt" not in str(caught.value)
