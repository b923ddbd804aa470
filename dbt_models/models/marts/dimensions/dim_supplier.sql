with

suppliers as (

    select * from {{ ref('int_parties__suppliers_resolved') }}

),

final as (

    select
        supplier_version_key,
        supplier_key,
        {{ cast_as('version_number', 'bigint') }} as version_number,
        valid_from,
        valid_to,
        is_current,
        {{ shown_tax_id('supplier_tax_id') }} as supplier_tax_id,
        tax_id_root,
        supplier_reference_id,
        supplier_name,
        supplier_type,
        country_code,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from suppliers

    union all

    select
        '-1' as supplier_version_key,
        '-1' as supplier_key,
        {{ cast_as('1', 'bigint') }} as version_number,
        {{ beginning_of_time() }} as valid_from,
        {{ cast_as('null', 'date') }} as valid_to,
        true as is_current,
        {{ cast_as('null', 'text') }} as supplier_tax_id,
        {{ cast_as('null', 'text') }} as tax_id_root,
        {{ cast_as('null', 'text') }} as supplier_reference_id,
        'unknown' as supplier_name,
        {{ cast_as('null', 'text') }} as supplier_type,
        {{ cast_as('null', 'text') }} as country_code,
        {{ cast_as('null', 'text') }} as source_relation,
        '{{ var("default_tenant") }}' as tenant_id,
        {{ cast_as('null', 'text') }} as _dlt_load_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at

)

select * from final
