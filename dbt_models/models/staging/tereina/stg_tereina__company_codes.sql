with

source as (

    {{ raw_rows('tereina', 'company_codes') }}

),

renamed as (

    select
        ---------- ids
        reference_id as company_code_reference_id,
        company_reference_id,

        ---------- text
        code as company_code,
        name,
        country as country_code,
        currency as currency_code,

        ---------- numerics
        version as version_number,

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
