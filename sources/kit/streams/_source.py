"""Streams → a dlt source, for ``pipelines`` (which gives windows) and for anybody's own dlt project."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
from dlt.common.configuration import resolve_configuration

from sources.kit.jobs import DltWarehouse
from sources.kit.tables import Emitter, Privacy, WriteOptions
from sources.kit.transport import Client, InvalidConfiguration, RetryPolicy

from ._base import Context, Stream, Window
from ._settings import SourceSettings

MARK = "mark"
DEFAULT_DAYS_BACK = 90


@dataclass(frozen=True)
class AfterLoad:
    """What a source does at the end of a load with what is committed and adds up.

    Args:
        name: how reports call it.
        run: does it for these streams, where the settings ask for it, and says in words what it did. They may have
            loaded in part only; none is among them whose totals differ. Raises ``SourceError``.
    """

    name: str
    run: Callable[[Context, Sequence[Stream]], list[str]]


@dataclass(frozen=True)
class SourceSpec:
    """Everything that a host needs to know of a source.

    Args:
        settings: the dlt configuration of the source, under ``SOURCES__<NAME>``.
        connect: a client with the source's credentials.
        probe: one cheap read that shows whether they work. Changes nothing.
        missing: the names of settings without which the source cannot be used.
        source: the dlt source.
        streams_of: the streams by the settings, where those choose them; ``streams`` are then the default ones.
        after_load: what a host does at the end of a load, if anything.
    """

    name: str
    title: str
    settings: type[SourceSettings]
    streams: tuple[Stream, ...]
    connect: Callable[[Any], Client]
    probe: Callable[[Client, Any], None]
    missing: Callable[[Any], list[str]]
    source: Callable[..., Any]
    streams_of: Callable[[Any], tuple[Stream, ...]] | None = None
    after_load: AfterLoad | None = None

    def configured(self, settings: Any) -> SourceSpec:
        """The same source with the streams that its settings ask for."""
        return replace(self, streams=self.streams_of(settings)) if self.streams_of else self

    def stream(self, name: str) -> Stream | None:
        """The stream of that name, or the one that fills the table of that name."""
        for stream in self.streams:
            if stream.name == name or name in {shape.name for shape in stream.tables if shape.name[0] != "_"}:
                return stream
        return None


def resolve(spec: SourceSpec) -> Any:
    """The source's settings as dlt finds them. Raises dlt's ``ConfigurationException`` for a bad value."""
    return resolve_configuration(spec.settings(), sections=("sources",))


def own_context(spec: SourceSpec) -> Context:
    """What a source needs when it is used alone: settings from dlt's configuration, and the destination of
    the pipeline that runs.

    Raises ``InvalidConfiguration`` naming the settings that are missing.
    """
    settings = resolve(spec)
    missing = spec.missing(settings)
    if missing:
        raise InvalidConfiguration(f"{spec.title} is not configured: set {', '.join(missing)}")
    write = WriteOptions(privacy=privacy(settings))
    return Context(settings, spec.connect(settings), DltWarehouse(dlt.current.pipeline()), write=write)


def retry_policy(settings: SourceSettings) -> RetryPolicy:
    """The transport's policy as the settings say."""
    return RetryPolicy(attempts=settings.retry_attempts, budget_seconds=settings.retry_seconds)


def privacy(settings: SourceSettings) -> Privacy:
    """What becomes of personal data. Raises ``InvalidConfiguration`` for a mode that does not exist."""
    key = (settings.personal_data_key or "").encode()
    try:
        return Privacy(settings.personal_data, key)  # type: ignore[arg-type]
    except ValueError as error:
        raise InvalidConfiguration(str(error)) from None


def start_of(settings: SourceSettings, now: datetime) -> datetime:
    """Where a first load begins. Raises ``InvalidConfiguration`` for a date that is none."""
    if not settings.start_date:
        return now - timedelta(days=DEFAULT_DAYS_BACK)
    try:
        start = datetime.fromisoformat(settings.start_date)
    except ValueError:
        raise InvalidConfiguration(
            f"start_date is {settings.start_date!r}: use a date like 2026-01-31"
        ) from None
    return start if start.tzinfo else start.replace(tzinfo=UTC)


def newest(settings: SourceSettings, now: datetime) -> datetime:
    """The end of what may be read now: later rows may not all be visible yet. Whole milliseconds, which
    every API can say."""
    end = now - timedelta(seconds=settings.hold_back_seconds)
    return end.replace(microsecond=end.microsecond // 1000 * 1000)


def next_window(settings: SourceSettings, mark: datetime | None, now: datetime) -> Window:
    """From the mark, less the look-back, to the newest that may be read."""
    start = start_of(settings, now)
    if mark is not None:
        start = mark - timedelta(seconds=settings.look_back_seconds)
    end = newest(settings, now)
    return Window(min(start, end), end)


def read_mark(state: dict[str, Any]) -> datetime | None:
    """The mark in a resource's state: everything before it has been loaded."""
    text = state.get(MARK)
    return datetime.fromisoformat(text) if text else None


def dlt_resources(streams: Sequence[Stream], context: Context, window: Window | None = None) -> Iterator[Any]:
    """A dlt resource for each stream.

    Without a ``window`` each windowed stream takes one that an earlier load began, or else the next by its own
    mark in dlt's state; either way the mark is moved by the load that commits the window, and never backwards.
    """
    for stream in streams:
        yield dlt.resource(_items, name=stream.name, selected=True)(stream, context, window)


def _items(stream: Stream, context: Context, window: Window | None) -> Iterator[Any]:
    reason = stream.left_out(context.settings)
    if reason is not None:
        context.report.skip(reason)
        return
    state = dlt.current.resource_state()
    mark = read_mark(state)
    context.marks[stream.name] = mark
    # each dlt resource is told its tables once, and dlt takes turns among resources
    context = replace(context, write=replace(context.write, emitter=Emitter(context.write.json_type)))
    reached = mark or start_of(context.settings, context.clock.now())
    if stream.windowed and window is None:
        begun = (piece for piece in stream.pending(context) if _moves(piece, reached, mark))
        window = next(begun, None) or next_window(context.settings, mark, context.clock.now())
    yield from stream.extract(context, window)
    if window is not None and stream.windowed and _moves(window, reached, mark):
        state[MARK] = window.end.isoformat()


def _moves(window: Window, reached: datetime, mark: datetime | None) -> bool:
    """Whether the mark moves once the window is loaded: there is no gap before it, and it goes further."""
    return window.start <= reached and (mark is None or window.end > mark)
