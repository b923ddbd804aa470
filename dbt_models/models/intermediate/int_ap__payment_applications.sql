with

payments as (

    select * from {{ ref('int_ap__document_payments') }}
    where {{ is_changed() }}

),

installments as (

    select
        revisions.revision_number,
        installments.*,
        greatest(installments.payable_amount, {{ money('0') }}) as capacity
    from {{ ref('int_ap__document_revisions') }} as revisions
    inner join {{ ref('int_ap__installments_exploded') }} as installments
        on
            revisions.document_key = installments.document_key
            and revisions.version_id = installments.version_id
    where not revisions.is_void and {{ is_changed('revisions.document_key') }}

),

-- First those that the source says are paid, in the order in which they were; then by due date.
queued as (

    select
        *,
        row_number() over (
            partition by document_key, revision_number
            order by
                case when is_paid_at_source then 0 else 1 end,
                coalesce(paid_on, due_date, cast('9999-12-31' as date)),
                installment_number
        ) as queue_place
    from installments

),

----- 1. by reference: the document has one installment, so there is nothing to choose

referenced as (

    select
        payments.document_key,
        payments.revision_number,
        payments.payment_key,
        payments.attempt_number,
        queued.installment_number,
        payments.paid_on,
        payments.returned_on,
        payments.amount,
        case when payments.payment_origin = 'open_amount' then 'open_amount' else 'reference' end as rule
    from payments
    inner join queued
        on
            payments.document_key = queued.document_key
            and payments.revision_number = queued.revision_number
    where queued.installment_count = 1

),

several as (

    select payments.*
    from payments
    inner join queued
        on
            payments.document_key = queued.document_key
            and payments.revision_number = queued.revision_number
            and queued.queue_place = 1
    where queued.installment_count > 1

),

----- 2. by exact amount, the earliest payment of an amount with the first installment of it

payment_places as (

    select
        *,
        row_number() over (
            partition by document_key, revision_number, amount
            order by paid_on, payment_key, attempt_number
        ) as amount_place
    from several
    where returned_on is null

),

installment_places as (

    select
        *,
        row_number() over (
            partition by document_key, revision_number, payable_amount
            order by queue_place
        ) as amount_place
    from queued

),

exact as (

    select
        payments.document_key,
        payments.revision_number,
        payments.payment_key,
        payments.attempt_number,
        installments.installment_number,
        payments.paid_on,
        payments.returned_on,
        payments.amount,
        'exact_amount' as rule
    from payment_places as payments
    inner join installment_places as installments
        on
            payments.document_key = installments.document_key
            and payments.revision_number = installments.revision_number
            and payments.amount = installments.payable_amount
            and payments.amount_place = installments.amount_place

),

----- 3. what is left, first in first out. A payment that was returned stands beside the queue: it took no place.

remaining_payments as (

    select
        several.*,
        case
            when several.returned_on is null then 'queue'
            else several.payment_key || '|' || {{ cast_as('several.attempt_number', 'text') }}
        end as lane
    from several
    left join exact
        on
            several.document_key = exact.document_key
            and several.revision_number = exact.revision_number
            and several.payment_key = exact.payment_key
            and several.attempt_number = exact.attempt_number
    where exact.payment_key is null

),

payment_spans as (

    select
        *,
        sum(amount) over (
            partition by document_key, revision_number, lane
            order by paid_on, payment_key, attempt_number
            rows between unbounded preceding and current row
        ) as span_end
    from remaining_payments

),

lanes as (

    select distinct
        document_key,
        revision_number,
        lane
    from remaining_payments

),

lane_installments as (

    select
        lanes.lane,
        queued.document_key,
        queued.revision_number,
        queued.installment_number,
        queued.queue_place,
        case
            when lanes.lane = 'queue' and exact.installment_number is not null then {{ money('0') }}
            else queued.capacity
        end as capacity
    from lanes
    inner join queued
        on
            lanes.document_key = queued.document_key
            and lanes.revision_number = queued.revision_number
    left join exact
        on
            queued.document_key = exact.document_key
            and queued.revision_number = exact.revision_number
            and queued.installment_number = exact.installment_number

),

