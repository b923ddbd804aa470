-- C5: each day opens where the one before closed, closes at opening plus its movements, and closes at the ageing's
-- total. Tolerance 0. Guards against an event type that no column of the roll-forward counts.
with

days as (

    select
        *,
        lag(closing_amount) over (
            partition by tenant_id, company_key, currency_code
            order by date_day
        ) as previous_closing_amount
    from {{ ref('fct_ap_rollforward') }}

),

aging as (

    select
        as_of_date,
        tenant_id,
        company_key,
        currency_code,
        sum(open_amount) as open_amount
    from {{ ref('fct_ap_aging_daily') }}
    group by as_of_date, tenant_id, company_key, currency_code

)

select days.rollforward_key
from days
left join aging
    on
        days.date_day = aging.as_of_date
        and days.tenant_id = aging.tenant_id
        and days.company_key = aging.company_key
        and days.currency_code = aging.currency_code
where
    days.opening_amount != coalesce(days.previous_closing_amount, days.opening_amount)
    or days.closing_amount != days.opening_amount
    + days.invoiced_amount
    + days.credit_note_amount
    + days.withheld_amount
    + days.discount_amount
    + days.interest_and_fine_amount
    + days.paid_amount
    + days.returned_amount
    + days.cancelled_amount
    or days.closing_amount != coalesce(aging.open_amount, 0)
