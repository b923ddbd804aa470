"""Every way to authenticate works, what is missing is named, and what is assumed can be set."""

from __future__ import annotations

import httpx
import pytest
from tereina_support import NOW

from sandbox.core.clock import ManualClock
from sandbox.core.server import running
from sources.kit.streams import resolve
from sources.kit.transport import AuthenticationFailed, Client, InvalidConfiguration, RetryPolicy
from sources.tereina import SPEC
from sources.tereina.api import endpoint, list_batches, read_block

SECRETS = {
    "bearer": ("token",),
    "api_key": ("api_key",),
    "basic": ("username", "password"),
    "oauth2": ("client_id", "client_secret"),
    "none": (),
}


def configured(monkeypatch, **values):
    for name, value in values.items():
        monkeypatch.setenv(f"SOURCES__TEREINA__{name.upper()}", value)
    return resolve(SPEC)


@pytest.mark.parametrize("mode", SECRETS)
def test_each_way_to_authenticate_is_accepted_with_its_own_secrets_and_refused_without(monkeypatch, mode):
    options = {"tereina": {"auth": mode, "api_key_header": "X-ERP-Key"}}
    with running(["tereina"], seed=1, scale=100, clock=ManualClock(NOW), options=options) as sandbox:
        known = sandbox.credentials["tereina"]
        base = {"base_url": sandbox.urls["tereina"], "auth": mode, "api_key_header": "X-ERP-Key"}
        settings = configured(monkeypatch, **base, **{name: known[name] for name in SECRETS[mode]})
        assert SPEC.missing(settings) == []
        with SPEC.connect(settings) as client:
            SPEC.probe(client, settings)
        if mode != "none":
            wrong = configured(monkeypatch, **{SECRETS[mode][-1]: "wrong"})
            with SPEC.connect(wrong) as client, pytest.raises(AuthenticationFailed):
                SPEC.probe(client, wrong)
        assert {entry.method for entry in sandbox.requests if "batches" in entry.path} == {"GET"}


@pytest.mark.parametrize("mode", SECRETS)
def test_what_a_mode_lacks_is_named(monkeypatch, mode):
    settings = configured(monkeypatch, auth=mode)
    names = ("base_url", *SECRETS[mode])
    assert SPEC.missing(settings) == [f"SOURCES__TEREINA__{name.upper()}" for name in names]


def test_an_unknown_mode_is_an_error_that_names_the_known_ones(monkeypatch):
    with pytest.raises(InvalidConfiguration, match="auth is 'kerberos': use one of bearer, api_key"):
        configured(monkeypatch, auth="kerberos")


def test_nothing_is_confirmed_unless_it_is_set(monkeypatch):
    assert configured(monkeypatch).confirm is False
    assert configured(monkeypatch, confirm="true").confirm is True


def test_paths_methods_and_the_place_of_the_list_are_settings(monkeypatch):
    settings = configured(
        monkeypatch,
        endpoints__list_batches="POST /queue/search",
        endpoints__data_block="GET /queue/{batchId}/{dataBlockNumber}",
        batches_field="data.items",
    )
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append((request.method, request.url.raw_path.decode()))
        if request.method == "POST":
            return httpx.Response(200, json={"data": {"items": [{"batchId": "b"}]}})
        return httpx.Response(200, content=b"block")

    policy = RetryPolicy(attempts=1, budget_seconds=0)
    with Client("https://erp.example", policy=policy, transport=httpx.MockTransport(answer)) as client:
        assert list(list_batches(client, settings, "INVOICE")) == [b'{"batchId":"b"}']
        assert read_block(client, settings, "b/../1?x", 2, None) == b"block"
    assert seen == [
        ("POST", "/queue/search?payloadObjectType=INVOICE"),
        ("GET", "/queue/b%2F..%2F1%3Fx/2"),
    ]


def test_a_path_with_an_unknown_placeholder_is_a_wrong_setting(monkeypatch):
    settings = configured(monkeypatch, endpoints__data_block="GET /queue/{batch}")
    with pytest.raises(
        InvalidConfiguration, match=r"endpoints\.data_block .* \{batchId\} and \{dataBlockNumber\}"
    ):
        endpoint(settings, "data_block", batchId="b", dataBlockNumber=1)
