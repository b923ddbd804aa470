with

named as (

    {{ payment_statuses(ref('stg_tereina__payment_requests')) }}
),

final as (

    select
        {{ surrogate_key([
            'named.end_to_end_id', 'named.status', timestamp_text('named.status_at'),
        ]) }} as payment_status_event_key,
        case
            when named.request_id is not null
                then {{ surrogate_key(["'tereina'", 'named.request_id']) }}
        end as payment_key,
        named.end_to_end_id,
        named.status,
        coalesce(stages.stage, 'unknown') as stage,
        coalesce(stages.is_final, false) as is_final,
        named.reason_code,
        named.reason_text,
        named.status_at,
        {{ local_date('named.status_at') }} as status_on,
        named.currency_code,
        named.amount,
        named.known_at,
        named.source_relation,
        named.tenant_id,
        named._dlt_load_id,
        named.known_at as _loaded_at
    from named
    left join {{ ref('seed_payment_status_map') }} as stages
        on
            named.status = stages.source_status
            and stages.source_name = 'tereina'
            and stages.entity = 'payment'

)

select * from final
