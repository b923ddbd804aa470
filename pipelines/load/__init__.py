"""Loading: windows, checkpoints, controls, and the comparison of source and warehouse."""

from ._reconcile import Comparison, ReconcileReport, reconcile
from ._runner import run_load
from .report import ExitCode, ResourceResult, RunReport, State
from .request import LoadRequest, Progress, Silent, UsageError

__all__ = [
    "Comparison",
    "ExitCode",
    "LoadRequest",
    "Progress",
    "ReconcileReport",
    "ResourceResult",
    "RunReport",
    "Silent",
    "State",
    "UsageError",
    "reconcile",
    "run_load",
]
