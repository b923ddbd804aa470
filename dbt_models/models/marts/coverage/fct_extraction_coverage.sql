with

expected as (

    select * from {{ ref('int_ops__coverage_expected') }}

),

windows as (

    select * from {{ ref('int_ops__coverage_windows') }}

),

final as (

    select
        expected.coverage_key,
        expected.source_name,
        expected.table_name,
        expected.window_from,
        expected.window_to,
        {{ local_date('expected.window_from') }} as first_day,
        {{ local_date('expected.window_to') }} as last_day,
        expected.currency_code,
        expected.expected_rows,
        expected.loaded_rows,
        expected.rejected_rows,
        expected.missing_rows,
        expected.expected_amount,
        expected.loaded_amount,
        {{ money('expected.expected_amount - expected.loaded_amount') }} as missing_amount,
        windows.is_made_up_for,
        case
            when windows.has_difference and not windows.is_made_up_for then 'incomplete'
            when
                windows.run_to < {{ add_hours('expected.window_to', var('coverage_closing_hours')) }}
                then 'provisional'
            else 'closed'
        end as state,
        expected.checked_at,
        {{ cast_as(hours_between('coalesce(expected.window_to, expected.checked_at)', as_of_moment()), 'bigint') }}
            as freshness_hours,
        expected.source_relation
    from expected
    inner join windows on expected.window_key = windows.window_key

)

select * from final
