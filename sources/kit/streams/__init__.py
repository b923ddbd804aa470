"""The kinds of stream, one class each, and the dlt source that they make together."""

from ._answers import Answer
from ._base import Context, KeyApi, Kind, Stream, Window, write_records
from ._job import JobStream, LedgerStream
from ._queue import LEDGER, Delivery, LoadedBatch, Payload, QueueStream
from ._recheck import RecheckApi, RecheckStream
from ._settings import SourceSettings
from ._snapshot import FetchPage, ListApi, SnapshotStream
from ._source import (
    MARK,
    AfterLoad,
    SourceSpec,
    dlt_resources,
    newest,
    next_window,
    own_context,
    privacy,
    read_mark,
    resolve,
    retry_policy,
    start_of,
)
from ._sweep import KeySweep
from ._walk import Page, RangeWalk
from ._window import LogStream, RangeApi, WindowStream

__all__ = [
    "LEDGER",
    "MARK",
    "AfterLoad",
    "Answer",
    "Context",
    "Delivery",
    "FetchPage",
    "JobStream",
    "KeyApi",
    "KeySweep",
    "Kind",
    "LedgerStream",
    "ListApi",
    "LoadedBatch",
    "LogStream",
    "Page",
    "Payload",
    "QueueStream",
    "RangeApi",
    "RangeWalk",
    "RecheckApi",
    "RecheckStream",
    "SnapshotStream",
    "SourceSettings",
    "SourceSpec",
    "Stream",
    "Window",
    "WindowStream",
    "dlt_resources",
    "newest",
    "next_window",
    "own_context",
    "privacy",
    "read_mark",
    "resolve",
    "retry_policy",
    "start_of",
    "write_records",
]
