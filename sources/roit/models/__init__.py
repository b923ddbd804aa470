"""ROIT's records as typed models; all that is known of a table is derived from them."""

from .data_integration import Cclasstrib, DataIntegrationRequest
from .documents import Document
from .events import AccountPayableEvent
from .exports import ExportFile, ExportRequest
from .fiscal import Cte, CteEvent, Nfe, NfeEvent, Nfse, NfseEvent, document_record
from .integration import IntegrationAttachment, IntegrationRequest
from .payables import AccountPayable

__all__ = [
    "AccountPayable",
    "AccountPayableEvent",
    "Cclasstrib",
    "Cte",
    "CteEvent",
    "DataIntegrationRequest",
    "Document",
    "ExportFile",
    "ExportRequest",
    "IntegrationAttachment",
    "IntegrationRequest",
    "Nfe",
    "NfeEvent",
    "Nfse",
    "NfseEvent",
    "document_record",
]
