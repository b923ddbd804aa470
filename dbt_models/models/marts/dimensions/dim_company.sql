with

companies as (

    select * from {{ ref('int_parties__companies_resolved') }}

),

company_codes as (

    select * from {{ ref('stg_tereina__company_codes') }}

),

final as (

    select
        companies.company_version_key,
        companies.company_key,
        {{ cast_as('companies.version_number', 'bigint') }} as version_number,
        companies.valid_from,
        companies.valid_to,
        companies.is_current,
        {{ shown_tax_id('companies.company_tax_id') }} as company_tax_id,
        companies.company_code_reference_id,
        company_codes.company_code,
        companies.company_name,
        company_codes.country_code,
        company_codes.currency_code,
        companies.source_relation,
        companies.tenant_id,
        companies._dlt_load_id,
        companies._loaded_at
    from companies
    left join company_codes
        on companies.company_code_reference_id = company_codes.company_code_reference_id

    union all

    select
        '-1' as company_version_key,
        '-1' as company_key,
        {{ cast_as('1', 'bigint') }} as version_number,
        {{ beginning_of_time() }} as valid_from,
        {{ cast_as('null', 'date') }} as valid_to,
        true as is_current,
        {{ cast_as('null', 'text') }} as company_tax_id,
        {{ cast_as('null', 'text') }} as company_code_reference_id,
        {{ cast_as('null', 'text') }} as company_code,
        'unknown' as company_name,
        {{ cast_as('null', 'text') }} as country_code,
        {{ cast_as('null', 'text') }} as currency_code,
        {{ cast_as('null', 'text') }} as source_relation,
        '{{ var("default_tenant") }}' as tenant_id,
        {{ cast_as('null', 'text') }} as _dlt_load_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at

)

select * from final
