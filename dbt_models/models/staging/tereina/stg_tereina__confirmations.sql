with

source as (

    {{ noted_rows('tereina', '_confirmations') }}

),

renamed as (

    select
        ---------- ids
        batch_id,

        ---------- text
        resource as resource_name,

        ---------- numerics
        objects as object_count,

        ---------- timestamps
        requested_at,
        confirmed_at,

        ---------- lineage
        source_relation
    from source

)

select * from renamed
