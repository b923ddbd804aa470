"""The rows of the reports about usage and its revenue, computed from the lines of the tenant's own invoices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from .invoice_lines import lines_of
from .listing import moment
from .report_rows import Row, Selection
from .state import Tenant
from .values import Record, amount, cents, parse_stamp, quantity_of


@dataclass(frozen=True)
class _Billed:
    """A line of an invoice, and the period that it bills."""

    invoice: Record
    period: Record
    line: Record

    @property
    def item(self) -> Record:
        item: Record = self.line["product_items"][0]
        return item

    @property
    def meter_id(self) -> str | None:
        return (self.item.get("usage_based") or {}).get("meter_value_calculation_id")

    @property
    def units(self) -> str:
        return str(self.line["details"]["meter_value"]["number"])


def usage_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    """One row for each metered line."""
    for billed in _billed(tenant, selection):
        if billed.meter_id is not None:
            net = billed.line["amount_excluding_tax"]
            yield {
                "Invoice ID": billed.invoice["id"],
                "Customer ID": billed.invoice["customer_id"],
                "Line ID": billed.line["id"],
                "Product Item": billed.item["name"],
                "Meter Value": billed.meter_id,
                "Usage": billed.units,
                "Unit": billed.line["details"]["meter_value"]["reference"],
                "Currency": net["currency"],
                "Amount": net["quantity"],
                "Projeto / Custo": None,
            }


def metering_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    """What one meter has counted, invoice by invoice."""
    for billed in _billed(tenant, selection):
        if billed.meter_id == selection.meter_id:
            yield {
                "Meter ID": billed.meter_id,
                "Meter": billed.item["reference"],
                "Customer ID": billed.invoice["customer_id"],
                "Timestamp": billed.period["end_at"],
                "Number": billed.units,
            }


def revenue_rows(tenant: Tenant, selection: Selection) -> Iterator[Row]:
    """Each line's amount by the share of its service time that has passed at the end of the report's date."""
    assert selection.report_date is not None
    until = moment("report_date", selection.report_date, end=True)
    for billed in _billed(tenant, selection):
        net = billed.line["amount_excluding_tax"]
        recognised = cents(quantity_of(net) * _passed(billed.period, until))
        yield {
            "Invoice ID": billed.invoice["id"],
            "Line ID": billed.line["id"],
            "Product Item": billed.item["name"],
            "Service Start Date": billed.period["start_at"][:10],
            "Service End Date": billed.period["end_at"][:10],
            "Report Date": selection.report_date,
            "Currency": net["currency"],
            "Amount": net["quantity"],
            "Recognised Amount": amount(recognised, net["currency"])["quantity"],
            "Deferred Amount": amount(quantity_of(net) - recognised, net["currency"])["quantity"],
        }


def _passed(period: Record, until: datetime) -> Decimal:
    start, end = (parse_stamp(period[name]).astimezone(UTC) for name in ("start_at", "end_at"))
    share = Decimal(int((until - start).total_seconds())) / max(1, int((end - start).total_seconds()))
    return min(max(share, Decimal(0)), Decimal(1))


def _billed(tenant: Tenant, selection: Selection) -> Iterator[_Billed]:
    for invoice in tenant.invoices.values():
        if selection.takes_invoice(invoice):
            for period in invoice["periods"]:
                for line in lines_of({"periods": [period]}):
                    yield _Billed(invoice, period, line)
