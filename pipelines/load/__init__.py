"""Loading: windows, checkpoints, controls, and the comparison of source and warehouse."""

from ._controls import COLUMNS as CONTROL_COLUMNS
from ._controls import check
from ._reconcile import Comparison, ReconcileReport, reconcile
from ._runner import choose, run_load
from ._windows import BACKFILL_DONE, BACKFILLS, plan_windows
from .report import ExitCode, ResourceResult, RunReport, State
from .request import LoadRequest, Progress, Silent, Sweep, UsageError

__all__ = [
    "BACKFILLS",
    "BACKFILL_DONE",
    "CONTROL_COLUMNS",
    "Comparison",
    "ExitCode",
    "LoadRequest",
    "Progress",
    "ReconcileReport",
    "ResourceResult",
    "RunReport",
    "Silent",
    "State",
    "Sweep",
    "UsageError",
    "check",
    "choose",
    "plan_windows",
    "reconcile",
    "run_load",
]
