"""Models → the dbt project's source files, so that extraction and staging cannot disagree on a column.

``python -m pipelines.dbt_sources`` writes ``models/staging/<source>/_<source>__sources.yml``; a test holds the
committed files against what the models give. Staging reads its columns from there (macro ``raw_rows``).
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sources.kit.tables import Column, Record, TableShape, Type, warehouse_tables

SOURCES = ("roit", "tereina", "solvimon")
STAGING = Path(__file__).resolve().parents[1] / "dbt_models" / "models" / "staging"

LOAD_ID = Column("_dlt_load_id", Type.TEXT, "The load that brought the row.")
DELETED_AT = Column("_deleted_at", Type.TIMESTAMP, "When the row was found to be gone at the source, UTC.")
VERSION = "_version"
TOMBSTONE = "_tombstone"
# The columns by which a source tells its tenants apart; a child takes its parent's.
TENANT_COLUMNS = ("master_id", "master", "platform_id")


@dataclass(frozen=True)
class SourceTable:
    """What dbt must know of a raw table."""

    name: str
    description: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    tenant: str | None = None
    parent: str | None = None
    parent_key: tuple[tuple[str, str], ...] = ()


def source_tables(source: str) -> list[SourceTable]:
    """The raw tables of a source, each once, in the order of its models, the tables of every source last."""
    models = importlib.import_module(f"sources.{source}.models")
    tables: dict[str, SourceTable] = {}
    for name in models.__all__:
        model = getattr(models, name)
        if isinstance(model, type) and issubclass(model, Record) and model.table is not None:
            tables |= {table.name: table for table in _tables_of(model)}
    if source == "solvimon":
        tables |= {table.name: table for table in _report_tables()}
    return [*tables.values(), _loads()]


def _tables_of(model: type[Record]) -> Iterator[SourceTable]:
    shapes = warehouse_tables(model)
    for shape in shapes:
        columns = tuple(column for column in shape.columns if column.name != TOMBSTONE)
        names = {column.name for column in columns}
        tenant = next((name for name in TENANT_COLUMNS if name in names), None)
        parent, key = _parent(shape, VERSION in names) if shape.is_child else (None, ())
        technical = (LOAD_ID,) if shape.name == "_rejects" or VERSION in names else (LOAD_ID, DELETED_AT)
        yield SourceTable(
            shape.name, shape.description, (*columns, *technical), shape.key, tenant, parent, key
        )


def _parent(shape: TableShape, is_history: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The root's table and, for each column of its key, the child's column that carries it."""
    pairs = tuple(zip(shape.parent_key, shape.root.key, strict=True))
    if is_history:
        return f"{shape.root.name}__history", (*pairs, (VERSION, VERSION))
    return shape.root.name, pairs


def _loads() -> SourceTable:
    columns = (
        Column("load_id", Type.TEXT, "The id of the load."),
        Column("schema_name", Type.TEXT, "The schema that was loaded."),
        Column("status", Type.BIGINT, "0 when the load was committed."),
        Column("inserted_at", Type.TIMESTAMP, "When the load was committed, UTC."),
    )
    return SourceTable("_dlt_loads", "One row per committed load.", columns, ("load_id",))


