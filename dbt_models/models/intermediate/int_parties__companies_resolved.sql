with

documents as (

    select
        versions.company_tax_id,
        versions.company_code_reference_id,
        versions.company_name,
        versions.known_at,
        versions.source_relation,
        versions.tenant_id,
        versions._dlt_load_id,
        {{ company_key('versions') }} as company_key
    from {{ ref('int_ap__document_versions') }} as versions
    where versions.is_current

),

ranked as (

    select
        *,
        max(company_code_reference_id) over (partition by company_key) as known_company_code_reference_id,
        row_number() over (
            partition by company_key
            order by
                case when company_name is null then 1 else 0 end,
                known_at desc,
                source_relation asc,
                company_name asc
        ) as preference
    from documents
    where company_key != '-1'

),

final as (

    select
        company_key,
        company_tax_id,
        known_company_code_reference_id as company_code_reference_id,
        company_name,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at as _loaded_at
    from ranked
    where preference = 1

)

select * from final
