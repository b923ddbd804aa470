"""The types of the models' columns, their personal-data marks and their enumerations, against the contracts.

What is expected stands here in full, written from the contracts, and is never derived from the models.
"""

from __future__ import annotations

import pytest
from model_contract import shapes_of

from sources.kit.tables import Type

# Tereina's tables whose records carry their versioning fields.
STAMPED = (
    "batches",
    "companies",
    "company_codes",
    "invoices",
    "purchase_orders",
    "payment_requests",
    "payment_statuses",
    "bank_statements",
)


def columns_of_type(source: str, kind: Type) -> set[str]:
    """``table.column`` of every column that the API's fields make."""
    return {
        f"{shape.name}.{column.name}"
        for shape in shapes_of(source).values()
        for column in shape.columns
        if column.type is kind and not column.name.startswith("_") and "position" not in column.name
        # a child's is its parent's, which is listed
        if not (shape.is_child and column == shape.partition)
    }


def expand(table: str, columns: str) -> set[str]:
    return {f"{table}.{column}" for column in columns.split()}


def test_roit_amounts_and_rates_are_exact_decimals() -> None:
    assert columns_of_type("roit", Type.DECIMAL) == (
        expand(
            "accounts_payable",
            "currency__rate value__gross value__discount value__interest value__fine value__net"
            " payment_detail__principal payment_detail__fine payment_detail__interest payment_detail__total"
            " payment_detail__gross_revenue",
        )
        | {"accounts_payable__installments.value", "accounts_payable__receipts.value"}
        | expand("accounts_payable__cost_centers", "percentage value")
        | expand("accounts_payable__tributes", "base rate value")
        | {"documents.total_value", "documents__installments.value"}
        | expand("documents__items", "quantity unit_value total_value")
        | expand("documents__tributes", "base rate value")
        | expand("cclasstrib", "ibs_reduction cbs_reduction")
    )


def test_tereina_amounts_and_quantities_are_exact_decimals() -> None:
    assert columns_of_type("tereina", Type.DECIMAL) == (
        {"companies__relations__payment_term_installments.percentage"}
        | expand("invoices", "gross_amount net_amount tax_amount discount_amount open_amount")
        | expand("invoices__lines", "quantity unit_price net_amount tax_amount")
        | {"purchase_orders.total_amount"}
        | expand("purchase_orders__lines", "quantity unit_price net_amount received_quantity")
        | {"purchase_orders__lines.invoiced_quantity", "payment_requests.amount"}
        | {"payment_requests__remittances.amount", "payment_statuses.amount"}
        | expand("bank_statements", "opening_balance closing_balance")
        | {"bank_statements__entries.amount", "bank_statements__entries__transactions.amount"}
    )


def test_solvimon_numbers_that_are_written_as_text_are_exact_decimals() -> None:
    found = columns_of_type("solvimon", Type.DECIMAL)
    whole = "base_amount tax_amount total_amount"
    local = "local_amounts__base_amount local_amounts__tax_amount local_amounts__total_amount"
    amounts = {
        "invoices": "invoice_amount_including_tax open_invoice_amount closed_invoice_amount"
        " paid_invoice_amount tax_summary__base_amount tax_summary__tax_amount tax_summary__total_amount"
        " tax_summary__local_amounts__base_amount tax_summary__local_amounts__tax_amount"
        " tax_summary__local_amounts__total_amount",
        "invoices__periods": "amount_excluding_tax amount_including_tax",
        "invoices__periods__groups": "amount_excluding_tax amount_including_tax",
        "invoices__lines": "amount_excluding_tax amount_including_tax meter_value__amount details__amount"
        " details__pricing_amount",
        "invoices__lines__sub_lines": "details__amount details__pricing_amount",
        "invoices__tax_categories": f"{whole} {local}",
        "invoices__tax_categories__rates": "tax_amount",
        "invoices__linked_invoices": "amount",
        "payments": "amount",
        "payment_requests": "amount",
    }
    quantities = {f"{t}.{c}__quantity" for t, columns in amounts.items() for c in columns.split()}
    shares = (
        "details__meter_value_share_of_total details__meter_value_share_of_processing_only_customer_total"
    )
    assert found == (
        quantities
        | {"invoices.sales_tax_percentage", "invoices__lines.meter_value__number"}
        | {"invoices.tax_summary__local_amounts__used_exchange_rate__rate"}
        | expand("invoices__tax_categories", "percentage local_amounts__used_exchange_rate__rate")
        | {"invoices__tax_categories__rates.percentage", "invoices__used_exchange_rates.rate"}
        | expand("invoices__lines", shares)
        | expand("invoices__lines__sub_lines", shares)
    )


