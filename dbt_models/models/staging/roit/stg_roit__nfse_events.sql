with

source as (

    {{ raw_rows('roit', 'nfse_events') }}

),

renamed as (

    select
        ---------- ids
        access_key,
        author_tax_id,

        ---------- text
        event_type,
        description,
        reason_code,
        justification,
        substitute_access_key,

        ---------- numerics
        sequence as event_sequence,

        ---------- booleans
        is_registered,
        is_cancellation,

        ---------- timestamps
        registered_at,
        occurred_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
