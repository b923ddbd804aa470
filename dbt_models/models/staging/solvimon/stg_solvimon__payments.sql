with

source as (

    {{ raw_rows('solvimon', 'payments') }}

),

renamed as (

    select
        ---------- ids
        id as payment_id,
        customer_id,
        invoice_id,
        payment_acceptor_id,
        payment_method_id,

        ---------- text
        external_reference,
        reference,
        result,
        result_details__code as result_code,
        result_details__reason as result_reason,
        payment_method_details__type as payment_method,
        amount__currency as currency_code,

        ---------- numerics
        amount__quantity as amount,

        ---------- timestamps
        source.timestamp as paid_at,
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
