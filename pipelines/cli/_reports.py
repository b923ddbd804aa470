"""Reports as lines, for the commands that share them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ._output import columns

if TYPE_CHECKING:
    from pipelines.load import Comparison, ReconcileReport, ResourceResult, RunReport
    from pipelines.transform import TransformReport

_COMPARISON = (
    "table",
    "counted by",
    "currency",
    "status",
    "source rows",
    "warehouse rows",
    "rejected",
    "source sum",
    "warehouse sum",
    "",
)


def load_lines(report: RunReport) -> Iterator[str]:
    """Remarks, and then the results: those that failed last, each with its reason."""
    for result in report.results:
        name = f"{result.source}.{result.resource}"
        remarks = (("new in the data", result.drift), ("skipped", result.skipped), ("note", result.notes))
        for what, entries in remarks:
            if entries:
                yield f"{name}: {what}: {'; '.join(entries)}"
    rejected = sum(result.rejected for result in report.results)
    if rejected:
        yield f"{rejected:,} records did not fit their model and are kept in _rejects, with the reason"
    if report.unconfigured:
        yield f"left out, not configured: {', '.join(report.unconfigured)}"
    yield f"into {report.destination}"
    ordered = sorted(report.results, key=lambda result: result.error is not None)
    header = ("resource", "state", "windows", "rows", "rejected", "seconds", "loaded up to", "reason")
    yield from columns(header, [_result_row(result) for result in ordered])


def failure_lines(report: RunReport) -> Iterator[str]:
    """How many failed, and source, resource and reason of each: the last that is said of a run."""
    if report.failures:
        rest = "" if len(report.failures) == len(report.results) else "; the rest is loaded"
        yield f"{len(report.failures)} of {len(report.results)} resources failed{rest}:"
    for result in report.failures:
        yield f"{result.source}.{result.resource}: {result.error}"


def reconcile_lines(report: ReconcileReport) -> Iterator[str]:
    """Both sides of every comparison, and how many differ."""
    yield from comparison_rows(report.lines)
    wrong = sum(not line.ok for line in report.lines)
    total = len(report.lines)
    yield f"{wrong} of {total} comparisons differ" if wrong else f"all {total} comparisons agree"


def comparison_rows(lines: Sequence[Comparison]) -> list[str]:
    """Both sides of every comparison, aligned."""
    return columns(_COMPARISON, [_comparison_row(line) for line in lines])


def difference_lines(lines: Sequence[Comparison]) -> Iterator[str]:
    """A line for each comparison that does not hold."""
    for line in lines:
        if not line.ok:
            yield f"{line.source}.{line.resource}: {line.error or _difference(line)}"


def transform_lines(report: TransformReport) -> Iterator[str]:
    """What dbt did, in a few lines."""
    skipped = f", {report.skipped} skipped behind a failure" if report.skipped else ""
    done = f"{report.models} models built, {report.tests} tests passed{skipped}"
    yield f"{done}, {len(report.failures)} failed ({report.seconds:.0f} s)"
    for warning in report.warnings:
        yield f"warning: {warning.name}: {warning.message}"


def _result_row(result: ResourceResult) -> tuple[Any, ...]:
    name, seconds = f"{result.source}.{result.resource}", f"{result.seconds:.1f}"
    counts = (result.windows, result.rows, result.rejected)
    return (name, str(result.state), *counts, seconds, result.mark, result.error or "")


def _comparison_row(line: Comparison) -> tuple[Any, ...]:
    basis = "source" if line.basis == "api" else "load"
    about = (f"{line.source}.{line.table}", basis, line.currency, line.status)
    counts = (line.source_rows, line.warehouse_rows, line.rejected_rows)
    return (*about, *counts, line.source_sum, line.warehouse_sum, "ok" if line.ok else "DIFFERS")


def _difference(line: Comparison) -> str:
    group = "".join(f" {part}" for part in (line.currency, line.status) if part)
    rows = f"source {line.source_rows} rows, warehouse {line.warehouse_rows}"
    sums = (
        f"; sums {line.source_sum} and {line.warehouse_sum}" if line.source_sum != line.warehouse_sum else ""
    )
    gone = line.basis == "api" and line.difference < -line.changed
    hint = f"; `ledgerhouse load {line.source} --sweep` marks what is gone at the source" if gone else ""
    return f"{line.table}{group}: {rows}{sums}{hint}"
