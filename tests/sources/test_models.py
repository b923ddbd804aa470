"""The models against the contracts: tables, keys, types, required fields and personal data.

What is expected stands here in full, written from the contracts, and is never derived from the models.
"""

from __future__ import annotations

import re
from typing import Any

import examples_roit
import examples_tereina
import pytest
from model_contract import CONTRACT, IDS, as_bytes, shapes_of

from sources.kit.tables import Decoder, Record, Type, table_shapes
from sources.roit import models as roit
from sources.tereina import models as tereina

every_model = pytest.mark.parametrize(("model", "example"), CONTRACT, ids=IDS)

PAYABLE_CHILD = ("account_payable_id", "position")
DOCUMENT_CHILD = ("document_id", "position")
COMPANY_CHILD = ("company_reference_id", "position")
INVOICE_CHILD = ("invoice_id", "position")
DEFINITION_CHILD = ("report_definition_report_code", "position")
TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "roit": {
        "accounts_payable": ("id",),
        "accounts_payable__purchase_orders": PAYABLE_CHILD,
        "accounts_payable__installments": PAYABLE_CHILD,
        "accounts_payable__cost_centers": PAYABLE_CHILD,
        "accounts_payable__tributes": PAYABLE_CHILD,
        "accounts_payable__receipts": PAYABLE_CHILD,
        "accounts_payable_events": ("id",),
        "export_requests": ("id",),
        "export_files": ("export_request_id", "part_id", "path"),
        "documents": ("id",),
        "documents__purchase_orders": DOCUMENT_CHILD,
        "documents__items": DOCUMENT_CHILD,
        "documents__tributes": DOCUMENT_CHILD,
        "documents__installments": DOCUMENT_CHILD,
        "documents__files": DOCUMENT_CHILD,
        "integration_requests": ("request_id",),
        "integration_attachments": ("request_id", "id"),
        "data_integration_requests": ("process_unique_id",),
        "data_integration_requests__data_base_dest_tables": (
            "data_integration_request_process_unique_id",
            "position",
        ),
        "cclasstrib": ("code", "valid_from"),
    },
    "tereina": {
        "batches": ("batch_id",),
        "companies": ("reference_id",),
        "companies__addresses": COMPANY_CHILD,
        "companies__bank_accounts": COMPANY_CHILD,
        "companies__corporate_identifiers": COMPANY_CHILD,
        "companies__contacts": COMPANY_CHILD,
        "companies__relations": COMPANY_CHILD,
        "companies__relations__payment_term_installments": (
            "company_reference_id",
            "relation_position",
            "position",
        ),
        "company_codes": ("reference_id",),
        "invoices": ("reference_id",),
        "invoices__lines": ("invoice_reference_id", "position"),
        "purchase_orders": ("reference_id",),
        "purchase_orders__lines": ("purchase_order_reference_id", "position"),
        "payment_requests": ("reference_id",),
        "payment_requests__remittances": ("payment_request_reference_id", "position"),
        "payment_statuses": ("end_to_end_id", "status", "status_at"),
        "bank_statements": ("reference_id",),
        "bank_statements__entries": ("bank_statement_reference_id", "position"),
        "bank_statements__entries__transactions": (
            "bank_statement_reference_id",
            "entry_position",
            "position",
        ),
    },
    "solvimon": {
        "report_definitions": ("report_code",),
        "report_definitions__columns": DEFINITION_CHILD,
        "report_definitions__one_off_parameters": DEFINITION_CHILD,
        "report_definitions__scheduled_parameters": DEFINITION_CHILD,
        "report_definitions__trigger_parameters": DEFINITION_CHILD,
        "report_generate_requests": ("id",),
        "report_generate_requests__parameter_values": ("report_generate_request_id", "position"),
        "reports": ("id",),
        "reports__parameter_values": ("report_id", "position"),
        "report_configurations": ("id",),
        "report_subscriptions": ("id",),
        "report_subscriptions__parameter_values": ("report_subscription_id", "position"),
        "invoices": ("id",),
        "invoices__periods": INVOICE_CHILD,
        "invoices__periods__groups": ("invoice_id", "period_position", "position"),
        "invoices__lines": INVOICE_CHILD,
        "invoices__lines__sub_lines": ("invoice_id", "line_position", "position"),
        "invoices__tax_categories": INVOICE_CHILD,
        "invoices__tax_categories__rates": ("invoice_id", "tax_category_position", "position"),
        "invoices__linked_invoices": INVOICE_CHILD,
        "invoices__used_exchange_rates": INVOICE_CHILD,
        "payments": ("id",),
        "payment_requests": ("id",),
        "payment_schedules": ("id",),
        "customers": ("id",),
        "products": ("id",),
        "pricing_plan_subscriptions": ("id",),
    },
}