installment_spans as (

    select
        *,
        sum(capacity) over lane_so_far as span_end,
        queue_place = max(queue_place) over (partition by document_key, revision_number, lane) as is_last
    from lane_installments
    window lane_so_far as (
        partition by document_key, revision_number, lane
        order by queue_place
        rows between unbounded preceding and current row
    )

),

-- What is paid beyond everything owed stays on the last installment, as a credit that is seen.
overlapping as (

    select
        payments.document_key,
        payments.revision_number,
        payments.payment_key,
        payments.attempt_number,
        installments.installment_number,
        payments.paid_on,
        payments.returned_on,
        case
            when installments.is_last then payments.span_end
            else least(payments.span_end, installments.span_end)
        end
        - greatest(
            payments.span_end - payments.amount,
            installments.span_end - installments.capacity
        ) as amount,
        'fifo' as rule
    from payment_spans as payments
    inner join installment_spans as installments
        on
            payments.document_key = installments.document_key
            and payments.revision_number = installments.revision_number
            and payments.lane = installments.lane

),

applied as (

    select * from referenced
    union all
    select * from exact
    union all
    select * from overlapping
    where amount > 0

),

----- 4. by the source's word: paid, but no payment is known

paid_so_far as (

    select
        document_key,
        revision_number,
        installment_number,
        sum(amount) as amount
    from applied
    where returned_on is null
    group by document_key, revision_number, installment_number

),

declared as (

    select
        queued.document_key,
        queued.revision_number,
        {{ surrogate_key(["'declared'", 'queued.document_key']) }} as payment_key,
        {{ cast_as('1', 'bigint') }} as attempt_number,
        queued.installment_number,
        coalesce(queued.paid_on, documents.paid_on, documents.stage_since) as paid_on,
        {{ cast_as('null', 'date') }} as returned_on,
        queued.payable_amount - coalesce(paid_so_far.amount, 0) as amount,
        'declared' as rule
    from queued
    inner join {{ ref('int_ap__document_versions') }} as documents
        on
            queued.document_key = documents.document_key
            and queued.version_id = documents.version_id
    left join paid_so_far
        on
            queued.document_key = paid_so_far.document_key
            and queued.revision_number = paid_so_far.revision_number
            and queued.installment_number = paid_so_far.installment_number
    where
        documents.stage != 'refunded'
        and (documents.stage = 'paid' or queued.is_paid_at_source)
        and queued.payable_amount > coalesce(paid_so_far.amount, 0)

),

unioned as (

    select * from applied
    union all
    select * from declared

),

----- 5. what exceeds an installment is the latest of what was paid on it

piled as (

    select
        *,
        sum(case when returned_on is null then amount else 0 end) over (
            partition by document_key, revision_number, installment_number
            order by paid_on, payment_key, attempt_number, rule
            rows between unbounded preceding and current row
        ) as paid_so_far
    from unioned

),

final as (

    select
        piled.document_key,
        piled.revision_number,
        piled.installment_number,
        piled.payment_key,
        piled.attempt_number,
        piled.rule,
        piled.rule not in ('reference', 'exact_amount') as is_inferred,
        piled.paid_on,
        piled.returned_on,
        {{ money('piled.amount') }} as amount,
        {{ money('case
            when piled.returned_on is null and piled.paid_so_far > queued.capacity
                then least(piled.amount, piled.paid_so_far - queued.capacity)
            else 0
        end') }} as excess_amount
    from piled
    inner join queued
        on
            piled.document_key = queued.document_key
            and piled.revision_number = queued.revision_number
            and piled.installment_number = queued.installment_number

)

select * from final
