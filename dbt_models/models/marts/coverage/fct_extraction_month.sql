with

windows as (

    select * from {{ ref('int_ops__coverage_windows') }}

),

tables as (

    select
        source_name,
        table_name,
        min(window_from) as first_window_from
    from windows
    group by source_name, table_name

),

months as (

    select distinct {{ month_start('date_day') }} as month_start
    from {{ ref('int_calendar__days') }}
    where date_day <= {{ as_of_date() }}

),

due as (

    select
        tables.source_name,
        tables.table_name,
        months.month_start,
        {{ start_of_day('months.month_start') }} as month_from,
        {{ start_of_day(add_months('months.month_start', 1)) }} as month_to
    from tables
    cross join months
    where months.month_start >= {{ month_start(local_date('tables.first_window_from')) }}

),

-- The run of windows that holds the first instant of the month: how far it goes is how far the month is read.
runs as (

    select distinct
        source_name,
        table_name,
        run_from,
        run_to
    from windows

),

differences as (

    select
        due.source_name,
        due.table_name,
        due.month_start,
        count(*) as incomplete_windows,
        sum(windows.missing_rows) as missing_rows
    from due
    inner join windows
        on
            due.source_name = windows.source_name
            and due.table_name = windows.table_name
            and due.month_to > windows.window_from
            and due.month_from < windows.window_to
    where windows.has_difference and not windows.is_made_up_for
    group by due.source_name, due.table_name, due.month_start

),

read as (

    select
        due.*,
        runs.run_to,
        coalesce(differences.incomplete_windows, 0) as incomplete_windows,
        coalesce(differences.missing_rows, 0) as missing_rows
    from due
    left join runs
        on
            due.source_name = runs.source_name
            and due.table_name = runs.table_name
            and due.month_from >= runs.run_from
            and due.month_from < runs.run_to
    left join differences
        on
            due.source_name = differences.source_name
            and due.table_name = differences.table_name
            and due.month_start = differences.month_start

),

final as (

    select
        {{ surrogate_key(['source_name', 'table_name', 'month_start']) }} as extraction_month_key,
        source_name,
        table_name,
        month_start,
        case when run_to is not null then least(run_to, month_to) end as read_to,
        {{ cast_as('incomplete_windows', 'bigint') }} as incomplete_windows,
        {{ cast_as('missing_rows', 'bigint') }} as missing_rows,
        case
            when incomplete_windows > 0 or run_to is null then 'incomplete'
            when run_to >= {{ add_hours('month_to', var('coverage_closing_hours')) }} then 'closed'
            -- to be behind by less than the lag is how loads are; by more, something is not read
            when
                run_to >= month_to
                or run_to >= {{ add_hours(as_of_moment(), -(var('coverage_max_lag_hours') | int)) }}
                then 'provisional'
            else 'incomplete'
        end as state
    from read

)

select * from final
