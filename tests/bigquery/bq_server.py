"""A BigQuery server of the tests: an emulator as a process, and a key whose tokens a local server hands out."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from bq_proxy import Recorder, standing_before

ROOT = Path(__file__).parents[2]
# `make test-bigquery` makes it; the extension that the emulator loads lies in a home of its own there.
EMULATOR = Path(os.environ.get("BIGQUERY_EMULATOR_VENV", ROOT / ".venv-bqemulator"))
PROJECT = "ledgerhouse-test"
LOCATION = "southamerica-east1"
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """Where the emulator listens, the key file of a service account that it takes, and what was sent to it."""

    url: str
    key: Path
    sent: Recorder

    @property
    def environment(self) -> dict[str, str]:
        """What dlt and Google's libraries read to reach it."""
        return {
            "DESTINATION__BIGQUERY__CREDENTIALS": self.key.read_text(encoding="utf-8"),
            "DESTINATION__BIGQUERY__LOCATION": LOCATION,
            "BIGQUERY_EMULATOR_HOST": self.url,
            # where nothing but loopback is reached, nobody asks a metadata server who it is
            "NO_GCE_CHECK": "true",
        }


def installed() -> str | None:
    """Why the emulator cannot be started; ``None`` when it can."""
    if not (EMULATOR / "bin" / "bqemulator").exists():
        return "the BigQuery emulator is not installed: make test-bigquery installs it"
    try:
        import google.cloud.bigquery  # noqa: F401
    except ImportError:
        return "Google's libraries are not installed here: make test-bigquery has an environment with them"
    return None


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """An empty emulator on free ports, until the block ends. ``folder`` takes its log and the key."""
    rest, grpc = _free_port(), _free_port()
    command = [
        str(EMULATOR / "bin" / "bqemulator"),
        *("start", "--rest-port", str(rest), "--grpc-port", str(grpc)),
        *("--project", PROJECT, "--log-level", "warning"),
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str((EMULATOR / "home").absolute()),
        "PYTHONFAULTHANDLER": "1",
    }
    log = folder / "emulator.log"
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
    try:
        _wait(f"http://127.0.0.1:{rest}", process, log)
        with _tokens() as token_uri, standing_before(rest) as (url, recorder):
            yield Server(url, _key_file(folder, token_uri), recorder)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/bigquery/v2/projects/{PROJECT}/datasets", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            threading.Event().wait(0.1)
    raise RuntimeError(f"the emulator did not start:\n{log.read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class _TokenHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.dumps({"access_token": "test-token", "expires_in": 3600, "token_type": "Bearer"}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def _tokens() -> Iterator[str]:
    """A server that gives everybody a token, as Google's gives one to whoever signs with the key."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _TokenHandler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/token"
        finally:
            server.shutdown()
            thread.join()


def _key_file(folder: Path, token_uri: str) -> Path:
    path = folder / "key.json"
    key = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": private_key(),
        "client_email": f"loader@{PROJECT}.example",
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(key), encoding="utf-8")
    return path


@cache
def private_key() -> str:
    """A key made on the spot: none lies in the repository."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
