"""Solvimon's records as typed models; all that is known of a table is derived from them."""

from .customers import Customer
from .invoices import Invoice
from .payments import Payment, PaymentRequest, PaymentSchedule
from .products import PricingPlanSubscription, Product
from .reports import (
    Report,
    ReportConfiguration,
    ReportDefinition,
    ReportGenerateRequest,
    ReportSubscription,
)

__all__ = [
    "Customer",
    "Invoice",
    "Payment",
    "PaymentRequest",
    "PaymentSchedule",
    "PricingPlanSubscription",
    "Product",
    "Report",
    "ReportConfiguration",
    "ReportDefinition",
    "ReportGenerateRequest",
    "ReportSubscription",
]
