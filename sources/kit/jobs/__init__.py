"""Asynchronous exports: their state machine, the durable ledger, and the warehouse that holds it."""

from ._ahead import Upcoming
from ._api import Files, JobApi, Part, Progress
from ._ledger import Job, JobState, Ledger
from ._machine import JobFailed, JobRunner, PartFile
from ._script import without_nulls
from ._warehouse import DltWarehouse, TableNames, Warehouse

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
    "TableNames",
    "Upcoming",
    "Warehouse",
    "without_nulls",
]
