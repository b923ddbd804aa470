with

source as (

    {{ raw_rows('tereina', 'companies__addresses') }}

),

renamed as (

    select
        ---------- ids
        company_reference_id,
        position,
        reference_id as address_reference_id,

        ---------- text
        name,
        line1,
        line2,
        city,
        region,
        postal_code,
        country as country_code,

        ---------- booleans
        is_primary,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
