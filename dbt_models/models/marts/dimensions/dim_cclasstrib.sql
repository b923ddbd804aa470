with

classifications as (

    select * from {{ ref('stg_roit__cclasstribs') }}

),

final as (

    select
        {{ surrogate_key(['cclasstrib', 'valid_from']) }} as cclasstrib_key,
        cclasstrib,
        cst,
        description,
        legal_basis,
        ibs_reduction_percentage,
        cbs_reduction_percentage,
        valid_from,
        -- the source's last day is the day before the next: here, as everywhere, the period ends without its last
        {{ add_days('valid_to', '1') }} as valid_to,
        valid_to is null as is_open_ended,
        -- what law gives the code is no error of ours, but code that joins on it should know
        cst = substr(cclasstrib, 1, 3) as is_cst_consistent,
        deleted_at is not null as is_deleted_at_source,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from classifications

)

select * from final
