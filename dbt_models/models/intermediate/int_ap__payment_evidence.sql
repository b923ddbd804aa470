with

documents as (

    select * from {{ ref('int_ap__document_versions') }}

),

receipts as (

    select * from {{ ref('stg_roit__receipt_versions') }}

),

requests as (

    {{ payment_request_versions() }}
),

statuses as (

    {{ payment_statuses('requests') }}
),

-- A receipt speaks as long as the version of its payable does, a status for ever.
unioned as (

    select
        {{ surrogate_key(["'roit'", 'receipts.account_payable_id', 'coalesce(receipts.receipt_id, '
            ~ cast_as('receipts.position', 'text') ~ ')']) }} as payment_key,
        'payment' as evidence_role,
        'roit' as source_name,
        coalesce(receipts.receipt_id, receipts.account_payable_id) as record_id,
        receipts.position as record_position,
        receipts.version_id,
        documents.known_at,
        documents.superseded_at,
        receipts.source_relation,
        receipts.tenant_id,
        receipts._dlt_load_id
    from receipts
    inner join documents
        on
            receipts.account_payable_id = documents.source_document_id
            and receipts.version_id = documents.version_id
            and documents.source_name = 'roit'

    union all

    select
        {{ surrogate_key(["'tereina'", 'payment_request_reference_id']) }} as payment_key,
        'payment' as evidence_role,
        'tereina' as source_name,
        payment_request_reference_id as record_id,
        {{ cast_as('null', 'bigint') }} as record_position,
        version_id,
        known_at,
        superseded_at,
        source_relation,
        tenant_id,
        _dlt_load_id
    from requests

    union all

    select
        {{ surrogate_key(["'tereina'", 'request_id']) }} as payment_key,
        'payment_status' as evidence_role,
        'tereina' as source_name,
        end_to_end_id || '|' || status || '|' || {{ timestamp_text('status_at') }} as record_id,
        {{ cast_as('null', 'bigint') }} as record_position,
        {{ cast_as('null', 'text') }} as version_id,
        known_at,
        {{ cast_as('null', 'timestamp') }} as superseded_at,
        source_relation,
        tenant_id,
        _dlt_load_id
    from statuses
    where request_id is not null

),

final as (

    select * from unioned

)

select * from final
