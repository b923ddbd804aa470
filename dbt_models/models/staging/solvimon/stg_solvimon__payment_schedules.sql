with

source as (

    {{ raw_rows('solvimon', 'payment_schedules') }}

),

renamed as (

    select
        ---------- ids
        id as payment_schedule_id,
        customer_id,
        billing_entity_id,
        payment_method_id,

        ---------- text
        reference,
        status,
        type as schedule_type,

        ---------- timestamps
        created_at,
        updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
