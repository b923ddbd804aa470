with

-- Weeks back from the business clock; 0 is the forecast of that day itself.
numbers as (

    {{ number_rows(0, var('forecast_runs') | int) }}

),

first_loads as (

    select min(known_at) as first_known_at
    from {{ ref('int_ap__payable_events') }}

),

last_loads as (

    select max(committed_at) as last_committed_at
    from {{ ref('stg_dlt__loads') }}

),

dated as (

    select
        numbers.number as run_number,
        {{ add_days(as_of_date(), '-7 * numbers.number') }} as run_date
    from numbers

),

timed as (

    select
        dated.run_number,
        dated.run_date,
        {{ start_of_day(add_days('dated.run_date', 1)) }} as ended_at,
        first_loads.first_known_at,
        least({{ known_at() }}, coalesce(last_loads.last_committed_at, {{ known_at() }})) as known_now
    from dated
    cross join first_loads
    cross join last_loads

),

judged as (

    select
        *,
        coalesce(run_number > 0 and first_known_at > ended_at, false) as is_reconstructed
    from timed

),

final as (

    select
        run_number,
        run_date,
        is_reconstructed,
        case
            -- before anything was loaded nobody knew anything: then the business clock alone decides
            when run_number = 0 or is_reconstructed then known_now
            else least(known_now, ended_at)
        end as known_at
    from judged

)

select * from final
