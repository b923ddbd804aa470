-- C4: summed over all days, the ledger of a document is what it is owed less what was paid, applied or cancelled,
-- reckoned from the document and its payments and not from the ledger's own rows.
with

ledger as (

    select
        document_key,
        sum(amount) as amount
    from {{ ref('fct_payable_event') }}
    group by document_key

),

revisions as (

    select * from {{ ref('int_ap__document_revisions') }}
    where superseded_at is null

),

paid as (

    select
        applications.document_key,
        sum(applications.amount) as amount
    from {{ ref('int_ap__payment_applications') }} as applications
    inner join revisions
        on
            applications.document_key = revisions.document_key
            and applications.revision_number = revisions.revision_number
    where applications.returned_on is null
    group by applications.document_key

),

expected as (

    select
        documents.document_key,
        case
            when revisions.is_void then 0
            when documents.stage in ('cancelled', 'rejected') then 0
            when documents.stage = 'refunded' and not coalesce(documents.is_open_at_source, false) then 0
            else documents.payable_amount - coalesce(paid.amount, 0)
        end as amount
    from {{ ref('int_ap__documents_unioned') }} as documents
    inner join revisions on documents.document_key = revisions.document_key
    left join paid on documents.document_key = paid.document_key

)

select expected.document_key
from expected
left join ledger on expected.document_key = ledger.document_key
where expected.amount != coalesce(ledger.amount, 0)
