"""ROIT's own operations, one function each. They know no command line and ask nobody.

A function that changes something gives an ``Operation``: checked, and not sent yet. What cannot be right is an
``InvalidOperation``. It is sent once: a lost answer is an ``UnknownOutcome`` and no second try.
"""

from ._checks import InvalidOperation, Operation, json_object, json_records
from .data_integration import (
    BATCH_SIZE,
    BatchResult,
    answer_callback,
    batch_update,
    checked_items,
    create_request,
    delete_request,
    list_requests,
    replace_request,
    set_process_status,
    show_request,
    sync_data,
    upload_url,
)
from .exports import create_export, delete_export, show_export
from .integration import (
    deliver,
    list_attachments,
    reprocess,
    set_status,
    upload_document,
)

__all__ = [
    "BATCH_SIZE",
    "BatchResult",
    "InvalidOperation",
    "Operation",
    "answer_callback",
    "batch_update",
    "checked_items",
    "create_export",
    "create_request",
    "delete_export",
    "delete_request",
    "deliver",
    "json_object",
    "json_records",
    "list_attachments",
    "list_requests",
    "replace_request",
    "reprocess",
    "set_process_status",
    "set_status",
    "show_export",
    "show_request",
    "sync_data",
    "upload_document",
    "upload_url",
]