def test_dates_stay_dates() -> None:
    assert columns_of_type("roit", Type.DATE) == (
        expand("accounts_payable", "issue_date entry_date due_date scheduled_date integration__entry_date")
        | {"accounts_payable__installments.due_date", "accounts_payable__tributes.due_date"}
        | expand("documents", "issue_date entry_date")
        | {"documents__installments.due_date", "documents__tributes.due_date"}
        | expand("cclasstrib", "valid_from valid_to")
    )
    assert columns_of_type("tereina", Type.DATE) == (
        expand("invoices", "issue_date posting_date due_date baseline_date discount_due_date")
        | {"purchase_orders.order_date", "purchase_orders__lines.delivery_date"}
        | {"payment_requests.execution_date"}
        | expand("bank_statements", "from_date to_date")
        | expand("bank_statements__entries", "booking_date value_date")
    )
    assert columns_of_type("solvimon", Type.DATE) == set()


def test_moments_are_timestamps() -> None:
    assert columns_of_type("roit", Type.TIMESTAMP) == (
        expand("accounts_payable", "is_locked__at paid_at canceled__at created_at updated_at")
        | {"accounts_payable__installments.paid_at", "accounts_payable__receipts.paid_at"}
        | {"accounts_payable_events.created_at"}
        | expand("documents", "create_at updated_at")
        | {"documents__installments.paid_at", "integration_attachments.expires_at"}
        | expand("data_integration_requests", "created_at updated_at")
    )
    assert columns_of_type("tereina", Type.TIMESTAMP) == (
        {f"{table}.{column}" for table in STAMPED for column in ("created_date", "last_updated_date")}
        | {"payment_statuses.status_at", "payment_statuses.reported_at"}
    )
    rate = "local_amounts__used_exchange_rate__rate_timestamp"
    assert columns_of_type("solvimon", Type.TIMESTAMP) == (
        {"report_generate_requests.generate_at", "customers.created_at"}
        | expand("reports", "expire_at created_at data_extracted_at downloaded_at")
        | expand("invoices", "created_at updated_at invoice_date due_date updated_to_final_at")
        | expand("invoices", f"to_be_reprocessed_at reprocess__to_be_reprocessed_at tax_summary__{rate}")
        | expand("invoices__periods", "start_at end_at")
        | expand("invoices__periods__groups", "start_at end_at")
        | {f"invoices__tax_categories.{rate}", "invoices__used_exchange_rates.rate_timestamp"}
        | {"invoices__linked_invoices.invoice_date"}
        | expand("payments", "created_at timestamp updated_at")
        | expand("payment_requests", "created_at execute_at")
        | expand("payment_schedules", "created_at updated_at")
        | expand("pricing_plan_subscriptions", "created_at start_at end_at")
    )


PERSONAL = {
    "roit": expand(
        "accounts_payable",
        "is_locked__by provider__name provider__national_register company__name company__national_register"
        " holder__name holder__national_register holder__bank_account__agency holder__bank_account__account"
        " payment_detail__pix_key payment_detail__qr_code payment_detail__agency payment_detail__account"
        " payment_detail__state_register payment_detail__renavam payment_detail__license_plate"
        " canceled__user__name canceled__user__email",
    )
    | expand("accounts_payable_events", "user__name user__email before after")
    | expand("export_requests", "user__name user__email")
    | {
        f"documents.{party}__{part}"
        for party in ("issuer", "receiver", "carrier")
        for part in (
            *("name", "national_register", "state_register", "address__street"),
            *("address__number", "address__district", "address__zip_code"),
        )
    }
    | expand("integration_requests", "metadata data")
    | {"data_integration_requests.national_register"},
    "tereina": {f"{table}.last_updated_by" for table in STAMPED if table != "batches"}
    | {"companies.name", "company_codes.name", "companies__addresses.name"}
    | expand("companies__bank_accounts", "name iban account_number")
    | {"companies__corporate_identifiers.value"}
    | expand("companies__contacts", "first_name last_name title email_address phone")
    | expand(
        "payment_requests",
        "debtor_account__iban creditor__name creditor_account__iban creditor_account__account_number"
        " creditor_account__pix_key",
    )
    | expand("bank_statements", "account_iban account_number")
    | expand("bank_statements__entries", "counterparty_name counterparty_iban remittance_text")
    | expand("bank_statements__entries__transactions", "counterparty_name counterparty_iban remittance_text"),
    "solvimon": expand(
        "customers",
        "email individual__name organization__legal_name organization__tax_id organization__tax_ids"
        " organization__registration_number organization__tax_registrations",
    )
    | {
        f"customers.{whose}__{part}"
        for whose in ("individual__residential_address", "organization__registered_address")
        for part in ("line1", "line2", "postal_code")
    }
    | expand(
        "invoices",
        "customer billing_entity payment_actions pay_invoice_link__url processing_only_customers"
        " forwarded_from_customers used_tax_registration",
    )
    | {"payment_requests.customer", "payment_schedules.customer", "payments.customer"}
    | expand(
        "payments",
        "payment_method_details__card payment_method_details__online_banking"
        " payment_method_details__buy_now_pay_later payment_method_details__direct_debit"
        " payment_method_details__digital_wallet payment_method_details__unknown",
    ),
}


