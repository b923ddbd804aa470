with

source as (

    {{ raw_rows('tereina', 'batches') }}

),

renamed as (

    select
        ---------- ids
        batch_id,
        client_ref_id,
        reference_id,

        ---------- text
        payload_object_type,
        status,
        content_type,

        ---------- numerics
        total_payload_size as payload_bytes,
        total_line_item_count as line_item_count,
        number_of_data_blocks as data_block_count,

        ---------- timestamps
        created_date as created_at,
        last_updated_date as updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
