with

mentions as (

    select * from {{ ref('int_parties__company_mentions') }}

),

versions as (

    {{ valid_versions('mentions', 'company_key', ['company_name']) }}

),

final as (

    select
        {{ surrogate_key(['company_key', 'valid_from']) }} as company_version_key,
        company_key,
        version_number,
        valid_from,
        valid_to,
        is_current,
        company_tax_id,
        company_code_reference_id,
        company_name_then as company_name,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at as _loaded_at
    from versions

)

select * from final
