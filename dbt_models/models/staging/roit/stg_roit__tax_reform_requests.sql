with

source as (

    {{ raw_rows('roit', 'data_integration_requests') }}

),

renamed as (

    select
        ---------- ids
        process_unique_id,
        national_register as company_tax_id,

        ---------- text
        process_status,
        operation_type,
        document_type,

        ---------- timestamps
        created_at,
        updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
