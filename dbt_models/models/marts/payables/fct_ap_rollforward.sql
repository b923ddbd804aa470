with

days as (

    {{ date_spine(add_days(as_of_date(), -(var('aging_days') | int)), as_of_date()) }}

),

documents as (

    {{ documents_known(known_at()) }}
),

events as (

    select
        documents.tenant_id,
        documents.company_key,
        events.currency_code,
        events.effective_date,
        events.event_type,
        events.amount
    from {{ ref('int_ap__payable_events') }} as events
    inner join documents on events.document_key = documents.document_key
    where events.known_at <= {{ known_at() }} and events.effective_date <= {{ as_of_date() }}

),

movements as (

    select
        tenant_id,
        company_key,
        currency_code,
        effective_date,
        sum(amount) as net_movement,
        sum(case when event_type = 'INVOICED' then amount else 0 end) as invoiced_amount,
        sum(case when event_type = 'CREDIT_NOTE' then amount else 0 end) as credit_note_amount,
        sum(case when event_type = 'WITHHELD' then amount else 0 end) as withheld_amount,
        sum(case when event_type = 'DISCOUNT_TAKEN' then amount else 0 end) as discount_amount,
        sum(case when event_type in ('INTEREST', 'FINE') then amount else 0 end) as interest_and_fine_amount,
        sum(case when event_type = 'PAYMENT_APPLIED' then amount else 0 end) as paid_amount,
        sum(case when event_type = 'PAYMENT_RETURNED' then amount else 0 end) as returned_amount,
        sum(case when event_type = 'CANCELLED' then amount else 0 end) as cancelled_amount
    from events
    group by tenant_id, company_key, currency_code, effective_date

),

members as (

    select distinct
        tenant_id,
        company_key,
        currency_code
    from movements

),

openings as (

    select
        members.tenant_id,
        members.company_key,
        members.currency_code,
        coalesce(sum(movements.net_movement), 0) as opening_amount
    from members
    left join movements
        on
            members.tenant_id = movements.tenant_id
            and members.company_key = movements.company_key
            and members.currency_code = movements.currency_code
            and movements.effective_date < {{ add_days(as_of_date(), -(var('aging_days') | int)) }}
    group by members.tenant_id, members.company_key, members.currency_code

),

daily as (

    select
        days.date_day,
        openings.tenant_id,
        openings.company_key,
        openings.currency_code,
        openings.opening_amount as first_opening_amount,
        coalesce(movements.net_movement, 0) as net_movement,
        coalesce(movements.invoiced_amount, 0) as invoiced_amount,
        coalesce(movements.credit_note_amount, 0) as credit_note_amount,
        coalesce(movements.withheld_amount, 0) as withheld_amount,
        coalesce(movements.discount_amount, 0) as discount_amount,
        coalesce(movements.interest_and_fine_amount, 0) as interest_and_fine_amount,
        coalesce(movements.paid_amount, 0) as paid_amount,
        coalesce(movements.returned_amount, 0) as returned_amount,
        coalesce(movements.cancelled_amount, 0) as cancelled_amount
    from days
    cross join openings
    left join movements
        on
            days.date_day = movements.effective_date
            and openings.tenant_id = movements.tenant_id
            and openings.company_key = movements.company_key
            and openings.currency_code = movements.currency_code

),

final as (

    select
        {{ surrogate_key(['date_day', 'tenant_id', 'company_key', 'currency_code']) }} as rollforward_key,
        date_day,
        tenant_id,
        company_key,
        currency_code,
        {{ money('first_opening_amount + sum(net_movement) over member_so_far - net_movement') }} as opening_amount,
        {{ money('invoiced_amount') }} as invoiced_amount,
        {{ money('credit_note_amount') }} as credit_note_amount,
        {{ money('withheld_amount') }} as withheld_amount,
        {{ money('discount_amount') }} as discount_amount,
        {{ money('interest_and_fine_amount') }} as interest_and_fine_amount,
        {{ money('paid_amount') }} as paid_amount,
        {{ money('returned_amount') }} as returned_amount,
        {{ money('cancelled_amount') }} as cancelled_amount,
        {{ money('first_opening_amount + sum(net_movement) over member_so_far') }} as closing_amount
    from daily
    window member_so_far as (
        partition by tenant_id, company_key, currency_code
        order by date_day
        rows between unbounded preceding and current row
    )

)

select * from final
