with

mentions as (

    select
        *,
        max(supplier_reference_id) over (partition by supplier_key) as known_reference_id
    from {{ ref('int_parties__supplier_mentions') }}

),

versions as (

    {{ valid_versions('mentions', 'supplier_key', ['supplier_name', 'supplier_type', 'country_code']) }}

),

final as (

    select
        {{ surrogate_key(['supplier_key', 'valid_from']) }} as supplier_version_key,
        supplier_key,
        version_number,
        valid_from,
        valid_to,
        is_current,
        supplier_tax_id,
        known_reference_id as supplier_reference_id,
        supplier_name_then as supplier_name,
        supplier_type_then as supplier_type,
        country_code_then as country_code,
        -- the first eight characters of a CNPJ are the company, the rest the branch; a CPF has no root
        case when length(supplier_tax_id) = 14 then substr(supplier_tax_id, 1, 8) end as tax_id_root,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at as _loaded_at
    from versions

)

select * from final
