with

days as (

    {{ date_spine(add_days(as_of_date(), -(var('aging_days') | int)), as_of_date()) }}

),

-- Those of the days that are shown: most installments were paid before the first of them.
balances as (

    select * from {{ ref('int_ap__installment_balances') }}
    where
        open_amount != 0
        and (valid_to is null or valid_to > {{ add_days(as_of_date(), -(var('aging_days') | int)) }})

),

documents as (

    {{ documents_known(known_at()) }}
),

dated as (

    select
        balances.*,
        documents.company_key,
        documents.supplier_key,
        documents.tenant_id,
        installments.effective_due_date,
        {{ money_multiply(
            'balances.open_amount',
            reporting_rate('balances.currency_code', 'documents.exchange_rate'),
        ) }} as reporting_open_amount
    from balances
    inner join documents on balances.document_key = documents.document_key
    left join {{ ref('int_ap__installments_exploded') }} as installments
        on
            documents.version_id = installments.version_id
            and balances.installment_key = installments.installment_key
    {{ join_daily_rates('balances.currency_code', 'documents.issue_date') }}

),

-- A row for each day comes last: the joins above see each balance once.
items as (

    select
        days.date_day as as_of_date,
        dated.company_key,
        dated.supplier_key,
        dated.tenant_id,
        dated.currency_code,
        dated.open_amount,
        {{ days_between('dated.effective_due_date', 'days.date_day') }} as days_past_due,
        dated.reporting_open_amount
    from dated
    inner join days
        on
            dated.valid_from <= days.date_day
            and (dated.valid_to is null or dated.valid_to > days.date_day)

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