REQUIRED = {
    "roit-AccountPayable": {
        "id",
        "status",
        "currency",
        "currency.code",
        "value",
        "value.net",
        "issueDate",
        "dueDate",
        "createdAt",
        "updatedAt",
    },
    "roit-AccountPayableEvent": {"id", "accountPayableId", "type", "createdAt"},
    "roit-ExportRequest": {"id"},
    "roit-ExportFile": {"export_request_id", "part_id", "path"},
    "roit-Document": {"id", "createAt"},
    "roit-IntegrationRequest": {"requestId"},
    "roit-IntegrationAttachment": {"requestId", "id"},
    "roit-DataIntegrationRequest": {"processUniqueId", "createdAt"},
    "roit-Cclasstrib": {"code", "validFrom"},
    **{identity: {"referenceId"} for identity in IDS if identity.startswith("tereina-")},
    **{identity: {"id"} for identity in IDS if identity.startswith("solvimon-")},
}
REQUIRED["tereina-Batch"] = {"batchId"}
REQUIRED["tereina-PaymentStatus"] = {"endToEndId", "status", "statusAt"}
REQUIRED["solvimon-ReportDefinition"] = {"report_code"}


def without(record: dict[str, Any], path: str) -> dict[str, Any]:
    head, _, rest = path.partition(".")
    if rest:
        return {**record, head: without(record[head], rest)}
    return {name: value for name, value in record.items() if name != head}


@pytest.mark.parametrize("source", TABLES)
def test_tables_and_their_keys_are_those_of_the_design(source: str) -> None:
    assert {name: shape.key for name, shape in shapes_of(source).items()} == TABLES[source]


@every_model
def test_every_field_of_the_contract_is_known(model: type[Record], example: dict[str, Any]) -> None:
    decoder = Decoder(model)
    decoded = decoder.decode([as_bytes(example)])
    assert decoded.rejected == []
    assert len(decoded.objects) == 1
    assert decoder.drift == set()


@every_model
def test_an_unknown_field_is_drift_and_no_reject(model: type[Record], example: dict[str, Any]) -> None:
    decoder = Decoder(model)
    decoded = decoder.decode([as_bytes({**example, "aNewField": 1})])
    assert decoded.rejected == []
    assert decoder.drift == {"$.aNewField"}


@pytest.mark.parametrize(
    ("identity", "path"), [(identity, path) for identity in IDS for path in sorted(REQUIRED[identity])]
)
def test_a_record_without_a_required_field_is_rejected_whole(identity: str, path: str) -> None:
    model, example = CONTRACT[IDS.index(identity)]
    decoded = Decoder(model).decode([as_bytes(without(example, path))])
    assert decoded.objects == []
    (rejected,) = decoded.rejected
    assert rejected.field is not None
    assert rejected.field.removeprefix("$.") == path


@pytest.mark.parametrize("identity", IDS)
def test_nothing_but_the_required_fields_is_needed(identity: str) -> None:
    model, example = CONTRACT[IDS.index(identity)]
    heads = {path.partition(".")[0] for path in REQUIRED[identity]}
    least = {name: value for name, value in example.items() if name in heads}
    for path in REQUIRED[identity]:
        head, _, inner = path.partition(".")
        if inner:
            least[head] = {inner: example[head][inner]}
    assert Decoder(model).decode([as_bytes(least)]).rejected == []


