with

source as (

    {{ raw_rows('roit', 'export_requests') }}

),

renamed as (

    select
        ---------- ids
        id as export_request_id,
        user__id as requested_by_id,

        ---------- text
        status,
        preference,
        nullif(period__from, '') as period_from,
        nullif(period__to, '') as period_to,

        ---------- numerics
        quantity as file_count,
        size as size_bytes,
        total_of_parts as part_count,
        total_of_parts_processed as processed_part_count,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
