"""Reports: which there are, which were asked for, which were made.

The reports' own rows have no model here: their columns are not fixed and are read from each file.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import Codes, FreeForm, Record, Table

from ._values import (
    REPORT_CODES,
    ExportLocation,
    ListedResource,
    ParameterValue,
    Resource,
    Timestamp,
)

DEFINITION_CATEGORIES = Codes("INVOICE", "PLATFORM")
PARAMETER_TYPES = Codes(
    "CUSTOMER_ID", "INVOICE_ID", "METER_ID", "LOCALE_DATE", "TIMESTAMP", "INVOICE_STATUSES"
)
# The API publishes no list of these: assumed, so that one that is not among them shows up as drift.
GENERATE_STATUSES = Codes("PENDING", "PROCESSING", "DONE", "FAILED")


class ReportColumn(Record):
    """A column that a report can have."""

    name: str | None = Field(None, description="Header of the column.")
    order: int | None = Field(None, description="Order of the column among the others.")
    default: bool | None = Field(None, description="True when the column is there unless it is left out.")
    optional: bool | None = Field(None, description="True when the column can be left out.")


class ReportParameter(Record):
    """A parameter that a report takes."""

    name: str | None = Field(None, description="Name of the parameter.")
    type: Annotated[str | None, PARAMETER_TYPES] = Field(None, description="Kind of value that it takes.")
    required: bool | None = Field(None, description="True when the report cannot be made without it.")


class ReportDefinition(Resource):
    """A kind of report: its columns and what it takes."""

    table: ClassVar[Table | None] = Table(
        name="report_definitions", singular="report_definition", key=("report_code",)
    )

    report_code: Annotated[str, REPORT_CODES] = Field(description="Code of the report.")
    category: Annotated[str | None, DEFINITION_CATEGORIES] = Field(
        None, description="Whether it is about invoices or about the whole platform."
    )
    name: str | None = Field(None, description="Name of the report.")
    description: str | None = Field(None, description="What the report tells.")
    file_name_format: str | None = Field(None, description="How its files are named.")
    run_types: FreeForm | None = Field(None, description="The ways to start it, as a JSON list.")
    target_resource_types: FreeForm | None = Field(
        None, description="The kinds of resource that it is about, as a JSON list."
    )
    columns: list[ReportColumn] | None = Field(None, description="One row per column that a report can have.")
    one_off_parameters: list[ReportParameter] | None = Field(
        None, description="One row per parameter that a report takes when it is made once."
    )
    scheduled_parameters: list[ReportParameter] | None = Field(
        None, description="One row per parameter that a report takes when it is made on a schedule."
    )
    trigger_parameters: list[ReportParameter] | None = Field(
        None, description="One row per parameter that a report takes when an event starts it."
    )


class ReportGenerateRequest(ListedResource):
    """One request to make a report, in the state in which it was last seen."""

    table: ClassVar[Table | None] = Table(
        name="report_generate_requests", singular="report_generate_request", status="status"
    )

    customer_id: str | None = Field(None, description="The customer that the report is about, if only one.")
    invoice_id: str | None = Field(None, description="The invoice that the report is about, if only one.")
    generate_at: Timestamp | None = Field(None, description="When the report is to be made, UTC.")
    report_code: Annotated[str | None, REPORT_CODES] = Field(None, description="Code of the report.")
    parameter_values: list[ParameterValue] | None = Field(
        None, description="One row per parameter that a request for a report sets."
    )
    status: Annotated[str | None, GENERATE_STATUSES] = Field(None, description="State of the request.")
    report_subscription_id: str | None = Field(None, description="The subscription that asked for it.")
    report_configuration_id: str | None = Field(None, description="The configuration that it follows.")
    run_type: str | None = Field(None, description="How it was started.")
    export_location: ExportLocation | None = Field(None, description="Where the report is pushed to.")


class Report(ListedResource):
    """A report that was made: one file."""

    table: ClassVar[Table | None] = Table(name="reports", singular="report", partition="created_at")

    customer_id: str | None = Field(None, description="The customer that the report is about, if only one.")
    invoice_id: str | None = Field(None, description="The invoice that the report is about, if only one.")
    expire_at: Timestamp | None = Field(None, description="Until when the file can be downloaded, UTC.")
    report_code: Annotated[str | None, REPORT_CODES] = Field(None, description="Code of the report.")
    file_name: str | None = Field(None, description="Name of the file.")
    file_location: str | None = Field(None, description="Where the API keeps the file.")
    created_at: Timestamp | None = Field(None, description="When the report was made, UTC.")
    data_extracted_at: Timestamp | None = Field(None, description="Up to when its data reach, UTC.")
    file_size: int | None = Field(None, description="Size of the file, in bytes.")
    downloaded_at: Timestamp | None = Field(None, description="When it was first downloaded, UTC.")
    parameter_values: list[ParameterValue] | None = Field(
        None, description="One row per parameter that a report was made with."
    )
    report_generate_request_id: str | None = Field(None, description="The request that it answers.")
    run_type: str | None = Field(None, description="How it was started.")


class ReportConfiguration(ListedResource):
    """A report's columns as a customer of Solvimon wants them."""

    table: ClassVar[Table | None] = Table(name="report_configurations", singular="report_configuration")

    report_code: Annotated[str | None, REPORT_CODES] = Field(None, description="Code of the report.")
    report_definition: FreeForm | None = Field(None, description="The report's definition, as JSON.")
    override_columns: FreeForm | None = Field(
        None, description="The columns in the order that is wanted, as a JSON list."
    )
    available_custom_field_columns: FreeForm | None = Field(
        None, description="The custom fields that can become columns, as JSON."
    )


class Schedule(Record):
    """When a subscription makes its report."""

    time_of_day: int | None = Field(None, description="Time of the day, in the API's own unit.")
    day_of_week: str | None = Field(None, description="Day of the week.")
    day_of_month: int | None = Field(None, description="Day of the month.")


class ReportSubscription(ListedResource):
    """A report that is made again and again."""

    table: ClassVar[Table | None] = Table(name="report_subscriptions", singular="report_subscription")

    report_configuration_id: str | None = Field(None, description="The configuration that it follows.")
    report_code: Annotated[str | None, REPORT_CODES] = Field(None, description="Code of the report.")
    format: Annotated[str | None, Codes("CSV")] = Field(None, description="Format of the files.")
    trigger: Annotated[str | None, Codes("INVOICE_TO_FINAL")] = Field(
        None, description="The event that starts it, unless a schedule does."
    )
    schedule: Schedule | None = Field(None, description="When it is made, unless an event starts it.")
    active: bool | None = Field(None, description="True while it is in force.")
    export_location: ExportLocation | None = Field(None, description="Where the reports are pushed to.")
    parameter_values: list[ParameterValue] | None = Field(
        None, description="One row per parameter that a report subscription sets."
    )
