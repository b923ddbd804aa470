with

source as (

    {{ raw_rows('roit', 'integration_attachments') }}

),

renamed as (

    select
        ---------- ids
        request_id,
        integration_id,
        id as attachment_id,

        ---------- text
        name as file_name,
        type as file_extension,

        ---------- numerics
        size as size_bytes,

        ---------- timestamps
        expires_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
