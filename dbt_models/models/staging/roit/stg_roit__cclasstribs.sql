with

source as (

    {{ raw_rows('roit', 'cclasstrib') }}

),

renamed as (

    select
        ---------- text
        code as cclasstrib,
        description,
        cst,
        legal_basis,

        ---------- numerics
        ibs_reduction as ibs_reduction_percentage,
        cbs_reduction as cbs_reduction_percentage,

        ---------- dates
        valid_from,
        valid_to,

        ---------- timestamps
        _deleted_at as deleted_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
