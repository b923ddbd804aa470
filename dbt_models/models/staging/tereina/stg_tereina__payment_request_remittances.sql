with

source as (

    {{ raw_rows('tereina', 'payment_requests__remittances') }}

),

renamed as (

    select
        ---------- ids
        payment_request_reference_id,
        position,
        invoice_reference_id,

        ---------- numerics
        amount,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
