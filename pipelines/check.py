"""Whether a load would work: configuration, destination, reachability, clock, credentials. Changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import httpx

from sources.kit.streams import SourceSpec
from sources.kit.transport import SourceError

from . import configuration
from .destinations import Destination
from .errors import UsageError
from .load.report import ExitCode

# More than this and a window's end, a token's life or a signed link is judged wrongly.
CLOCK_TOLERANCE_SECONDS = 60
REACH_TIMEOUT_SECONDS = 15

Get = Callable[[str], httpx.Response]


class Verdict(StrEnum):
    """How a check ended. ``MISSING`` is configuration that is not there, which may be meant."""

    GOOD = "ok"
    WARNING = "warning"
    MISSING = "missing"
    FAILED = "failed"


@dataclass(frozen=True)
class CheckLine:
    """One thing that was checked."""

    subject: str
    check: str
    verdict: Verdict
    detail: str


def check(
    specs: Sequence[SourceSpec], destination: Callable[[], Destination], get: Get | None = None
) -> Iterator[CheckLine]:
    """Checks the destination and then each source, and tells each result when it is there."""
    yield _destination(destination)
    for spec in specs:
        yield from _source(spec, get or _get)


def exit_code(lines: Sequence[CheckLine], named: Sequence[str]) -> ExitCode:
    """1 when something does not work; 2 when a named source, or every one, lacks configuration."""
    if any(line.verdict is Verdict.FAILED for line in lines):
        return ExitCode.FAILED
    lacking = {line.subject for line in lines if line.verdict is Verdict.MISSING}
    usable = any(line.check == "credentials" and line.verdict is Verdict.GOOD for line in lines)
    if lacking & set(named) or not usable:
        return ExitCode.USAGE
    return ExitCode.DONE


def _destination(destination: Callable[[], Destination]) -> CheckLine:
    try:
        return CheckLine("destination", "rights", Verdict.GOOD, destination().check())
    except UsageError as error:
        return CheckLine("destination", "rights", Verdict.FAILED, str(error))


def _source(spec: SourceSpec, get: Get) -> Iterator[CheckLine]:
    try:
        settings = configuration.settings(spec.name)
    except UsageError as error:
        yield CheckLine(spec.name, "configuration", Verdict.MISSING, str(error))
        return
    if missing := spec.missing(settings):
        yield CheckLine(spec.name, "configuration", Verdict.MISSING, f"not set: {', '.join(missing)}")
        return
    yield CheckLine(spec.name, "configuration", Verdict.GOOD, "complete")
    try:
        answer = get(settings.base_url)
    except httpx.HTTPError as error:
        reason = configuration.redactor().text(str(error)) or type(error).__name__
        yield CheckLine(spec.name, "reachability", Verdict.FAILED, f"{settings.base_url}: {reason}")
        return
    yield CheckLine(spec.name, "reachability", Verdict.GOOD, str(settings.base_url))
    yield _clock(spec.name, answer)
    yield _credentials(spec, settings)


def _clock(name: str, answer: httpx.Response) -> CheckLine:
    try:
        theirs = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError):
        return CheckLine(name, "clock", Verdict.WARNING, "the server does not tell the time")
    apart = round((datetime.now(UTC) - theirs).total_seconds())
    if abs(apart) <= CLOCK_TOLERANCE_SECONDS:
        return CheckLine(name, "clock", Verdict.GOOD, f"{abs(apart)} s apart")
    side = "ahead of" if apart > 0 else "behind"
    return CheckLine(
        name, "clock", Verdict.WARNING, f"this machine is {abs(apart)} s {side} the server: set it"
    )


def _credentials(spec: SourceSpec, settings: Any) -> CheckLine:
    try:
        with closing(spec.connect(settings)) as client:
            spec.probe(client, settings)
    except SourceError as error:
        detail = configuration.redactor().text(str(error))
        return CheckLine(spec.name, "credentials", Verdict.FAILED, detail)
    return CheckLine(spec.name, "credentials", Verdict.GOOD, "accepted")


def _get(url: str) -> httpx.Response:
    """An answer, whatever it says: sent without credentials, so that it shows the way and the time only."""
    with httpx.Client(timeout=REACH_TIMEOUT_SECONDS, follow_redirects=False) as client:
        return client.head(url)
