with

source as (

    {{ raw_rows('roit', 'documents__purchase_orders') }}

),

renamed as (

    select
        ---------- ids
        document_id,
        position,

        ---------- text
        value as purchase_order_number,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
