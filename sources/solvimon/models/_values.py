"""The small objects that Solvimon's records are made of."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from sources.kit.tables import Codes, DateOk, Personal, Record

Timestamp = Annotated[datetime, DateOk()]

REPORT_CODES = Codes(
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
)
PERIOD_TYPES = Codes("DAY", "WEEK", "MONTH", "YEAR")
TAX_CATEGORIES = Codes("STANDARD", "NO_TAX", "EXEMPT")


class Amount(Record):
    """Money. On the wire the quantity is a text, so that no digit is lost."""

    quantity: Decimal | None = Field(None, description="The amount, exact, in whole units of the currency.")
    currency: str | None = Field(None, description="Currency of the amount, ISO 4217.")


class Period(Record):
    """A length of time, such as 3 months."""

    type: Annotated[str | None, PERIOD_TYPES] = Field(None, description="Unit of the period.")
    value: int | None = Field(None, description="Number of units in the period.")


class Address(Record):
    """A postal address."""

    line1: Annotated[str | None, Personal()] = Field(None, description="First line: street and number.")
    line2: Annotated[str | None, Personal()] = Field(None, description="Second line of the address.")
    city: str | None = Field(None, description="City.")
    postal_code: Annotated[str | None, Personal()] = Field(None, description="Postal code.")
    state: str | None = Field(None, description="State, province or region.")
    country: str | None = Field(None, description="Country, ISO 3166.")


class UsedExchangeRate(Record):
    """A rate that amounts were converted with."""

    currency: str | None = Field(None, description="Currency that was converted to, ISO 4217.")
    base_currency: str | None = Field(None, description="Currency that was converted from, ISO 4217.")
    rate_timestamp: Timestamp | None = Field(None, description="When the rate was published, UTC.")
    rate: Decimal | None = Field(None, description="Units of the currency for one unit of the base currency.")
    source: str | None = Field(None, description="Who published the rate.")


class ParameterValue(Record):
    """What a parameter of a report was set to."""

    name: str | None = Field(None, description="Name of the parameter.")
    value: str | None = Field(None, description="What it was set to, as text.")


class ObjectStorage(Record):
    """A bucket that reports are pushed to."""

    bucket_path: str | None = Field(None, description="Bucket and folder.")
    path_format: str | None = Field(None, description="How the paths inside the folder are made.")
    format_type: Annotated[str | None, Codes("CSV", "PARQUET")] = Field(
        None, description="Format of the files."
    )


class BigQueryDataset(Record):
    """A dataset that reports are pushed to."""

    dataset_id: str | None = Field(None, description="Dataset in BigQuery.")


class ExportLocation(Record):
    """Where reports are pushed to instead of being fetched."""

    integration_id: str | None = Field(None, description="The integration that holds the credentials.")
    variant: Annotated[str | None, Codes("BIGQUERY", "S3", "GCS", "SNOWFLAKE")] = Field(
        None, description="Kind of destination."
    )
    stream_name: str | None = Field(None, description="Name of the stream in the destination.")
    bigquery: BigQueryDataset | None = Field(None, description="The dataset, for BIGQUERY.")
    s3: ObjectStorage | None = Field(None, description="The bucket, for S3.")
    gcs: ObjectStorage | None = Field(None, description="The bucket, for GCS.")


class Resource(Record):
    """What every resource of the API has: its kind."""

    object_type: str | None = Field(None, description="Kind of the resource, as the API calls it.")


class ListedResource(Resource):
    """A resource with an id, which is its key."""

    id: str = Field(description="Solvimon's id of the resource.")
