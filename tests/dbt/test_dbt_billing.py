"""The common schema of billing packages: a report that was made for one of them must find each of its columns."""

from __future__ import annotations

from dbt_compiled import Compiled

# The columns of `zuora__line_item_enhanced` in fivetran/dbt_zuora (v0.3 and later), the same for its siblings of
# Recharge, Recurly, Shopify and Stripe.
COMMON = """
source_relation header_id line_item_id line_item_index record_type created_at header_status billing_type currency
product_id product_name product_type transaction_type quantity unit_amount discount_amount tax_amount total_amount
payment_id payment_method payment_method_id payment_at fee_amount refund_amount subscription_id subscription_plan
subscription_period_started_at subscription_period_ended_at subscription_status customer_id customer_created_at
customer_level customer_name customer_company customer_email customer_city customer_country
"""


def test_the_line_items_have_the_columns_of_the_billing_packages_and_no_others(project: Compiled) -> None:
    assert list(project.models["fct_billing_line_item_enhanced"].columns) == COMMON.split()
