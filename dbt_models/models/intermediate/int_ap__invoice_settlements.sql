with

requests as (

    {{ payment_request_versions() }}
),

remittances as (

    select * from {{ ref('stg_tereina__payment_request_remittance_versions') }}

),

named_statuses as (

    {{ payment_statuses('requests') }}
),

statuses as (

    select
        statuses.request_id as payment_request_reference_id,
        statuses.end_to_end_id,
        statuses.status,
        statuses.status_at,
        statuses.known_at,
        coalesce(stages.stage, 'unknown') as stage
    from named_statuses as statuses
    left join {{ ref('seed_payment_status_map') }} as stages
        on
            statuses.status = stages.source_status
            and stages.source_name = 'tereina'
            and stages.entity = 'payment'

),

final as (

    select
        {{ surrogate_key([
            'requests.payment_request_reference_id', 'requests.version_id', 'remittances.position',
            'statuses.end_to_end_id', 'statuses.status', timestamp_text('statuses.status_at'),
        ]) }} as settlement_key,
        {{ surrogate_key(["'tereina'", 'requests.payment_request_reference_id']) }} as payment_key,
        requests.payment_request_reference_id,
        {{ surrogate_key(["'tereina'", 'remittances.invoice_reference_id']) }} as document_key,
        requests.version_id,
        remittances.position,
        requests.currency_code,
        remittances.amount,
        requests.known_at as request_known_at,
        requests.superseded_at as request_superseded_at,
        statuses.stage,
        statuses.status_at,
        {{ local_date('statuses.status_at') }} as status_on,
        statuses.known_at as status_known_at
    from requests
    inner join remittances
        on
            requests.payment_request_reference_id = remittances.payment_request_reference_id
            and requests.version_id = remittances.version_id
    left join statuses on requests.payment_request_reference_id = statuses.payment_request_reference_id
    where remittances.invoice_reference_id is not null and remittances.amount is not null

)

select * from final
