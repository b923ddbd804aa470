"""Report definitions: the columns and parameters of each report code that the tenant can make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

REPORT_CODES = frozenset(
    {
        "INVOICE",
        "INVOICE_USAGE",
        "INVOICE_HEADER",
        "INVOICE_LINE",
        "INVOICE_TAX",
        "INVOICE_COMMITMENT",
        "CHILD_PARENT_BREAKDOWN",
        "CHILD_PARENT_BREAKDOWN_PLATFORM",
        "NOT_MATCHED_METER_DATA",
        "DUPLICATE_METER_DATA",
        "METERING",
        "CUSTOMER",
        "PRODUCT",
        "PRICING_PLAN_SUBSCRIPTION",
        "PAYMENT",
        "PRICING",
        "REVENUE_RECOGNITION",
        "CLAUSES",
    }
)
"""Every published code. The tenant has a definition for some of them; the others it may not make."""

WINDOW = ("from_date", "to_date")
FINAL_WINDOW = ("updated_to_final_from_date", "updated_to_final_to_date")
PARAMETER_TYPES = {
    "report_date": "LOCALE_DATE",
    "from_date": "LOCALE_DATE",
    "to_date": "LOCALE_DATE",
    "updated_to_final_from_date": "TIMESTAMP",
    "updated_to_final_to_date": "TIMESTAMP",
    "customer_id": "CUSTOMER_ID",
    "invoice_id": "INVOICE_ID",
    "meter": "METER_ID",
    "meter_id": "METER_ID",
    "statuses": "INVOICE_STATUSES",
}

_INVOICE_PARAMETERS = (*WINDOW, *FINAL_WINDOW, "customer_id", "invoice_id", "statuses")


@dataclass(frozen=True)
class Definition:
    """What a report code offers. `custom` columns are in files but not in the definition."""

    code: str
    columns: tuple[str, ...]
    custom: tuple[str, ...] = ()
    parameters: tuple[str, ...] = ()
    category: str = "PLATFORM"
    required: tuple[str, ...] = ()

    @property
    def needs_window(self) -> bool:
        return set(WINDOW) <= set(self.parameters)

    def render(self) -> dict[str, Any]:
        parameters = [
            {"name": name, "type": PARAMETER_TYPES[name], "required": name in self.required}
            for name in self.parameters
        ]
        return {
            "object_type": "REPORT_DEFINITION",
            "report_code": self.code,
            "category": self.category,
            "name": self.code.replace("_", " ").title(),
            "description": None,
            "file_name_format": f"{self.code.lower()}_{{from_date}}_{{to_date}}",
            "run_types": ["ONE_OFF", "SCHEDULED", "TRIGGER"],
            "target_resource_types": ["INVOICE"] if self.category == "INVOICE" else [],
            "columns": [
                {"name": name, "order": order, "default": True, "optional": False}
                for order, name in enumerate(self.columns, start=1)
            ],
            "one_off_parameters": parameters,
            "scheduled_parameters": parameters,
            "trigger_parameters": [],
        }


DEFINITIONS = {
    item.code: item
    for item in (
        Definition(
            "INVOICE_HEADER",
            (
                "Invoice Number", "Invoice ID", "Invoice Date", "Due Date", "Invoice status",
                "Sold From Entity", "Sold From Tax ID", "Sold From Country", "Sold To Entity",
                "Sold To Country", "Tax Currency", "Tax Quantity", "Status", "Invoice Currency",
                "Invoice Quantity",
            ),
            # The last two normalise to the same name.
            ("Projeto / Custo", "Cost Centre", "cost-centre"),
            _INVOICE_PARAMETERS,
            "INVOICE",
        ),
        Definition(
            "INVOICE_LINE",
            (
                "Invoice Number", "Invoice ID", "Line Number", "Product", "Product Reference",
                "Description", "Quantity", "Unit Price", "Currency", "Amount Excluding Tax", "Tax Rate",
                "Amount Including Tax", "Service Start Date", "Service End Date",
            ),
            ("Projeto / Custo",),
            _INVOICE_PARAMETERS,
            "INVOICE",
        ),
        Definition(
            "INVOICE_TAX",
            (
                "Invoice Number", "Invoice ID", "Tax Country", "Tax Category", "Tax Rate", "Tax Currency",
                "Taxable Quantity", "Tax Quantity",
            ),
            (),
            _INVOICE_PARAMETERS,
            "INVOICE",
        ),
        Definition(
            "CUSTOMER",
            ("Customer ID", "Reference", "Name", "Type", "Status", "Country", "Created At"),
        ),
        Definition("PRODUCT", ("Product ID", "Reference", "Name", "Category", "Status")),
        Definition(
            "PAYMENT",
            (
                "Payment ID", "Invoice ID", "Customer ID", "Created At", "Currency", "Amount", "Result",
                "External Reference",
            ),
            (),
            (*WINDOW, "customer_id", "invoice_id"),
        ),
        Definition(
            "INVOICE_USAGE",
            (
                "Invoice ID", "Customer ID", "Line ID", "Product Item", "Meter Value", "Usage", "Unit",
                "Currency", "Amount",
            ),
            ("Projeto / Custo",),
            _INVOICE_PARAMETERS,
            "INVOICE",
        ),
        Definition(
            "METERING",
            ("Meter ID", "Meter", "Customer ID", "Timestamp", "Number"),
            (),
            (*WINDOW, "meter_id", "customer_id"),
            required=(*WINDOW, "meter_id"),
        ),
        Definition(
            "REVENUE_RECOGNITION",
            (
                "Invoice ID", "Line ID", "Product Item", "Service Start Date", "Service End Date", "Report Date",
                "Currency", "Amount", "Recognised Amount", "Deferred Amount",
            ),
            (),
            ("report_date", "customer_id"),
            required=("report_date",),
        ),
    )
}  # fmt: skip