@every_model
def test_elements_of_lists_need_no_field_at_all(model: type[Record], example: dict[str, Any]) -> None:
    hollow = {
        name: [{}] if isinstance(value, list) and value and isinstance(value[0], dict) else value
        for name, value in example.items()
    }
    assert Decoder(model).decode([as_bytes(hollow)]).rejected == []


def test_a_wrong_type_inside_a_list_rejects_the_whole_record() -> None:
    broken = {**examples_roit.ACCOUNT_PAYABLE, "installments": [{"number": "one"}]}
    (rejected,) = Decoder(roit.AccountPayable).decode([as_bytes(broken)]).rejected
    assert rejected.field == "$.installments[].number"


@pytest.mark.parametrize("source", TABLES)
def test_every_column_has_a_description_and_a_snake_case_name(source: str) -> None:
    for shape in shapes_of(source).values():
        assert shape.description.endswith("."), shape.name
        for column in shape.columns:
            assert column.description.endswith("."), f"{shape.name}.{column.name}"
            assert re.fullmatch(r"_?[a-z][a-z0-9]*(_{1,2}[a-z0-9]+)*", column.name), column.name


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (model, column)
        for model, _ in CONTRACT
        for column in ("version", "status", "currency", "amount", "partition")
        if model.table is not None and getattr(model.table, column)
    ],
)
def test_what_a_table_says_about_its_columns_exists(model: type[Record], column: str) -> None:
    kinds = {
        "version": {Type.TIMESTAMP, Type.BIGINT},
        "status": {Type.TEXT},
        "currency": {Type.TEXT},
        "amount": {Type.DECIMAL},
        "partition": {Type.DATE, Type.TIMESTAMP},
    }
    assert table_shapes(model)[0].column(getattr(model.table, column)).type in kinds[column]


def test_history_is_kept_of_what_models_need_as_known_then() -> None:
    kept = {identity for (model, _), identity in zip(CONTRACT, IDS, strict=True) if model.table.history}  # type: ignore[union-attr]
    assert kept == {
        "roit-AccountPayable",
        "roit-Cclasstrib",
        "tereina-Invoice",
        "tereina-PaymentRequest",
        "solvimon-Invoice",
    }


def test_payment_statuses_are_only_ever_added() -> None:
    appended = {identity for (m, _), identity in zip(CONTRACT, IDS, strict=True) if m.table.append_only}  # type: ignore[union-attr]
    assert appended == {"tereina-PaymentStatus"}


def test_the_two_names_of_a_companys_region_and_relations_are_one() -> None:
    company = without(without(examples_tereina.COMPANY, "registeredRegion"), "companyRelations")
    company |= {"registeredState": "SP", "companyRelationships": [examples_tereina.RELATION]}
    decoder = Decoder(tereina.Company)
    assert decoder.decode([as_bytes(company)]).rejected == []
    assert decoder.drift == set()
    assert "registered_state" not in {c.name for c in shapes_of("tereina")["companies"].columns}


def test_a_line_of_an_invoice_says_which_period_and_group_it_came_from() -> None:
    names = [column.name for column in shapes_of("solvimon")["invoices__lines"].columns]
    assert names[:4] == ["invoice_id", "period_position", "group_position", "position"]


def test_an_amount_keeps_every_digit() -> None:
    value = '{"gross": 12345678901234567.89, "net": 12345678901234567.8900000001}'
    record = as_bytes({**examples_roit.ACCOUNT_PAYABLE, "value": "?"}).replace(b'"?"', value.encode())
    decoder = Decoder(roit.AccountPayable)
    (payable,) = decoder.decode([record]).objects
    inner = getattr(payable, decoder.root.attributes["value"][0])
    (net,) = decoder.root.children["value"].attributes["net"]
    assert bytes(getattr(inner, net)) == b"12345678901234567.8900000001"
