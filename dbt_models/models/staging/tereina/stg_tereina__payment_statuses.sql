with

source as (

    {{ raw_rows('tereina', 'payment_statuses') }}

),

renamed as (

    select
        ---------- ids
        reference_id as status_reference_id,
        payment_request_reference_id,
        end_to_end_id,
        status,
        status_at,

        ---------- text
        reason_code,
        reason_text,
        currency as currency_code,

        ---------- numerics
        amount,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from source

)

select * from renamed
