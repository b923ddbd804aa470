"""Which windows a load takes, in which order."""

from __future__ import annotations

from datetime import datetime, timedelta

from sources.kit.streams import Context, Stream, Window, newest, next_window, start_of

from .request import LoadRequest

# A range that holds too many records is halved no further than this: more in one second must go in one package.
_SHORTEST = timedelta(seconds=1)
# Where a backfill keeps its windows, and what those are called that are done.
BACKFILLS = "_backfills"
BACKFILL_DONE = "done"


def plan_windows(stream: Stream, context: Context, request: LoadRequest) -> list[Window | None]:
    """The windows of a stream, oldest first; ``[None]`` for one that is not read by ranges.

    The request's own windows stand for themselves. Without any, those that an earlier load began are taken up as
    they were asked for, and the gaps before them are filled: an export may have been begun before its turn. Others
    run from the mark (less the look-back), or from ``since``, to the newest that may be read, or ``until``; at most
    ``window_days`` long. Stretches without records are joined to the next. All are at most ``package_rows`` large,
    as far as the API counts.
    """
    if not stream.windowed or stream.left_out(context.settings) is not None:
        return [None]
    if request.windows:
        return [piece for window in request.windows for piece in _joined(stream, context, [window])]
    mark = None if request.full_refresh else context.marks.get(stream.name)
    begun = [] if request.full_refresh else _begun(stream, context)
    whole = _whole(context, request, mark)
    if not begun:
        return [*_joined(stream, context, stream.pieces(context, whole))]
    # what lies between the look-back and the mark is no gap in front of a window that goes on from the mark
    reached = whole.start if request.since or mark is None else max(whole.start, mark)
    start, windows = whole.start, list[Window | None]()
    for window in begun:
        windows += _filling(
            stream, context, start, Window(reached, max(reached, min(window.start, whole.end)))
        )
        windows.append(window)
        if window.end > reached:
            start = reached = window.end
    look_back = timedelta(seconds=context.settings.look_back_seconds)
    start = max(whole.start, reached - look_back)
    return [*windows, *_filling(stream, context, start, Window(reached, max(reached, whole.end)))]


def _filling(stream: Stream, context: Context, start: datetime, gap: Window) -> list[Window]:
    """The windows of a gap, if it is one; the first begins at ``start``, which is not after the gap's."""
    if gap.start == gap.end:
        return []
    first, *others = stream.pieces(context, gap)
    return _joined(stream, context, [Window(start, first.end), *others])


def _begun(stream: Stream, context: Context) -> list[Window]:
    """What an earlier load began and did not finish, oldest first, without the windows of a backfill that are not
    done: it takes them up itself, also while this load runs."""
    begun = sorted(stream.pending(context), key=lambda window: window.start)
    if not begun or not context.warehouse.has_table(BACKFILLS):
        return begun
    sql = f"select window_from, window_to from {{{BACKFILLS}}} where resource = %s and state <> %s"
    backfilled = {Window(*ends) for ends in context.warehouse.query(sql, stream.name, BACKFILL_DONE)}
    return [window for window in begun if window not in backfilled]


def _whole(context: Context, request: LoadRequest, mark: datetime | None) -> Window:
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
