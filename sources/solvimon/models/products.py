"""Products, and the subscriptions to them."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from sources.kit.tables import Codes, FreeForm, Table

from ._values import TAX_CATEGORIES, ListedResource, Resource, Timestamp

PRODUCT_STATUSES = Codes("DRAFT", "ACTIVE", "ARCHIVED", "DEPRECATED")


class ProductCategory(Resource):
    """What kind of product it is."""

    id: str | None = Field(None, description="Solvimon's id of the category.")
    name: str | None = Field(None, description="Name of the category.")
    reference: str | None = Field(None, description="The seller's own reference of the category.")
    description: str | None = Field(None, description="The category in words.")
    tax_category: Annotated[str | None, TAX_CATEGORIES] = Field(
        None, description="How products of the category are taxed."
    )
    display_order: int | None = Field(None, description="Order of the category on an invoice.")
    customer_id: str | None = Field(None, description="The customer that the category was made for.")


class Product(ListedResource):
    """Something that is sold."""

    table: ClassVar[Table | None] = Table(name="products", singular="product", status="status")

    category_id: str | None = Field(None, description="The product's category.")
    category: ProductCategory | None = Field(None, description="The product's category in full.")
    parent_product_id: str | None = Field(None, description="The product that it is a part of.")
    name: str | None = Field(None, description="Name of the product.")
    reference: str | None = Field(None, description="The seller's own reference of the product.")
    description: str | None = Field(None, description="The product in words.")
    status: Annotated[str | None, PRODUCT_STATUSES] = Field(None, description="State of the product.")
    product_type: str | None = Field(None, description="Kind of product.")
    tax_category: str | None = Field(None, description="How the product is taxed.")
    features: FreeForm | None = Field(None, description="What the product offers, as JSON.")
    custom_fields: FreeForm | None = Field(None, description="The seller's own fields, as JSON.")
    display_order: int | None = Field(None, description="Order of the product on an invoice.")
    linked_integrations: FreeForm | None = Field(
        None, description="What other systems call the product, as JSON."
    )
    billing_entity_id: str | None = Field(None, description="The seller's unit that sells it.")
    customer_id: str | None = Field(None, description="The customer that the product was made for.")


class PricingPlanSubscription(ListedResource):
    """What a customer has subscribed to: what identifies it; everything else is in ``_extra``."""

    table: ClassVar[Table | None] = Table(
        name="pricing_plan_subscriptions", singular="pricing_plan_subscription", status="status"
    )

    created_at: Timestamp | None = Field(None, description="When the subscription was created, UTC.")
    reference: str | None = Field(None, description="The seller's own reference of the subscription.")
    status: str | None = Field(None, description="State of the subscription.")
    customer_id: str | None = Field(None, description="The customer that subscribed.")
    pricing_plan_id: str | None = Field(None, description="The price list that was subscribed to.")
    type: str | None = Field(None, description="Kind of subscription.")
    variant: str | None = Field(None, description="Variant of that kind.")
    start_at: Timestamp | None = Field(None, description="When it begins, UTC.")
    end_at: Timestamp | None = Field(None, description="When it ends, UTC; null: open.")