# What Solvimon's report files are known to have. A header names the rest at run time: those columns are in the
# warehouse as text, and reach staging when they are asked for there.
_WINDOW = (
    Column("window_from", Type.TIMESTAMP, "Start of the window that the report was asked for, UTC."),
    Column("window_to", Type.TIMESTAMP, "End of the window that the report was asked for, UTC."),
    Column("row_number", Type.BIGINT, "Place of the row in the file, from 1."),
    LOAD_ID,
)
_INVOICE = (
    Column("invoice_number", Type.TEXT, "Number of the invoice."),
    Column("invoice_id", Type.TEXT, "Solvimon's id of the invoice."),
)
_REPORTS: dict[str, tuple[str, tuple[Column, ...]]] = {
    "report_invoice_header": (
        "One row per invoice of the report INVOICE_HEADER.",
        (
            Column("invoice_date", Type.DATE, "Date of the invoice."),
            Column("due_date", Type.DATE, "Due date of the invoice."),
            Column("invoice_status", Type.TEXT, "State of the invoice, the report's column Invoice status."),
            Column("sold_from_entity", Type.TEXT, "Legal entity that sells."),
            Column("sold_from_tax_id", Type.TEXT, "Tax id of the entity that sells."),
            Column("sold_from_country", Type.TEXT, "Country of the entity that sells."),
            Column("sold_to_entity", Type.TEXT, "Customer."),
            Column("sold_to_country", Type.TEXT, "Country of the customer."),
            Column("tax_currency", Type.TEXT, "Currency of the tax."),
            Column("tax_quantity", Type.DECIMAL, "Tax of the invoice."),
            Column("status", Type.TEXT, "The report's column Status."),
            Column("invoice_currency", Type.TEXT, "Currency of the invoice."),
            Column("invoice_quantity", Type.DECIMAL, "Amount of the invoice, tax included."),
        ),
    ),
    "report_invoice_line": (
        "One row per invoice line of the report INVOICE_LINE.",
        (
            Column("line_number", Type.TEXT, "Number of the line."),
            Column("product", Type.TEXT, "Name of the product."),
            Column("product_reference", Type.TEXT, "Reference of the product."),
            Column("description", Type.TEXT, "What is sold, in words."),
            Column("quantity", Type.DECIMAL, "Quantity sold."),
            Column("unit_price", Type.DECIMAL, "Price of one unit."),
            Column("currency", Type.TEXT, "Currency of the line."),
            Column("amount_excluding_tax", Type.DECIMAL, "Amount of the line without tax."),
            Column("tax_rate", Type.DECIMAL, "Rate of the tax in percent."),
            Column("amount_including_tax", Type.DECIMAL, "Amount of the line with tax."),
            Column("service_start_date", Type.DATE, "First day of the service."),
            Column("service_end_date", Type.DATE, "Last day of the service."),
        ),
    ),
    "report_invoice_tax": (
        "One row per invoice, tax country, category and rate of the report INVOICE_TAX.",
        (
            Column("tax_country", Type.TEXT, "Country that the tax is owed in."),
            Column("tax_category", Type.TEXT, "Category of the tax."),
            Column("tax_rate", Type.DECIMAL, "Rate of the tax in percent."),
            Column("tax_currency", Type.TEXT, "Currency of the tax."),
            Column("taxable_quantity", Type.DECIMAL, "Amount that the tax is calculated on."),
            Column("tax_quantity", Type.DECIMAL, "Amount of the tax."),
        ),
    ),
}


def _report_tables() -> Iterator[SourceTable]:
    for name, (description, columns) in _REPORTS.items():
        yield SourceTable(name, description, (*_INVOICE, *columns, *_WINDOW))


def render(source: str) -> str:
    """The source file of a source, as dbt reads it; the same text for the same models."""
    lines = [
        "# Written by `python -m pipelines.dbt_sources` from the models of the extraction. Do not edit.",
        "version: 2",
        "",
        "sources:",
        f"  - name: {source}",
        f"    schema: {source}",
        f"    description: Raw tables of {source}, as the extraction loads them.",
        "    tables:",
    ]
    for table in source_tables(source):
        lines += _render_table(table)
    return "\n".join(lines) + "\n"


def _render_table(table: SourceTable) -> Iterator[str]:
    yield f"      - name: {table.name}"
    yield f"        description: {json.dumps(table.description, ensure_ascii=False)}"
    meta = {
        "key": list(table.key),
        "tenant": table.tenant,
        "parent": table.parent,
        "parent_key": [list(pair) for pair in table.parent_key] or None,
    }
    if any(meta.values()):
        yield f"        config: {json.dumps({'meta': {k: v for k, v in meta.items() if v}})}"
    yield "        columns:"
    for column in table.columns:
        description = json.dumps(column.description, ensure_ascii=False)
        yield f"          - {{name: {column.name}, data_type: {column.type}, description: {description}}}"


def main() -> None:
    """Write the source files of all sources into the dbt project."""
    for source in SOURCES:
        path = STAGING / source / f"_{source}__sources.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(source), encoding="utf-8")


if __name__ == "__main__":
    main()
