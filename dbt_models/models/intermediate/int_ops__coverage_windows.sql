with

windows as (

    select
        window_key,
        source_name,
        table_name,
        window_from,
        window_to,
        max(checked_at) as checked_at,
        max(case when has_difference then 1 else 0 end) = 1 as has_difference,
        sum(abs(missing_rows)) as missing_rows
    from {{ ref('int_ops__coverage_expected') }}
    group by window_key, source_name, table_name, window_from, window_to

),

-- What went missing is made up for by a later load of all of the range that adds up.
amends as (

    select distinct windows.window_key
    from windows
    inner join windows as later
        on
            windows.source_name = later.source_name
            and windows.table_name = later.table_name
            and windows.window_from >= later.window_from
            and windows.window_to <= later.window_to
            and windows.checked_at < later.checked_at
    where windows.has_difference and not later.has_difference

),

gaps as (

    select
        *,
        case
            when window_from <= max(window_to) over earlier then 0
            else 1
        end as begins_after_gap
    from windows
    window earlier as (
        partition by source_name, table_name
        order by window_from, window_to
        rows between unbounded preceding and 1 preceding
    )

),

runs as (

    select
        *,
        sum(begins_after_gap) over (
            partition by source_name, table_name
            order by window_from, window_to
            rows between unbounded preceding and current row
        ) as run_number
    from gaps

),

final as (

    select
        runs.window_key,
        runs.source_name,
        runs.table_name,
        runs.window_from,
        runs.window_to,
        runs.checked_at,
        runs.has_difference,
        amends.window_key is not null as is_made_up_for,
        {{ cast_as('runs.missing_rows', 'bigint') }} as missing_rows,
        case
            when runs.window_from is not null
                then min(runs.window_from) over (
                    partition by runs.source_name, runs.table_name, runs.run_number
                )
        end as run_from,
        case
            when runs.window_from is not null
                then max(runs.window_to) over (
                    partition by runs.source_name, runs.table_name, runs.run_number
                )
        end as run_to
    from runs
    left join amends on runs.window_key = amends.window_key

)

select * from final
