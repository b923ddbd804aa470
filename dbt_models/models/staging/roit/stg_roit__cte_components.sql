with

source as (

    {{ raw_rows('roit', 'cte__components') }}

),

renamed as (

    select
        ---------- ids
        cte_access_key as access_key,
        position,

        ---------- text
        name as component_name,

        ---------- numerics
        value as amount,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
