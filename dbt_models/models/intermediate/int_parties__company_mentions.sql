with

payables as (

    {{ payables_that_say_else(['company_tax_id', 'company_name']) }}
),

payable_mentions as (

    select
        {{ plain_code('company_tax_id') }} as company_tax_id,
        {{ cast_as('null', 'text') }} as company_code_reference_id,
        company_name,
        said_at,
        'roit|' || account_payable_id || '|' || version_id as mention_id,
        false as is_master_data,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from payables

),

company_codes as (

    select
        company_codes.*,
        tax_ids.tax_id
    from {{ ref('stg_tereina__company_codes') }} as company_codes
    left join {{ ref('int_parties__company_tax_ids') }} as tax_ids
        on company_codes.company_reference_id = tax_ids.company_reference_id

),

code_mentions as (

    select
        tax_id as company_tax_id,
        company_code_reference_id,
        name as company_name,
        coalesce(updated_at, created_at, _loaded_at) as said_at,
        'tereina|' || company_code_reference_id as mention_id,
        name is not null as is_master_data,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from company_codes

),

-- Company codes that documents and payments name and that were never sent themselves.
references_only as (

    {{ parties_referred_to('company_code_reference_id', 'company_code_reference_id') }}
),

reference_mentions as (

    select
        {{ cast_as('null', 'text') }} as company_tax_id,
        references_only.party_reference_id as company_code_reference_id,
        {{ cast_as('null', 'text') }} as company_name,
        references_only.said_at,
        references_only.mention_id,
        false as is_master_data,
        references_only.source_relation,
        references_only.tenant_id,
        references_only._dlt_load_id,
        references_only.known_at
    from references_only
    left join company_codes
        on references_only.party_reference_id = company_codes.company_code_reference_id
    where company_codes.company_code_reference_id is null

),

unioned as (

    select * from payable_mentions
    union all
    select * from code_mentions
    union all
    select * from reference_mentions

),

keyed as (

    select
        *,
        {{ company_key('unioned') }} as company_key
    from unioned

),

ranked as (

    select
        *,
        min(case when is_master_data then said_at end) over (partition by company_key) as master_data_since,
        max(company_code_reference_id) over (partition by company_key) as known_company_code_reference_id
    from keyed

),

final as (

    select
        company_key,
        company_tax_id,
        known_company_code_reference_id as company_code_reference_id,
        -- from when the ERP's master data names the company, other names are spellings; so are those of further
        -- company codes of the same company
        case
            when company_code_reference_id = known_company_code_reference_id then company_name
            when said_at < master_data_since or master_data_since is null then company_name
        end as company_name,
        said_at,
        mention_id,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from ranked
    where company_key != '-1'

)

select * from final
