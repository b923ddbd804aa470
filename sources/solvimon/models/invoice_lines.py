"""The inside of an invoice: periods, groups, lines and sub-lines."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from sources.kit.tables import Child, Codes, FreeForm, Record

from ._values import Amount, Period, Timestamp


class MeterValue(Record):
    """The usage that a line bills."""

    reference: str | None = Field(None, description="Reference of the meter's value.")
    type: str | None = Field(None, description="Whether a number or an amount was metered.")
    number: Decimal | None = Field(None, description="The number that was metered.")
    amount: Amount | None = Field(None, description="The amount that was metered.")


class CouponData(Record):
    """The coupon behind a discount."""

    coupon_id: str | None = Field(None, description="The coupon.")
    promotion_code_id: str | None = Field(None, description="The promotion code that brought the coupon.")


class PriceDetails(Record):
    """How a price came about."""

    amount: Amount | None = Field(None, description="Price in the currency of the invoice.")
    pricing_currency: str | None = Field(None, description="Currency of the price list, ISO 4217.")
    pricing_amount: Amount | None = Field(None, description="Price in the currency of the price list.")
    conversion: FreeForm | None = Field(None, description="The conversion between the two, as JSON.")
    band: FreeForm | None = Field(None, description="The band of the price list that applies, as JSON.")
    meter_value: FreeForm | None = Field(None, description="The usage that is priced, as JSON.")
    tiering_meter_value: FreeForm | None = Field(
        None, description="The usage that the tier follows from, as JSON."
    )
    price_bound: str | None = Field(None, description="Whether a least or greatest price applies.")
    meter_values: FreeForm | None = Field(None, description="All usage behind it, as JSON.")
    report_meter_values: FreeForm | None = Field(None, description="Usage that is only reported, as JSON.")
    description: str | None = Field(None, description="The price in words.")
    used_exchange_rates: FreeForm | None = Field(None, description="Exchange rates, as JSON.")
    included_volume_details: FreeForm | None = Field(None, description="Usage that is free, as JSON.")
    wallet_balance_details: FreeForm | None = Field(None, description="The wallet it is taken from, as JSON.")
    split_pricing: FreeForm | None = Field(None, description="How the price is split, as JSON.")
    meter_value_share_of_total: Decimal | None = Field(None, description="Share of the usage in that of all.")
    meter_value_share_of_processing_only_customer_total: Decimal | None = Field(
        None, description="Share of the usage in that of the customers that are not billed."
    )


class InvoiceSubLine(Record):
    """A part of a line."""

    sub_line_order: int | None = Field(None, description="Order of the part within the line.")
    details: PriceDetails | None = Field(None, description="How the price of the part came about.")
    description: str | None = Field(None, description="What the part bills.")
    processing_only_customer_resource_id: str | None = Field(
        None, description="Resource of the customer that used it and is not billed."
    )
    processing_only_customer_id: str | None = Field(
        None, description="The customer that used it and is not billed."
    )
    type: Annotated[str | None, Codes("USAGE_BASED_CONVERSION")] = Field(None, description="Kind of part.")
    usage_based_conversion: FreeForm | None = Field(
        None, description="The conversion that the part stands for, as JSON."
    )


class InvoiceLine(Record):
    """A line of an invoice. Its own order counts within its group; its position counts over the invoice."""

    id: str | None = Field(None, description="Solvimon's id of the line.")
    line_order: int | None = Field(None, description="Order of the line within its group.")
    description: str | None = Field(None, description="What the line bills.")
    pricing_item_id: str | None = Field(None, description="The item of the price list.")
    pricing_item_config_id: str | None = Field(None, description="The configuration of that item.")
    product_items: FreeForm | None = Field(None, description="The items of the products, as JSON.")
    type: str | None = Field(None, description="Kind of line.")
    pricing_type: str | None = Field(None, description="How it is priced.")
    commitment_type: str | None = Field(None, description="Kind of commitment that the line bills.")
    discount_type: str | None = Field(None, description="Kind of discount that the line grants.")
    coupon_data: CouponData | None = Field(None, description="The coupon behind a discount.")
    tax_categories: FreeForm | None = Field(None, description="The line's taxes by category, as JSON.")
    amount_excluding_tax: Amount | None = Field(None, description="Amount of the line without tax.")
    amount_including_tax: Amount | None = Field(None, description="Amount of the line with tax.")
    conditions: FreeForm | None = Field(None, description="Which usage the line bills, as JSON.")
    meter_value: MeterValue | None = Field(None, description="The usage that the line bills.")
    details: PriceDetails | None = Field(None, description="How the price came about.")
    sub_lines: list[InvoiceSubLine] | None = Field(None, description="One row per part of an invoice's line.")


class InvoiceGroup(Record):
    """Lines that belong to one subscription or product."""

    group_order: int | None = Field(None, description="Order of the group within its period.")
    amount_excluding_tax: Amount | None = Field(None, description="Amount of the group without tax.")
    amount_including_tax: Amount | None = Field(None, description="Amount of the group with tax.")
    billing_period: Period | None = Field(None, description="How often the group is billed.")
    start_at: Timestamp | None = Field(None, description="Begin of the time that is billed, UTC.")
    end_at: Timestamp | None = Field(None, description="End of the time that is billed, UTC.")
    type: str | None = Field(None, description="Kind of group.")
    product_category: FreeForm | None = Field(None, description="The category of the products, as JSON.")
    products: FreeForm | None = Field(None, description="The products, as JSON.")
    pricing: FreeForm | None = Field(None, description="The price list, as JSON.")
    description: str | None = Field(None, description="What the group bills.")
    pricing_plan_subscription_id: str | None = Field(None, description="The subscription that is billed.")
    pricing_plan_schedule_id: str | None = Field(None, description="The schedule of that subscription.")
    billing_customer_id: str | None = Field(None, description="The customer that is billed.")
    forwarded_from_customer_id: str | None = Field(
        None, description="The customer whose usage is billed to another."
    )
    tax_categories: FreeForm | None = Field(None, description="The group's taxes by category, as JSON.")
    lines: Annotated[list[InvoiceLine] | None, Child(lift=True)] = Field(
        None, description="One row per line of an invoice, over all of its periods and groups in their order."
    )


class InvoicePeriod(Record):
    """A time that the invoice bills."""

    period_order: int | None = Field(None, description="Order of the period within the invoice.")
    amount_excluding_tax: Amount | None = Field(None, description="Amount of the period without tax.")
    amount_including_tax: Amount | None = Field(None, description="Amount of the period with tax.")
    billing_period: Period | None = Field(None, description="How often it is billed.")
    start_at: Timestamp | None = Field(None, description="Begin of the time that is billed, UTC.")
    end_at: Timestamp | None = Field(None, description="End of the time that is billed, UTC.")
    tax_categories: FreeForm | None = Field(None, description="The period's taxes by category, as JSON.")
    groups: list[InvoiceGroup] | None = Field(
        None, description="One row per group of lines within a period of an invoice."
    )
