with

revisions as (

    select * from {{ ref('int_ap__document_revisions') }}
    where not is_void and {{ is_changed() }}

),

documents as (

    select * from {{ ref('int_ap__document_versions') }}
    where {{ is_changed() }}

),

installments as (

    select
        revisions.revision_number,
        documents.posting_date,
        documents.stage,
        documents.is_open_at_source,
        coalesce(documents.cancelled_on, documents.stage_since) as cancelled_on,
        installments.*
    from revisions
    inner join documents
        on
            revisions.document_key = documents.document_key
            and revisions.version_id = documents.version_id
    inner join {{ ref('int_ap__installments_exploded') }} as installments
        on
            revisions.document_key = installments.document_key
            and revisions.version_id = installments.version_id

),

applications as (

    select * from {{ ref('int_ap__payment_applications') }}
    where {{ is_changed() }}

),

-- What the document states: these four and the payable add up to the amount that was invoiced.
document_entries as (

    select
        document_key,
        revision_number,
        installment_number,
        case
            when payable_amount + withheld_amount + discount_amount - interest_amount - fine_amount < 0
                then 'CREDIT_NOTE'
            else 'INVOICED'
        end as event_type,
        posting_date as effective_date,
        payable_amount + withheld_amount + discount_amount - interest_amount - fine_amount as amount
    from installments

    union all

    select
        document_key,
        revision_number,
        installment_number,
        'WITHHELD' as event_type,
        posting_date as effective_date,
        -withheld_amount as amount
    from installments

    union all

    select
        document_key,
        revision_number,
        installment_number,
        'DISCOUNT_TAKEN' as event_type,
        posting_date as effective_date,
        -discount_amount as amount
    from installments

    union all

    select
        document_key,
        revision_number,
        installment_number,
        'INTEREST' as event_type,
        posting_date as effective_date,
        interest_amount as amount
    from installments

    union all

    select
        document_key,
        revision_number,
        installment_number,
        'FINE' as event_type,
        posting_date as effective_date,
        fine_amount as amount
    from installments

),

payment_entries as (

    select
        document_key,
        revision_number,
        installment_number,
        payment_key,
        attempt_number,
        is_inferred,
        'PAYMENT_APPLIED' as event_type,
        paid_on as effective_date,
        -amount as amount
    from applications

    union all

    select
        document_key,
        revision_number,
        installment_number,
        payment_key,
        attempt_number,
        is_inferred,
        'PAYMENT_RETURNED' as event_type,
        returned_on as effective_date,
        amount
    from applications
    where returned_on is not null

),

paid as (

    select
        document_key,
        revision_number,
        installment_number,
        sum(amount) as paid_amount
    from applications
    where returned_on is null
    group by document_key, revision_number, installment_number

),

-- Nothing is owed on what was cancelled, rejected, or refunded and left closed.
cancellation_entries as (

    select
        installments.document_key,
        installments.revision_number,
        installments.installment_number,
        'CANCELLED' as event_type,
        greatest(installments.cancelled_on, installments.posting_date) as effective_date,
        coalesce(paid.paid_amount, 0) - installments.payable_amount as amount
    from installments
    left join paid
        on
            installments.document_key = paid.document_key
            and installments.revision_number = paid.revision_number
            and installments.installment_number = paid.installment_number
    where
        installments.stage in ('cancelled', 'rejected')
        or (installments.stage = 'refunded' and not coalesce(installments.is_open_at_source, false))

),

unioned as (

    select
        document_key,
        revision_number,
        installment_number,
        event_type,
        {{ cast_as('null', 'text') }} as payment_key,
        {{ cast_as('0', 'bigint') }} as attempt_number,
        false as is_inferred,
        effective_date,
        amount
    from document_entries

    union all

    select
        document_key,
        revision_number,
        installment_number,
        event_type,
        payment_key,
        attempt_number,
        is_inferred,
        effective_date,
        amount
    from payment_entries

    union all

    select
        document_key,
        revision_number,
        installment_number,
        event_type,
        {{ cast_as('null', 'text') }} as payment_key,
        {{ cast_as('0', 'bigint') }} as attempt_number,
        false as is_inferred,
        effective_date,
        amount
    from cancellation_entries

),

final as (

    select
        revisions.document_key,
        revisions.revision_number,
        revisions.known_at,
        revisions.superseded_at,
        unioned.installment_number,
        unioned.event_type,
        unioned.payment_key,
        unioned.attempt_number,
        unioned.is_inferred,
        unioned.effective_date,
        documents.currency_code,
        {{ money('unioned.amount') }} as amount,
        {{ surrogate_key([
            'revisions.document_key', 'unioned.installment_number', 'unioned.event_type', 'unioned.payment_key',
            'unioned.attempt_number', 'unioned.is_inferred', 'unioned.effective_date',
            'documents.currency_code', money_text('unioned.amount'),
        ]) }} as entry_key,
        documents.source_relation,
        documents.tenant_id,
        documents._dlt_load_id
    from unioned
    inner join revisions
        on
            unioned.document_key = revisions.document_key
            and unioned.revision_number = revisions.revision_number
    inner join documents
        on
            revisions.document_key = documents.document_key
            and revisions.version_id = documents.version_id
    where unioned.amount != 0

)

select * from final
