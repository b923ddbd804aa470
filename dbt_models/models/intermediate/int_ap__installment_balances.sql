with

-- What is known by the knowledge clock, one row per installment and day on which its balance moved.
movements as (

    select
        events.installment_key,
        events.document_key,
        events.currency_code,
        events.effective_date,
        -- qualified: in BigQuery's HAVING an unqualified name is the column of the select list
        sum(events.amount) as amount
    from {{ ref('int_ap__payable_events') }} as events
    where events.known_at <= {{ known_at() }}
    group by events.installment_key, events.document_key, events.currency_code, events.effective_date
    having sum(events.amount) != 0

),

final as (

    select
        installment_key,
        document_key,
        currency_code,
        effective_date as valid_from,
        -- the balance holds until the next movement, without that day
        lead(effective_date) over installment_in_order as valid_to,
        sum(amount) over (
            partition by installment_key, currency_code
            order by effective_date
            rows between unbounded preceding and current row
        ) as open_amount
    from movements
    window installment_in_order as (partition by installment_key, currency_code order by effective_date)

)

select * from final
