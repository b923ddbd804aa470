"""Which windows a load takes, in which order."""

from __future__ import annotations

from datetime import datetime, timedelta

from sources.kit.streams import Context, Stream, Window, newest, next_window, start_of

from .request import LoadRequest

# A range that holds too many records is halved no further than this: more in one second must go in one package.
_SHORTEST = timedelta(seconds=1)


def plan_windows(stream: Stream, context: Context, request: LoadRequest) -> list[Window | None]:
    """The windows of a stream, oldest first; ``[None]`` for one that is not read by ranges.

    The request's own windows stand for themselves. Without any, those that an earlier load began come first, as
    they were asked for. Others run from the mark (less the look-back), or from ``since``, to the newest that may
    be read, or ``until``; at most ``window_days`` long. Stretches without records are joined to the next. All are
    at most ``package_rows`` large, as far as the API counts.
    """
    if not stream.windowed or stream.left_out(context.settings) is not None:
        return [None]
    if request.windows:
        return [piece for window in request.windows for piece in _joined(stream, context, [window])]
    mark = None if request.full_refresh else context.marks.get(stream.name)
    begun = [] if request.full_refresh else list(stream.pending(context))
    ahead = _ahead(context, request, max([mark, *(w.end for w in begun)], default=None, key=_instant))
    windows: list[Window | None] = list(begun)
    windows += _joined(stream, context, stream.pieces(context, ahead))
    return windows


def _instant(value: datetime | None) -> float:
    return value.timestamp() if value is not None else float("-inf")


def _ahead(context: Context, request: LoadRequest, mark: datetime | None) -> Window:
    now = context.clock.now()
    window = next_window(context.settings, mark, now)
    if request.full_refresh:
        window = Window(min(start_of(context.settings, now), window.end), window.end)
    end = min(request.until or window.end, newest(context.settings, now))
    start = request.since or window.start
    return Window(min(start, end), end)


def _joined(stream: Stream, context: Context, windows: list[Window]) -> list[Window]:
    """The windows without the empty ones: each of those becomes the beginning of the next."""
    sized: list[Window] = []
    start = windows[0].start
    for index, window in enumerate(windows):
        count = stream.expected(context, window)
        if count == 0 and index < len(windows) - 1:
            continue
        sized += _halved(stream, context, Window(start, window.end), count)
        start = window.end
    return sized


def _halved(stream: Stream, context: Context, window: Window, count: int | None) -> list[Window]:
    if count is None or count <= context.settings.package_rows or window.end - window.start <= _SHORTEST:
        return [window]
    middle = window.start + (window.end - window.start) / 2
    middle = middle.replace(microsecond=middle.microsecond // 1000 * 1000)
    halves = (Window(window.start, middle), Window(middle, window.end))
    return [
        piece for half in halves for piece in _halved(stream, context, half, stream.expected(context, half))
    ]
