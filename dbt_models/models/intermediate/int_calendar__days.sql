with

spine as (

    {{ date_spine(
        "cast('" ~ var('calendar_start_date') ~ "' as date)",
        "cast('" ~ var('calendar_end_date') ~ "' as date)"
    ) }}

),

holidays as (

    select * from {{ ref('seed_holidays') }}

),

days as (

    select
        spine.date_day,
        holidays.holiday_name,
        {{ day_of_week('spine.date_day') }} as day_of_week,
        holidays.holiday_date is not null as is_holiday
    from spine
    left join holidays on spine.date_day = holidays.holiday_date

),

flagged as (

    select
        *,
        day_of_week <= 5 and not is_holiday as is_business_day
    from days

),

final as (

    select
        date_day,
        day_of_week,
        holiday_name,
        is_holiday,
        is_business_day,
        -- no run of closed days is longer than a Carnival with its weekend
        coalesce(
            min(case when is_business_day then date_day end) over (
                order by date_day
                rows between current row and 15 following
            ),
            date_day
        ) as payment_day
    from flagged

)

select * from final
