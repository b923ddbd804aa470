with

source as (

    {{ raw_rows('roit', 'documents__items') }}

),

renamed as (

    select
        ---------- ids
        document_id,
        position,

        ---------- text
        code as item_code,
        description,
        ncm,
        cfop,
        service_code,
        unit,
        c_class_trib as cclasstrib,

        ---------- numerics
        number as item_number,
        quantity,
        unit_value as unit_price,
        total_value as total_amount,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
