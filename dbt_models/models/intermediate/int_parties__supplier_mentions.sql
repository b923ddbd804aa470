with

payables as (

    select
        *,
        coalesce(updated_at, known_at) as changed_at
    from {{ ref('stg_roit__accounts_payable_versions') }}

),

told as (

    select
        *,
        row_number() over payable_in_order as version_place,
        lag(supplier_tax_id) over payable_in_order as told_tax_id,
        lag(supplier_name) over payable_in_order as told_name,
        lag(supplier_type) over payable_in_order as told_type
    from payables
    window payable_in_order as (partition by account_payable_id order by changed_at, version_id)

),

-- A payable speaks of its supplier when it is made and when it says something else, not each time that it is paid:
-- an old document would bring an old name back.
payable_mentions as (

    select
        {{ plain_code('supplier_tax_id') }} as supplier_tax_id,
        {{ cast_as('null', 'text') }} as supplier_reference_id,
        supplier_name,
        supplier_type,
        {{ cast_as('null', 'text') }} as country_code,
        case when version_place = 1 then coalesce(created_at, changed_at) else changed_at end as said_at,
        'roit|' || account_payable_id || '|' || version_id as mention_id,
        false as is_master_data,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from told
    where
        version_place = 1
        or coalesce(supplier_tax_id, '') != coalesce(told_tax_id, '')
        or coalesce(supplier_name, '') != coalesce(told_name, '')
        or coalesce(supplier_type, '') != coalesce(told_type, '')

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

    select
        supplier_reference_id,
        coalesce(updated_at, created_at, known_at) as said_at,
        'invoice|' || invoice_reference_id || '|' || version_id as mention_id,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from {{ ref('stg_tereina__invoice_versions') }}

    union all

    select
        creditor_reference_id as supplier_reference_id,
        coalesce(updated_at, created_at, _loaded_at) as said_at,
        'payment|' || payment_request_reference_id as mention_id,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from {{ ref('stg_tereina__payment_requests') }}

),

reference_mentions as (

    select
        tax_ids.tax_id as supplier_tax_id,
        references_only.supplier_reference_id,
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
    left join tax_ids on references_only.supplier_reference_id = tax_ids.company_reference_id

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
