"""Every model with an example from its contract, and what the tests of the models have in common."""

from __future__ import annotations

import json
from typing import Any

import examples_roit
import examples_roit_more
import examples_solvimon
import examples_tereina
from examples_solvimon_invoice import SOLVIMON_INVOICE

from sources.kit.tables import Record, TableShape, table_shapes
from sources.roit import models as roit
from sources.solvimon import models as solvimon
from sources.tereina import models as tereina

CONTRACT: list[tuple[type[Record], dict[str, Any]]] = [
    (roit.AccountPayable, examples_roit.ACCOUNT_PAYABLE),
    (roit.AccountPayableEvent, examples_roit.ACCOUNT_PAYABLE_EVENT),
    (roit.ExportRequest, examples_roit.EXPORT_REQUEST),
    (roit.ExportFile, examples_roit.EXPORT_FILE),
    (roit.Document, examples_roit_more.DOCUMENT),
    (roit.IntegrationRequest, examples_roit_more.INTEGRATION_REQUEST),
    (roit.IntegrationAttachment, examples_roit_more.INTEGRATION_ATTACHMENT),
    (roit.DataIntegrationRequest, examples_roit_more.DATA_INTEGRATION_REQUEST),
    (roit.Cclasstrib, examples_roit_more.CCLASSTRIB),
    (tereina.Batch, examples_tereina.BATCH),
    (tereina.Company, examples_tereina.COMPANY),
    (tereina.CompanyCode, examples_tereina.COMPANY_CODE),
    (tereina.Invoice, examples_tereina.TEREINA_INVOICE),
    (tereina.PurchaseOrder, examples_tereina.PURCHASE_ORDER),
    (tereina.PaymentRequest, examples_tereina.TEREINA_PAYMENT_REQUEST),
    (tereina.PaymentStatus, examples_tereina.PAYMENT_STATUS),
    (tereina.BankStatement, examples_tereina.BANK_STATEMENT),
    (solvimon.ReportDefinition, examples_solvimon.REPORT_DEFINITION),
    (solvimon.ReportGenerateRequest, examples_solvimon.REPORT_GENERATE_REQUEST),
    (solvimon.Report, examples_solvimon.REPORT),
    (solvimon.ReportConfiguration, examples_solvimon.REPORT_CONFIGURATION),
    (solvimon.ReportSubscription, examples_solvimon.REPORT_SUBSCRIPTION),
    (solvimon.Invoice, SOLVIMON_INVOICE),
    (solvimon.Payment, examples_solvimon.PAYMENT),
    (solvimon.PaymentRequest, examples_solvimon.SOLVIMON_PAYMENT_REQUEST),
    (solvimon.PaymentSchedule, examples_solvimon.PAYMENT_SCHEDULE),
    (solvimon.Customer, examples_solvimon.CUSTOMER),
    (solvimon.Product, examples_solvimon.PRODUCT),
    (solvimon.PricingPlanSubscription, examples_solvimon.PRICING_PLAN_SUBSCRIPTION),
]
IDS = [f"{model.__module__.split('.')[1]}-{model.__name__}" for model, _ in CONTRACT]


def as_bytes(record: dict[str, Any]) -> bytes:
    """The record as an API would send it."""
    return json.dumps(record, ensure_ascii=False).encode()


def shapes_of(source: str) -> dict[str, TableShape]:
    """The tables of one source, by name."""
    found = [
        shape
        for (model, _), identity in zip(CONTRACT, IDS, strict=True)
        if identity.startswith(f"{source}-")
        for shape in table_shapes(model)
    ]
    assert len({shape.name for shape in found}) == len(found)
    return {shape.name: shape for shape in found}
