with

entries as (

    select * from {{ ref('int_ap__payable_entries') }}
    where {{ is_changed() }}

),

-- An entry stands as long as revision after revision repeats it: same day, same amount, same currency.
compared as (

    select
        *,
        case
            when lag(revision_number) over entry_in_order = revision_number - 1 then 0
            else 1
        end as is_new,
        case
            when lead(revision_number) over entry_in_order = revision_number + 1 then 0
            else 1
        end as is_last_said
    from entries
    window entry_in_order as (partition by entry_key order by revision_number)

),

islands as (

    select
        *,
        sum(is_new) over (
            partition by entry_key
            order by revision_number
            rows between unbounded preceding and current row
        ) as island_number
    from compared

),

keyed as (

    select
        *,
        {{ surrogate_key(['entry_key', 'island_number']) }} as original_event_key
    from islands

),

originals as (

    select
        original_event_key as event_key,
        {{ cast_as('null', 'text') }} as reverses_event_key,
        false as is_reversal,
        known_at,
        revision_number,
        amount,
        document_key,
        installment_number,
        event_type,
        payment_key,
        is_inferred,
        effective_date,
        currency_code,
        source_relation,
        tenant_id,
        _dlt_load_id
    from keyed
    where is_new = 1

),

-- What a later revision no longer says is taken back when that is known, on the day that it was booked for.
reversals as (

    select
        {{ surrogate_key(['original_event_key', "'reversal'"]) }} as event_key,
        original_event_key as reverses_event_key,
        true as is_reversal,
        superseded_at as known_at,
        revision_number + 1 as revision_number,
        -amount as amount,
        document_key,
        installment_number,
        event_type,
        payment_key,
        is_inferred,
        effective_date,
        currency_code,
        source_relation,
        tenant_id,
        _dlt_load_id
    from keyed
    where is_last_said = 1 and superseded_at is not null

),

unioned as (

    select * from originals
    union all
    select * from reversals

),

final as (

    select
        event_key,
        {{ surrogate_key(['document_key', 'installment_number']) }} as installment_key,
        document_key,
        installment_number,
        revision_number,
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
        _dlt_load_id
    from unioned

)

select * from final
