-- Rates of one day that are not what those over a third currency, or there and back, come to within a hundredth. Guards
-- against a rate written the wrong way round or with its point in the wrong place.
{{ config(severity='warn') }}

with

rates as (

    select * from {{ ref('int_fx__daily_rates') }}

),

there_and_back as (

    select
        there.rate_date,
        there.from_currency_code,
        there.to_currency_code,
        {{ money_multiply('there.rate', 'back.rate') }} as product,
        {{ money('1') }} as expected
    from rates as there
    inner join rates as back
        on
            there.rate_date = back.rate_date
            and there.to_currency_code = back.from_currency_code
            and there.from_currency_code = back.to_currency_code

),

over_a_third as (

    select
        first_legs.rate_date,
        first_legs.from_currency_code,
        second_legs.to_currency_code,
        {{ money_multiply('first_legs.rate', 'second_legs.rate') }} as product,
        straight.rate as expected
    from rates as first_legs
    inner join rates as second_legs
        on
            first_legs.rate_date = second_legs.rate_date
            and first_legs.to_currency_code = second_legs.from_currency_code
    inner join rates as straight
        on
            first_legs.rate_date = straight.rate_date
            and first_legs.from_currency_code = straight.from_currency_code
            and second_legs.to_currency_code = straight.to_currency_code

),

compared as (

    select * from there_and_back
    union all
    select * from over_a_third

)

select * from compared
where abs(product - expected) * 100 > expected
