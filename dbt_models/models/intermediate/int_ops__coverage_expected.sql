with

controls as (

    select
        'roit' as source_name,
        controls.*
    from {{ ref('stg_roit__controls') }} as controls
    union all
    select
        'tereina' as source_name,
        controls.*
    from {{ ref('stg_tereina__controls') }} as controls
    union all
    select
        'solvimon' as source_name,
        controls.*
    from {{ ref('stg_solvimon__controls') }} as controls

),

-- Statuses are added up, currencies never.
totals as (

    select
        source_name,
        table_name,
        window_from,
        window_to,
        currency_code,
        source_relation,
        sum(source_rows) as expected_rows,
        sum(warehouse_rows) as loaded_rows,
        sum(rejected_rows) as rejected_rows,
        sum(source_amount) as expected_amount,
        sum(warehouse_amount) as loaded_amount,
        max(checked_at) as checked_at,
        -- a row that changed its status between the two sides differs in two groups and in no total
        sum(abs(source_rows - rejected_rows - warehouse_rows)) as difference_in_rows,
        sum(case when rejected_rows = 0 and source_amount != warehouse_amount then 1 else 0 end)
            as difference_in_sums
    from controls
    group by source_name, table_name, window_from, window_to, currency_code, source_relation

),

final as (

    select
        {{ surrogate_key([
            'source_name', 'table_name', timestamp_text('window_from'), timestamp_text('window_to'),
            'currency_code',
        ]) }} as coverage_key,
        {{ surrogate_key([
            'source_name', 'table_name', timestamp_text('window_from'), timestamp_text('window_to'),
        ]) }} as window_key,
        source_name,
        table_name,
        window_from,
        window_to,
        currency_code,
        {{ cast_as('expected_rows', 'bigint') }} as expected_rows,
        {{ cast_as('loaded_rows', 'bigint') }} as loaded_rows,
        {{ cast_as('rejected_rows', 'bigint') }} as rejected_rows,
        {{ cast_as('expected_rows - rejected_rows - loaded_rows', 'bigint') }} as missing_rows,
        {{ money('expected_amount') }} as expected_amount,
        {{ money('loaded_amount') }} as loaded_amount,
        difference_in_rows != 0 or difference_in_sums != 0 as has_difference,
        checked_at,
        source_relation
    from totals

)

select * from final
