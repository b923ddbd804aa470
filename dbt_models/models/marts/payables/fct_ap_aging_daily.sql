with

days as (

    {{ date_spine(add_days(as_of_date(), -(var('aging_days') | int)), as_of_date()) }}

),

balances as (

    select * from {{ ref('int_ap__installment_balances') }}
    where open_amount != 0

),

documents as (

    {{ documents_known(known_at()) }}
),

items as (

    select
        days.date_day as as_of_date,
        documents.company_key,
        documents.supplier_key,
        documents.tenant_id,
        balances.currency_code,
        balances.open_amount,
        {{ days_between('installments.effective_due_date', 'days.date_day') }} as days_past_due,
        {{ money_multiply(
            'balances.open_amount',
            reporting_rate('balances.currency_code', 'documents.exchange_rate'),
        ) }} as reporting_open_amount
    from days
    inner join balances
        on
            days.date_day >= balances.valid_from
            and (balances.valid_to is null or days.date_day < balances.valid_to)
    inner join documents on balances.document_key = documents.document_key
    left join {{ ref('int_ap__installments_exploded') }} as installments
        on
            documents.version_id = installments.version_id
            and balances.installment_key = installments.installment_key
    {{ join_daily_rates('balances.currency_code', 'documents.issue_date') }}

),

final as (

    select
        {{ surrogate_key([
            'items.as_of_date', 'items.tenant_id', 'items.company_key', 'items.supplier_key',
            'items.currency_code', 'buckets.bucket',
        ]) }} as aging_key,
        items.as_of_date,
        items.tenant_id,
        items.company_key,
        items.supplier_key,
        items.currency_code,
        buckets.bucket,
        count(*) as item_count,
        {{ money('sum(items.open_amount)') }} as open_amount,
        {{ sum_if_complete('items.reporting_open_amount') }} as reporting_open_amount
    from items
    -- not a left join: BigQuery wants an equality in those. An item that fits no bucket is missed by test c4.
    inner join {{ ref('seed_aging_buckets') }} as buckets
        on {{ is_in_bucket('buckets', 'items.open_amount', 'items.days_past_due') }}
    group by
        items.as_of_date,
        items.tenant_id,
        items.company_key,
        items.supplier_key,
        items.currency_code,
        buckets.bucket

)

select * from final
