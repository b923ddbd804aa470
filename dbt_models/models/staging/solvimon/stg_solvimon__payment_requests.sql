with

source as (

    {{ raw_rows('solvimon', 'payment_requests') }}

),

renamed as (

    select
        ---------- ids
        id as payment_request_id,
        payment_schedule_id,
        customer_id,

        ---------- text
        status,
        amount__currency as currency_code,

        ---------- numerics
        amount__quantity as amount,
        source.index as request_index,

        ---------- timestamps
        created_at,
        execute_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
