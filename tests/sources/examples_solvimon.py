"""Solvimon but for the invoice: an example of each record, with every field under the API's own name.

Written from the contract and not from the models, so that a misspelt field in a model shows as drift.
"""

from __future__ import annotations

from typing import Any

from examples_solvimon_invoice import MONEY

ADDRESS = {
    "line1": "Invented street 1",
    "line2": None,
    "city": "Amsterdam",
    "postal_code": "1000 AA",
    "state": None,
    "country": "NL",
}
PARAMETER_VALUES = [{"name": "report_date", "value": "2026-03-01"}]
EXPORT_LOCATION: dict[str, Any] = {
    "integration_id": "int-1",
    "variant": "S3",
    "stream_name": None,
    "bigquery": {"dataset_id": "d"},
    "s3": {"bucket_path": "b", "path_format": "p", "format_type": "CSV"},
    "gcs": {"bucket_path": "b", "path_format": "p", "format_type": "PARQUET"},
}
PARAMETER = {"name": "report_date", "type": "LOCALE_DATE", "required": True}
REPORT_DEFINITION: dict[str, Any] = {
    "object_type": "REPORT_DEFINITION",
    "report_code": "INVOICE_HEADER",
    "category": "INVOICE",
    "name": "Headers",
    "description": "All invoices",
    "file_name_format": "headers-{date}",
    "run_types": ["ONE_OFF"],
    "target_resource_types": None,
    "columns": [{"name": "Invoice ID", "order": 1, "default": True, "optional": False}],
    "one_off_parameters": [PARAMETER],
    "scheduled_parameters": [PARAMETER],
    "trigger_parameters": None,
}
REPORT_GENERATE_REQUEST: dict[str, Any] = {
    "object_type": "REPORT_GENERATE_REQUEST",
    "id": "rgr-1",
    "customer_id": None,
    "invoice_id": None,
    "generate_at": "2026-03-01T00:00:00Z",
    "report_code": "INVOICE_HEADER",
    "parameter_values": PARAMETER_VALUES,
    "status": "PENDING",
    "report_subscription_id": None,
    "report_configuration_id": "rc-1",
    "run_type": "ONE_OFF",
    "export_location": EXPORT_LOCATION,
}
REPORT: dict[str, Any] = {
    "object_type": "REPORT",
    "id": "rep-1",
    "customer_id": None,
    "invoice_id": None,
    "expire_at": "2026-03-08T00:00:00Z",
    "report_code": "INVOICE_HEADER",
    "file_name": "headers.csv",
    "file_location": "reports/headers.csv",
    "created_at": "2026-03-01T00:00:00Z",
    "data_extracted_at": "2026-03-01T00:00:00Z",
    "file_size": 1024,
    "downloaded_at": None,
    "parameter_values": PARAMETER_VALUES,
    "report_generate_request_id": "rgr-1",
    "run_type": "ONE_OFF",
}
REPORT_CONFIGURATION: dict[str, Any] = {
    "object_type": "REPORT_CONFIGURATION",
    "id": "rc-1",
    "report_code": "INVOICE_HEADER",
    "report_definition": REPORT_DEFINITION,
    "override_columns": ["Invoice ID"],
    "available_custom_field_columns": [{"name": "Project", "custom_field": {}}],
}
REPORT_SUBSCRIPTION: dict[str, Any] = {
    "object_type": "REPORT_SUBSCRIPTION",
    "id": "rs-1",
    "report_configuration_id": "rc-1",
    "report_code": "INVOICE_HEADER",
    "format": "CSV",
    "trigger": "INVOICE_TO_FINAL",
    "schedule": {"time_of_day": 6, "day_of_week": "MONDAY", "day_of_month": None},
    "active": True,
    "export_location": EXPORT_LOCATION,
    "parameter_values": PARAMETER_VALUES,
}
CUSTOMER: dict[str, Any] = {
    "object_type": "CUSTOMER",
    "id": "cust-1",
    "created_at": "2026-01-01T00:00:00Z",
    "parent_customer_id": None,
    "parent_customer_ids": [],
    "reference": "C1",
    "status": "ACTIVE",
    "timezone": "Europe/Amsterdam",
    "type": "ORGANIZATION",
    "email": "billing@example.test",
    "notification_preferences": [],
    "locale": "en-US",
    "individual": {"name": {"first_name": "Invented"}, "residential_address": ADDRESS},
    "organization": {
        "legal_name": "Invented BV",
        "tax_id": "NL000000000B00",
        "tax_ids": [],
        "registration_number": "0000",
        "tax_exempt": False,
        "tax_exempt_note": None,
        "registered_address": ADDRESS,
        "tax_registrations": [],
    },
    "custom_fields": [],
    "processing_only": False,
    "pricing_plan_subscription_selector": {},
    "linked_integrations": [],
    "roles": ["DEFAULT"],
    "seller_details": {},
}
PRODUCT: dict[str, Any] = {
    "object_type": "PRODUCT",
    "id": "prod-1",
    "category_id": "prca-1",
    "category": {
        "object_type": "PRODUCT_CATEGORY",
        "id": "prca-1",
        "name": "Platform",
        "reference": "platform",
        "description": None,
        "tax_category": "STANDARD",
        "display_order": 1,
        "customer_id": None,
    },
    "parent_product_id": None,
    "name": "Ledger API",
    "reference": "ledger-api",
    "description": None,
    "status": "ACTIVE",
    "product_type": "DEFAULT",
    "tax_category": "STANDARD",
    "features": [],
    "custom_fields": [],
    "display_order": 1,
    "linked_integrations": [],
    "billing_entity_id": None,
    "customer_id": None,
}
PRICING_PLAN_SUBSCRIPTION: dict[str, Any] = {"object_type": "PRICING_PLAN_SUBSCRIPTION", "id": "pps-1"}
PAYMENT: dict[str, Any] = {
    "object_type": "PAYMENT",
    "id": "paym-1",
    "created_at": "2026-04-02T00:00:00Z",
    "timestamp": "2026-04-02T00:00:00Z",
    "customer_id": "cust-1",
    "customer": None,
    "invoice_id": "invo-1",
    "payment_acceptor_id": "paac-1",
    "payment_acceptor_reference": "bank",
    "payment_method_id": None,
    "payment_method_details": {
        "type": "CARD",
        "card": {"last_four": "0000"},
        "online_banking": None,
        "buy_now_pay_later": None,
        "direct_debit": None,
        "digital_wallet": None,
        "unknown": None,
    },
    "integration_payment_method_reference": None,
    "external_reference": "psp-1",
    "reference": None,
    "amount": MONEY,
    "result": "AUTHORIZED",
    "result_details": {"code": None, "reason": None, "external_code": "00", "external_reason": "ok"},
    "dunning_action_details": {"attempt": 1, "external_reference": None, "next_attempt_scheduled": False},
    "updated_at": "2026-04-02T00:00:00Z",
    "context": {
        "type": "INVOICE",
        "related_resource_ids": [{"type": "INVOICE", "id": "invo-1"}],
        "metadata": {"a": 1},
        "init_pricing_plan_subscription": None,
        "create_payment_method": None,
        "payment_request": None,
        "pay_invoice": {},
        "charge_on_demand": None,
        "direct": None,
    },
}
SOLVIMON_PAYMENT_REQUEST: dict[str, Any] = {
    "object_type": "PAYMENT_REQUEST",
    "id": "pare-1",
    "payment_schedule_id": "pasc-1",
    "customer_id": "cust-1",
    "customer": None,
    "status": "SCHEDULED",
    "created_at": "2026-04-01T00:00:00Z",
    "execute_at": "2026-05-01T00:00:00Z",
    "index": 0,
    "amount": MONEY,
}
PAYMENT_SCHEDULE: dict[str, Any] = {"object_type": "PAYMENT_SCHEDULE", "id": "pasc-1"}
