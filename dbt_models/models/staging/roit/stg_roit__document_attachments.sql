with

source as (

    {{ raw_rows('roit', 'documents__files') }}

),

renamed as (

    select
        ---------- ids
        document_id,
        position,

        ---------- text
        name as file_name,
        type as file_extension,

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
