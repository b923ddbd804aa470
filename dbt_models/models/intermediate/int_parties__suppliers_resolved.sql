with

documents as (

    select
        *,
        {{ supplier_key('versions') }} as supplier_key
    from {{ ref('int_ap__document_versions') }} as versions
    where is_current

),

supplier_types as (

    select
        {{ plain_code('supplier_tax_id') }} as tax_id,
        max(supplier_type) as supplier_type
    from {{ ref('stg_roit__accounts_payables') }}
    where supplier_tax_id is not null
    group by 1

),

tax_ids as (

    select * from {{ ref('int_parties__company_tax_ids') }}

),

companies as (

    select
        companies.name as supplier_name,
        companies.company_reference_id as supplier_reference_id,
        companies.country_code,
        companies._loaded_at as known_at,
        companies.source_relation,
        companies.tenant_id,
        companies._dlt_load_id,
        tax_ids.tax_id as supplier_tax_id
    from {{ ref('stg_tereina__companies') }} as companies
    left join tax_ids on companies.company_reference_id = tax_ids.company_reference_id
    where coalesce(companies.is_supplier, true)

),

mentions as (

    select
        supplier_key,
        supplier_tax_id,
        supplier_reference_id,
        supplier_name,
        {{ cast_as('null', 'text') }} as country_code,
        known_at,
        source_relation,
        tenant_id,
        _dlt_load_id
    from documents

    union all

    select
        {{ supplier_key('companies') }} as supplier_key,
        supplier_tax_id,
        supplier_reference_id,
        supplier_name,
        country_code,
        known_at,
        source_relation,
        tenant_id,
        _dlt_load_id
    from companies

),

-- The latest mention that has a name speaks for the supplier.
ranked as (

    select
        *,
        max(supplier_reference_id) over (partition by supplier_key) as known_reference_id,
        max(country_code) over (partition by supplier_key) as known_country_code,
        row_number() over (
            partition by supplier_key
            order by
                case when supplier_name is null then 1 else 0 end,
                known_at desc,
                source_relation asc,
                supplier_name asc
        ) as preference
    from mentions
    where supplier_key != '-1'

),

final as (

    select
        ranked.supplier_key,
        ranked.supplier_tax_id,
        ranked.known_reference_id as supplier_reference_id,
        ranked.supplier_name,
        supplier_types.supplier_type,
        ranked.known_country_code as country_code,
        -- the first eight characters of a CNPJ are the company, the rest the branch; a CPF has no root
        case when length(ranked.supplier_tax_id) = 14 then substr(ranked.supplier_tax_id, 1, 8) end as tax_id_root,
        ranked.source_relation,
        ranked.tenant_id,
        ranked._dlt_load_id,
        ranked.known_at as _loaded_at
    from ranked
    left join supplier_types on ranked.supplier_tax_id = supplier_types.tax_id
    where ranked.preference = 1

)

select * from final
