with

revisions as (

    select * from {{ ref('int_ap__document_revisions') }}
    where not is_void and {{ is_changed() }}

),

documents as (

    select * from {{ ref('int_ap__document_versions') }}
    where {{ is_changed() }}

),

receipts as (

    select * from {{ ref('stg_roit__receipt_versions') }}
    where amount != 0

),

-- A refund takes back all that the receipts prove.
receipt_payments as (

    select
        revisions.document_key,
        revisions.revision_number,
        {{ surrogate_key(["'roit'", 'receipts.account_payable_id', 'coalesce(receipts.receipt_id, '
            ~ cast_as('receipts.position', 'text') ~ ')']) }} as payment_key,
        row_number() over (
            partition by revisions.document_key, revisions.revision_number, receipts.receipt_id
            order by receipts.position
        ) as attempt_number,
        coalesce({{ local_date('receipts.paid_at') }}, documents.paid_on, documents.stage_since) as paid_on,
        case when documents.stage = 'refunded' then documents.stage_since end as returned_on,
        receipts.amount,
        'receipt' as payment_origin
    from revisions
    inner join documents
        on
            revisions.document_key = documents.document_key
            and revisions.version_id = documents.version_id
    inner join receipts
        on
            documents.source_document_id = receipts.account_payable_id
            and documents.version_id = receipts.version_id
    where revisions.source_name = 'roit'

),

-- What the bank had said of each payment by the time of the revision, settled and returned only.
known_settlements as (

    select
        revisions.document_key,
        revisions.revision_number,
        settlements.payment_key,
        settlements.position,
        settlements.amount,
        settlements.status_at,
        settlements.status_on,
        settlements.stage = 'settled' as is_settled
    from revisions
    inner join {{ ref('int_ap__invoice_settlements') }} as settlements
        on
            revisions.document_key = settlements.document_key
            and revisions.known_at >= settlements.request_known_at
            and (
                settlements.request_superseded_at is null
                or revisions.known_at < settlements.request_superseded_at
            )
            and revisions.known_at >= settlements.status_known_at
    where settlements.stage in ('settled', 'rejected', 'cancelled')

),

-- A payment settles once until it is returned: further words of the same kind say nothing new.
turns as (

    select
        *,
        lag(is_settled) over payment_in_order as was_settled
    from known_settlements
    window payment_in_order as (
        partition by document_key, revision_number, payment_key, position
        order by status_at, is_settled
    )

),

attempts as (

    select
        *,
        lead(status_on) over payment_in_order as returned_on,
        row_number() over payment_in_order as turn_number
    from turns
    where is_settled != coalesce(was_settled, false)
    window payment_in_order as (
        partition by document_key, revision_number, payment_key, position
        order by status_at, is_settled
    )

),

settled_payments as (

    select
        document_key,
        revision_number,
        payment_key,
        {{ cast_as('turn_number * 1000 + position', 'bigint') }} as attempt_number,
        status_on as paid_on,
        returned_on,
        amount,
        'settlement' as payment_origin
    from attempts
    where is_settled

),

-- What Tereina says is paid and no known payment explains: paid outside of the payments that were loaded.
explained as (

    select
        revisions.document_key,
        revisions.revision_number,
        documents.open_amount_since as paid_on,
        documents.payable_amount - documents.open_amount_at_source as paid_at_source,
        sum(
            case
                when payments.paid_on > documents.updated_on then 0
                when payments.returned_on <= documents.updated_on then 0
                else coalesce(payments.amount, 0)
            end
        ) as explained_amount
    from revisions
    inner join documents
        on
            revisions.document_key = documents.document_key
            and revisions.version_id = documents.version_id
    left join settled_payments as payments
        on
            revisions.document_key = payments.document_key
            and revisions.revision_number = payments.revision_number
    where
        revisions.source_name = 'tereina'
        and documents.open_amount_at_source is not null
        and documents.stage not in ('cancelled', 'rejected', 'refunded')
    group by
        revisions.document_key,
        revisions.revision_number,
        documents.open_amount_since,
        documents.payable_amount,
        documents.open_amount_at_source

),

unexplained_payments as (

    select
        document_key,
        revision_number,
        {{ surrogate_key(["'tereina'", "'open_amount'", 'document_key']) }} as payment_key,
        {{ cast_as('1', 'bigint') }} as attempt_number,
        paid_on,
        {{ cast_as('null', 'date') }} as returned_on,
        paid_at_source - explained_amount as amount,
        'open_amount' as payment_origin
    from explained
    where paid_at_source > explained_amount

),

unioned as (

    select * from receipt_payments
    union all
    select * from settled_payments
    union all
    select * from unexplained_payments

),

final as (

    select
        document_key,
        revision_number,
        payment_key,
        attempt_number,
        paid_on,
        returned_on,
        {{ money('amount') }} as amount,
        payment_origin
    from unioned

)

select * from final
