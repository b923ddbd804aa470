with

quotes as (

    select
        from_currency_code,
        to_currency_code,
        rate_date as quoted_on,
        rate,
        lead(rate_date) over (partition by from_currency_code, to_currency_code order by rate_date) as next_quoted_on
    from {{ ref('seed_fx_rate_override') }}

),

ages as (

    {{ number_rows(0, var('fx_rate_max_age_days') | int) }}
),

-- A rate holds on the days after it that have none, but not for ever: an old rate is no rate.
held as (

    select
        quotes.*,
        {{ add_days('quotes.quoted_on', 'ages.number') }} as rate_date
    from quotes
    cross join ages

),

final as (

    select
        {{ surrogate_key(['rate_date', 'from_currency_code', 'to_currency_code']) }} as daily_rate_key,
        rate_date,
        from_currency_code,
        to_currency_code,
        rate,
        quoted_on,
        'seed_fx_rate_override' as rate_source
    from held
    where rate_date < next_quoted_on or next_quoted_on is null

)

select * from final
