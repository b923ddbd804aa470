with

events as (

    select * from {{ ref('int_ap__payable_events') }}
    where {{ is_changed() }}

),

final as (

    select
        event_key,
        installment_key,
        document_key,
        installment_number,
        event_type,
        is_reversal,
        reverses_event_key,
        payment_key,
        is_inferred,
        effective_date,
        known_at,
        currency_code,
        amount,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at as _loaded_at
    from events

)

select * from final
