with

source as (

    {{ raw_rows('tereina', 'companies') }}

),

renamed as (

    select
        ---------- ids
        reference_id as company_reference_id,
        company_code_reference_id,
        owning_organization_id,
        counterparty_organization_id,

        ---------- text
        name,
        number as company_number,
        registered_country as country_code,
        registered_region as region,

        ---------- numerics
        version as version_number,

        ---------- booleans
        supplier as is_supplier,
        customer as is_customer,

        ---------- timestamps
        created_date as created_at,
        last_updated_date as updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
