with

source as (

    {{ raw_rows('solvimon', 'reports') }}

),

renamed as (

    select
        ---------- ids
        id as report_id,
        report_generate_request_id,
        customer_id,
        invoice_id,

        ---------- text
        report_code,
        run_type,
        file_name,

        ---------- numerics
        file_size as size_bytes,

        ---------- timestamps
        created_at,
        data_extracted_at,
        downloaded_at,
        expire_at as expires_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
