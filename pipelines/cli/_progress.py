"""How a load goes, told on the way: drawn on a terminal, line by line elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ._output import Output

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from pipelines.load.report import ResourceResult
    from pipelines.load.request import Progress


@contextmanager
def progress_on(output: Output) -> Iterator[Progress]:
    """Whom a load tells how it goes, while the block runs."""
    if not output.terminal:
        yield Lines(output)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
        console=Console(file=output.stderr),
        transient=True,
    ) as bars:
        yield Drawn(output, bars)


@contextmanager
def telling_on(output: Output) -> Iterator[Callable[[str], None]]:
    """Whom other work tells how it goes: one line that changes on a terminal, a line each elsewhere."""
    if not output.terminal:
        yield output.tell
        return
    from rich.console import Console
    from rich.markup import escape

    with Console(file=output.stderr).status("") as status:
        yield lambda line: status.update(escape(line))


def ending(result: ResourceResult) -> str:
    """One line about a resource that is done."""
    name = f"{result.source}.{result.resource}"
    if result.error:
        return f"{name}: {result.state}: {result.error}"
    rejects = f", {result.rejected:,} rejected" if result.rejected else ""
    return f"{name}: {result.state}, {result.rows:,} rows{rejects}, {result.seconds:.1f} s"


class Lines:
    """A line when a resource begins to take several windows, and one when it is done."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def started(self, source: str, resource: str) -> None:
        """Nothing is known yet, so nothing is said."""

    def planned(self, source: str, resource: str, windows: int) -> None:
        if windows > 1:
            self._output.tell(f"{source}.{resource}: {windows} windows")

    def window_done(self, source: str, resource: str, rows: int) -> None:
        """The end says how many there were."""

    def finished(self, result: ResourceResult) -> None:
        self._output.tell(ending(result))


class Drawn:
    """A bar for each resource under way, and a line above them for each that is done."""

    def __init__(self, output: Output, bars: Bars) -> None:
        self._output = output
        self._bars = bars
        self._tasks: dict[tuple[str, str], TaskID] = {}

    def started(self, source: str, resource: str) -> None:
        self._tasks[source, resource] = self._bars.add_task(f"{source}.{resource}", total=None, rows=0)

    def planned(self, source: str, resource: str, windows: int) -> None:
        self._bars.update(self._tasks[source, resource], total=windows)

    def window_done(self, source: str, resource: str, rows: int) -> None:
        self._bars.update(self._tasks[source, resource], advance=1, rows=rows)

    def finished(self, result: ResourceResult) -> None:
        task = self._tasks.pop((result.source, result.resource), None)
        if task is not None:
            self._bars.remove_task(task)
        self._bars.console.print(ending(result), markup=False, highlight=False, soft_wrap=True)
