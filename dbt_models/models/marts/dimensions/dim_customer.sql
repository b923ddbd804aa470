with

customers as (

    select * from {{ ref('stg_solvimon__customers') }}

),

final as (

    select
        {{ surrogate_key(["'solvimon'", 'customer_id']) }} as customer_key,
        customer_id,
        customer_reference,
        legal_name,
        tax_id,
        customer_type,
        status,
        country_code,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from customers

    union all

    select
        '-1' as customer_key,
        {{ cast_as('null', 'text') }} as customer_id,
        {{ cast_as('null', 'text') }} as customer_reference,
        'unknown' as legal_name,
        {{ cast_as('null', 'text') }} as tax_id,
        {{ cast_as('null', 'text') }} as customer_type,
        {{ cast_as('null', 'text') }} as status,
        {{ cast_as('null', 'text') }} as country_code,
        {{ cast_as('null', 'text') }} as source_relation,
        '{{ var("default_tenant") }}' as tenant_id,
        {{ cast_as('null', 'text') }} as _dlt_load_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at

)

select * from final
