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

-- One row, whether the seed has one for all other currencies or not: an outer join would need an equality.
others as (

    select
        max(absolute_amount) as absolute_amount,
        max(days_before) as days_before,
        max(days_after) as days_after,
        max(timing_days) as timing_days
    from tolerances
    where currency_code = '*'

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
    cross join others
    where currencies.currency_code is not null

)

select * from final
