-- C4: what is open is what the ledger says, per currency; and each open item is in the ageing of its day once.
-- Guards against joins that drop or double an item, and against buckets with gaps or overlaps.
with

ledger as (

    select
        currency_code,
        sum(amount) as amount
    from {{ ref('fct_payable_event') }}
    where effective_date <= {{ as_of_date() }} and known_at <= {{ known_at() }}
    group by currency_code

),

open_items as (

    select
        currency_code,
        sum(open_amount) as amount
    from {{ ref('fct_ap_open_item') }}
    group by currency_code

),

aging as (

    select
        currency_code,
        sum(open_amount) as amount
    from {{ ref('fct_ap_aging_daily') }}
    where as_of_date = {{ as_of_date() }}
    group by currency_code

)

select ledger.currency_code
from ledger
left join open_items on ledger.currency_code = open_items.currency_code
left join aging on ledger.currency_code = aging.currency_code
where
    ledger.amount != coalesce(open_items.amount, 0)
    or ledger.amount != coalesce(aging.amount, 0)
