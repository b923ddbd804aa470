with

products as (

    select * from {{ ref('stg_solvimon__products') }}

),

final as (

    select
        {{ surrogate_key(["'solvimon'", 'product_id']) }} as product_key,
        product_id,
        product_reference,
        product_name,
        product_type,
        category_name,
        tax_category,
        status,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from products

    union all

    select
        '-1' as product_key,
        {{ cast_as('null', 'text') }} as product_id,
        {{ cast_as('null', 'text') }} as product_reference,
        'unknown' as product_name,
        {{ cast_as('null', 'text') }} as product_type,
        {{ cast_as('null', 'text') }} as category_name,
        {{ cast_as('null', 'text') }} as tax_category,
        {{ cast_as('null', 'text') }} as status,
        {{ cast_as('null', 'text') }} as source_relation,
        '{{ var("default_tenant") }}' as tenant_id,
        {{ cast_as('null', 'text') }} as _dlt_load_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at

)

select * from final
