with

source as (

    {{ raw_rows('roit', 'documents') }}

),

renamed as (

    select
        ---------- ids
        id as document_id,
        master_id,
        access_key,
        issuer__national_register as issuer_tax_id,
        receiver__national_register as receiver_tax_id,
        carrier__national_register as carrier_tax_id,

        ---------- text
        classification,
        number as document_number,
        series,
        step,
        origin,
        movement,
        origin_city as origin_city_code,
        destiny_city as destination_city_code,
        service_made_city as service_city_code,
        issuer__name as issuer_name,
        receiver__name as receiver_name,
        carrier__name as carrier_name,

        ---------- numerics
        total_value as total_amount,

        ---------- booleans
        is_consolidated,
        finalized as is_finalized,
        has_iss_retention as has_iss_withholding,

        ---------- dates
        issue_date,
        entry_date,

        ---------- timestamps
        create_at as created_at,
        updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
