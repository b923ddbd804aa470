with

source as (

    {{ raw_rows('solvimon', 'products') }}

),

renamed as (

    select
        ---------- ids
        id as product_id,
        category_id,
        parent_product_id,

        ---------- text
        reference as product_reference,
        name as product_name,
        description,
        status,
        product_type,
        tax_category,
        category__name as category_name,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
