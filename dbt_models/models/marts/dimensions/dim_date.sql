{%- set fiscal_start = var('fiscal_year_start_month') | int -%}

with

days as (

    select
        *,
        extract(year from date_day) as calendar_year,
        extract(month from date_day) as calendar_month
    from {{ ref('int_calendar__days') }}

),

final as (

    select
        date_day,
        {{ cast_as('calendar_year', 'bigint') }} as calendar_year,
        {{ cast_as('extract(quarter from date_day)', 'bigint') }} as calendar_quarter,
        {{ cast_as('calendar_month', 'bigint') }} as calendar_month,
        {{ cast_as('extract(day from date_day)', 'bigint') }} as day_of_month,
        {{ cast_as('day_of_week', 'bigint') }} as day_of_week,
        {{ month_start('date_day') }} as month_start,
        {{ cast_as(
            'calendar_year'
            ~ (' + case when calendar_month >= ' ~ fiscal_start ~ ' then 1 else 0 end' if fiscal_start > 1 else ''),
            'bigint',
        ) }} as fiscal_year,
        {{ cast_as('mod(calendar_month - ' ~ fiscal_start ~ ' + 12, 12) + 1', 'bigint') }} as fiscal_month,
        is_business_day,
        {{ cast_as(
            'sum(case when is_business_day then 1 else 0 end) over ('
            ~ 'partition by calendar_year, calendar_month order by date_day '
            ~ 'rows between unbounded preceding and current row)',
            'bigint',
        ) }} as business_day_of_month,
        is_holiday,
        holiday_name,
        payment_day
    from days

)

select * from final
