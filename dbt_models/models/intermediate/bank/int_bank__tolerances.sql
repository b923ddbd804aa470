with

currencies as (

    select currency_code from {{ ref('int_bank__statement_lines_classified') }}
    union distinct
    select currency_code from {{ ref('int_ap__payment_lifecycle') }}

),

tolerances as (

    select * from {{ ref('seed_match_tolerance') }}
    where category = 'bank'

),

final as (

    select
        currencies.currency_code,
        coalesce(own.absolute_amount, others.absolute_amount, {{ money('0') }}) as absolute_amount,
        coalesce(own.days_before, others.days_before, 0) as days_before,
        coalesce(own.days_after, others.days_after, 0) as days_after,
        coalesce(own.timing_days, others.timing_days, 0) as timing_days
    from currencies
    left join tolerances as own on currencies.currency_code = own.currency_code
    left join tolerances as others on others.currency_code = '*'
    where currencies.currency_code is not null

)

select * from final
