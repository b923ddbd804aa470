with

payables as (

    {{ payables_that_say_else(['supplier_tax_id', 'supplier_name', 'supplier_type']) }}
),

payable_mentions as (

    select
        {{ plain_code('supplier_tax_id') }} as supplier_tax_id,
        {{ cast_as('null', 'text') }} as supplier_reference_id,
        supplier_name,
        supplier_type,
        {{ cast_as('null', 'text') }} as country_code,
        said_at,
        'roit|' || account_payable_id || '|' || version_id as mention_id,
        false as is_master_data,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from payables

),

tax_ids as (

    select * from {{ ref('int_parties__company_tax_ids') }}

),

company_mentions as (

    select
        tax_ids.tax_id as supplier_tax_id,
        companies.company_reference_id as supplier_reference_id,
        companies.name as supplier_name,
        {{ cast_as('null', 'text') }} as supplier_type,
        companies.country_code,
        coalesce(companies.updated_at, companies.created_at, companies._loaded_at) as said_at,
        'tereina|' || companies.company_reference_id as mention_id,
        companies.name is not null as is_master_data,
        companies.source_relation,
        companies.tenant_id,
        companies._dlt_load_id,
        companies._loaded_at as known_at
    from {{ ref('stg_tereina__companies') }} as companies
    left join tax_ids on companies.company_reference_id = tax_ids.company_reference_id
    where coalesce(companies.is_supplier, true)

),

-- Suppliers that documents and payments name by reference only. They say nothing but that there is one.
references_only as (

    {{ parties_referred_to('supplier_reference_id', 'creditor_reference_id') }}
),

reference_mentions as (

    select
        tax_ids.tax_id as supplier_tax_id,
        references_only.party_reference_id as supplier_reference_id,
        {{ cast_as('null', 'text') }} as supplier_name,
        {{ cast_as('null', 'text') }} as supplier_type,
        {{ cast_as('null', 'text') }} as country_code,
        references_only.said_at,
        references_only.mention_id,
        false as is_master_data,
        references_only.source_relation,
        references_only.tenant_id,
        references_only._dlt_load_id,
        references_only.known_at
    from references_only
    left join tax_ids on references_only.party_reference_id = tax_ids.company_reference_id

),

unioned as (

    select * from payable_mentions
    union all
    select * from company_mentions
    union all
    select * from reference_mentions

),

keyed as (

    select
        *,
        {{ supplier_key('unioned') }} as supplier_key
    from unioned

),

ranked as (

    select
        *,
        min(case when is_master_data then said_at end) over (partition by supplier_key) as master_data_since
    from keyed

),

final as (

    select
        supplier_key,
        supplier_tax_id,
        supplier_reference_id,
        -- from when the ERP's master data names the supplier, what a document calls it is only a spelling
        case
            when not is_master_data and said_at >= master_data_since then null
            else supplier_name
        end as supplier_name,
        supplier_type,
        country_code,
        said_at,
        mention_id,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from ranked
    where supplier_key != '-1'

)

select * from final
