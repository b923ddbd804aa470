with

source as (

    {{ raw_rows('roit', 'integration_requests') }}

),

renamed as (

    select
        ---------- ids
        request_id,
        id as entry_id,
        integration_id,

        ---------- text
        entity,
        reference,
        type as integration_type,
        status,
        message,
        entry_reference,
        entry_date,

        ---------- booleans
        is_priority,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
