with

source as (

    {{ raw_rows('solvimon', '_rejects') }}

),

renamed as (

    select
        ---------- ids
        reject_id,
        key as record_key,

        ---------- text
        table_name,
        field as field_name,
        reason,

        ---------- timestamps
        rejected_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