@pytest.mark.parametrize("source", PERSONAL)
def test_exactly_what_identifies_a_person_or_an_account_is_personal(source: str) -> None:
    marked = {
        f"{shape.name}.{column.name}"
        for shape in shapes_of(source).values()
        for column in shape.columns
        if column.personal
    }
    assert marked == PERSONAL[source]


@pytest.mark.parametrize("source", PERSONAL)
def test_no_key_is_personal_so_that_privacy_never_merges_two_records(source: str) -> None:
    for shape in shapes_of(source).values():
        assert not any(shape.column(name).personal for name in shape.key), shape.name


CODES = {
    ("roit", "accounts_payable", "status"): "OPEN PENDING_APPROVAL APPROVED SCHEDULED PARTIALLY_PAID PAID"
    " REJECTED CANCELED REFUNDED",
    ("roit", "accounts_payable", "document_type"): "NFE NFSE CTE CONSUMPTION_BILL TAX_GUIDE PAYROLL OTHER",
    ("roit", "accounts_payable", "payment_detail__type"): "PIX TED BARCODE QRCODE DARF SIMPLE_DARF GARE DARJ"
    " IPVA DPVAT LICENSING PAYROLL",
    ("roit", "accounts_payable", "integration__status"): "PENDING PROCESSING RECEIVED DONE WARNING ERROR",
    ("roit", "accounts_payable__tributes", "tribute"): "ISS IRRF PIS COFINS CSLL INSS ICMS IPI CBS IBS IS",
    ("roit", "accounts_payable_events", "type"): "CREATED UPDATED APPROVED REJECTED SCHEDULED RESCHEDULED"
    " PAID CANCELED REOPENED INTEGRATION_STATUS",
    ("roit", "documents", "classification"): "/fiscal/nfe /fiscal/cte /fiscal/nfse",
    ("roit", "documents", "movement"): "INPUT OUTPUT",
    ("roit", "integration_requests", "entity"): "DOCUMENT ACCOUNTS_PAYABLE PURCHASE_ORDER ERP_PARAMS"
    " SUPPLIER GENERIC TAX_VALIDATION DOCUMENT_REVERSE SERVICE_ENTRY_SHEET",
    ("roit", "integration_requests", "status"): "PROCESSING RECEIVED PENDING ERROR DONE WARNING",
    ("roit", "data_integration_requests", "process_status"): "PENDING START PROCESSING AUDIT CONSOLIDATION"
    " FINISHED FAILED",
    ("roit", "export_requests", "status"): "pending processing done expired error",
    ("tereina", "batches", "status"): "PENDING PARTIAL_PENDING COMPLETE_SUCCESS",
    ("tereina", "batches", "payload_object_type"): "COMPANY_CODE COMPANY INVOICE PURCHASE_ORDER"
    " PAYMENT_REQUEST PAYMENT_STATUS BANK_STATEMENT",
    ("tereina", "bank_statements__entries", "credit_debit"): "CRDT DBIT",
    ("solvimon", "invoices", "type"): "STANDARD CREDIT ONE_OFF ONE_OFF_CREDIT",
    ("solvimon", "invoices", "payment_status"): "UNPAID PARTIALLY_PAID PAID OVERPAID",
    ("solvimon", "invoices", "approval_status"): "PENDING_REVIEW APPROVED DECLINED CANCELLED",
    ("solvimon", "payments", "result"): "AUTHORIZED CANCELLED CHARGED_BACK ERROR PENDING REFUSED REFUNDED",
    ("solvimon", "payment_requests", "status"): "SCHEDULED IN_PROGRESS ON_HOLD FAILED DONE SKIPPED",
    ("solvimon", "customers", "status"): "DRAFT ACTIVE ARCHIVED DEPRECATED CLOSED",
    ("solvimon", "products", "status"): "DRAFT ACTIVE ARCHIVED DEPRECATED",
}


@pytest.mark.parametrize(("where", "values"), CODES.items(), ids=[".".join(where) for where in CODES])
def test_the_known_values_of_an_enumeration_are_those_of_the_contract(
    where: tuple[str, str, str], values: str
) -> None:
    source, table, column = where
    assert shapes_of(source)[table].column(column).codes == set(values.split())
