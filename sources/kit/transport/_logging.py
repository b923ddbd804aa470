"""Redaction of log records: the libraries below print signed URLs, and tracebacks print anything."""

from __future__ import annotations

import logging
import threading
import weakref
from collections.abc import Callable
from typing import Any

from sources.kit.transport._redact import Redactor

# Their loggers have handlers of their own (dlt's does not propagate) or print URLs (httpx at INFO, the others
# at DEBUG). A logger's filter does not see its children's records, so the children are named too.
LIBRARY_LOGGERS = (
    "httpx",
    "httpcore",
    "httpcore.connection",
    "httpcore.http11",
    "httpcore.http2",
    "httpcore.proxy",
    "hpack",
    "dlt",
    "urllib3",
    "urllib3.connectionpool",
)

_STANDARD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
_plain_formatter = logging.Formatter()


class RedactionFilter(logging.Filter):
    """Lets every record pass, without what the redactor hides: message, arguments, extras, traceback."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self.redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        redact_record(record, self.redactor)
        return True


def redact_record(record: logging.LogRecord, redactor: Redactor) -> None:
    """Redact one record in place. Its exception is kept as redacted text only."""
    try:
        message = record.getMessage()
    except (TypeError, ValueError, KeyError):  # arguments that do not fit: logging would print them raw
        message, clean = "", redactor.text(f"{record.msg} {record.args!r}")
    else:
        clean = redactor.text(message)
    if clean != message:
        record.msg, record.args = clean, ()
    if record.exc_info:
        if isinstance(record.exc_info, tuple) and record.exc_info[0] is not None:
            record.exc_text = _plain_formatter.formatException(record.exc_info)
        record.exc_info = None
    if record.exc_text:
        record.exc_text = redactor.text(record.exc_text)
    if record.stack_info:
        record.stack_info = redactor.text(record.stack_info)
    for name in record.__dict__.keys() - _STANDARD_ATTRIBUTES:
        text = str(record.__dict__[name])
        clean = redactor.text(text)
        if clean != text:
            record.__dict__[name] = clean


def install_redaction(redactor: Redactor) -> Callable[[], None]:
    """Redact every log record of this process from now on; the answer undoes it.

    Records are redacted when they are made, whatever logger and handler they go to. Filters on the library
    loggers, and on the handlers of these and of the root logger, redact what is added to a record afterwards
    (`extra`). A program calls this once; a library should leave it to the program.
    """
    make_record = logging.getLogRecordFactory()

    def make_redacted_record(*args: Any, **kwargs: Any) -> logging.LogRecord:
        record = make_record(*args, **kwargs)
        redact_record(record, redactor)
        return record

    redaction = RedactionFilter(redactor)
    filtered: list[logging.Filterer] = [logging.getLogger(name) for name in LIBRARY_LOGGERS]
    for name in (None, *LIBRARY_LOGGERS):
        filtered.extend(logging.getLogger(name).handlers)
    for filterer in filtered:
        filterer.addFilter(redaction)
    logging.setLogRecordFactory(make_redacted_record)

    def undo() -> None:
        if logging.getLogRecordFactory() is make_redacted_record:
            logging.setLogRecordFactory(make_record)
        for filterer in filtered:
            filterer.removeFilter(redaction)

    return undo


class _LibraryFilter(logging.Filter):
    """Redacts by every redactor that is still in use in this process."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._redactors: weakref.WeakSet[Redactor] = weakref.WeakSet()

    def add(self, redactor: Redactor) -> None:
        with self._lock:
            self._redactors.add(redactor)

    def filter(self, record: logging.LogRecord) -> bool:
        with self._lock:
            redactors = list(self._redactors)
        for redactor in redactors:
            redact_record(record, redactor)
        return True


_library_filter = _LibraryFilter()


def redact_library_logs(redactor: Redactor) -> None:
    """The least that every client does: no library below it prints a signed URL or one of its secrets.

    Lasts as long as the redactor is in use.
    """
    _library_filter.add(redactor)
    for name in LIBRARY_LOGGERS:
        logging.getLogger(name).addFilter(_library_filter)  # a second time changes nothing
