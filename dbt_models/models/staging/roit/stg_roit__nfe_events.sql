with

source as (

    {{ raw_rows('roit', 'nfe_events') }}

),

renamed as (

    select
        ---------- ids
        access_key,
        author_tax_id,

        ---------- text
        event_type,
        description,
        justification,
        correction,
        protocol as protocol_number,
        status_code,
        status_reason,

        ---------- numerics
        sequence as event_sequence,

        ---------- booleans
        is_registered,
        is_cancellation,

        ---------- timestamps
        occurred_at,
        registered_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
