"""The sandbox beside us: reachable while it is wanted, and gone however that ends."""

from __future__ import annotations

import httpx
import pytest

from pipelines.errors import WorkFailed
from pipelines.registry import SOURCES
from pipelines.sandbox import running_sandbox


@pytest.fixture(autouse=True)
def _roit(monkeypatch):
    for name in ("acme", "globex"):
        monkeypatch.delitem(SOURCES, name)
    monkeypatch.setitem(SOURCES, "roit", "sources.roit")


def _fail_in_a_running_sandbox(seen):
    with running_sandbox("--systems", "roit", "--scale", "5") as ready:
        seen.update(ready.settings())
        assert httpx.get(seen["SOURCES__ROIT__BASE_URL"]).status_code >= 400
        raise KeyError("the block fails")


def test_it_answers_while_the_block_runs_and_is_stopped_when_it_fails():
    seen = {}
    with pytest.raises(KeyError, match="the block fails"):
        _fail_in_a_running_sandbox(seen)
    assert seen["SOURCES__ROIT__CLIENT_SECRET"]
    with pytest.raises(httpx.ConnectError):
        httpx.get(seen["SOURCES__ROIT__BASE_URL"])


def test_a_folder_called_sandbox_in_the_working_directory_is_not_run(place):
    (place / "sandbox").mkdir()
    (place / "sandbox" / "__main__.py").write_text("raise SystemExit('not ours')")
    with running_sandbox("--systems", "roit", "--scale", "5") as ready:
        assert ready.document["roit"].startswith("http://127.0.0.1:")


def test_one_that_does_not_start_is_one_line():
    with pytest.raises(WorkFailed, match="did not start") as caught, running_sandbox("--no-such-option"):
        pytest.fail("it started")
    assert "\n" not in str(caught.value)
