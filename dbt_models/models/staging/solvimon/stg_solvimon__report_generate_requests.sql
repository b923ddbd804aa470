with

source as (

    {{ raw_rows('solvimon', 'report_generate_requests') }}

),

renamed as (

    select
        ---------- ids
        id as report_generate_request_id,
        customer_id,
        invoice_id,
        report_configuration_id,

        ---------- text
        report_code,
        status,
        run_type,

        ---------- timestamps
        generate_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
