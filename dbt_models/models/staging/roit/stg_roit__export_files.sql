with

source as (

    {{ raw_rows('roit', 'export_files') }}

),

renamed as (

    select
        ---------- ids
        export_request_id,
        part_id,
        access_key,
        path,

        ---------- text
        content_type,
        sha256,
        stored_at,

        ---------- numerics
        size as size_bytes,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
