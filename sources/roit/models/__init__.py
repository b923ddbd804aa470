"""ROIT's records as typed models; all that is known of a table is derived from them."""

from .events import AccountPayableEvent
from .exports import ExportFile, ExportRequest
from .fiscal import Nfe, document_record
from .payables import AccountPayable

__all__ = [
    "AccountPayable",
    "AccountPayableEvent",
    "ExportFile",
    "ExportRequest",
    "Nfe",
    "document_record",
]
