with

company_codes as (

    select * from {{ ref('stg_tereina__company_codes') }}

),

tax_ids as (

    select * from {{ ref('int_parties__company_tax_ids') }}

),

keyed as (

    select
        company_codes.*,
        tax_ids.tax_id as company_tax_id
    from company_codes
    left join tax_ids on company_codes.company_reference_id = tax_ids.company_reference_id

),

final as (

    select
        {{ surrogate_key(["'tereina'", 'company_code_reference_id']) }} as company_code_key,
        company_code_reference_id,
        company_code,
        name as company_code_name,
        {{ company_key('keyed') }} as company_key,
        country_code,
        currency_code,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from keyed

    union all

    select
        '-1' as company_code_key,
        {{ cast_as('null', 'text') }} as company_code_reference_id,
        {{ cast_as('null', 'text') }} as company_code,
        'unknown' as company_code_name,
        '-1' as company_key,
        {{ cast_as('null', 'text') }} as country_code,
        {{ cast_as('null', 'text') }} as currency_code,
        {{ cast_as('null', 'text') }} as source_relation,
        '{{ var("default_tenant") }}' as tenant_id,
        {{ cast_as('null', 'text') }} as _dlt_load_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at

)

select * from final
