with

unioned as (

    select
        'roit' as source_name,
        rejects.*
    from {{ ref('stg_roit__rejects') }} as rejects
    union all
    select
        'tereina' as source_name,
        rejects.*
    from {{ ref('stg_tereina__rejects') }} as rejects
    union all
    select
        'solvimon' as source_name,
        rejects.*
    from {{ ref('stg_solvimon__rejects') }} as rejects

),

final as (

    select
        {{ surrogate_key(['source_name', 'reject_id']) }} as rejected_record_key,
        source_name,
        table_name,
        record_key,
        field_name,
        reason,
        rejected_at,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from unioned

)

select * from final
