"""Tereina's records as typed models; all that is known of a table is derived from them."""

from .batches import Batch
from .companies import Company, CompanyCode
from .documents import Invoice, PurchaseOrder
from .payments import BankStatement, PaymentRequest, PaymentStatus

__all__ = [
    "BankStatement",
    "Batch",
    "Company",
    "CompanyCode",
    "Invoice",
    "PaymentRequest",
    "PaymentStatus",
    "PurchaseOrder",
]
