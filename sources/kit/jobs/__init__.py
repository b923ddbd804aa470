"""Asynchronous exports: their state machine, the durable ledger, and the warehouse that holds it."""

from ._ledger import Job, JobState, Ledger
from ._machine import Files, JobApi, JobFailed, JobRunner, Part, PartFile, Progress
from ._warehouse import DltWarehouse, Warehouse

__all__ = [
    "DltWarehouse",
    "Files",
    "Job",
    "JobApi",
    "JobFailed",
    "JobRunner",
    "JobState",
    "Ledger",
    "Part",
    "PartFile",
    "Progress",
    "Warehouse",
]
