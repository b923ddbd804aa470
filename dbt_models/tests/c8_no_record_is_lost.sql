-- C8: every payable, invoice, payment, revenue invoice and reject in staging is in its fact, or stands behind the
-- document that survives it. Guards against an inner join or a filter that drops records in silence. (The other way
-- round is no fault: a ledger keeps what was removed at the source, and what a load under way is about to replace.)
with

received as (

    select
        'roit' as source_name,
        'payable document' as entity,
        account_payable_id as source_id
    from {{ ref('stg_roit__accounts_payables') }}

    union all

    select
        'tereina' as source_name,
        'payable document' as entity,
        invoice_reference_id as source_id
    from {{ ref('stg_tereina__invoices') }}

    union all

    select
        'tereina' as source_name,
        'payment' as entity,
        payment_request_reference_id as source_id
    from {{ ref('stg_tereina__payment_requests') }}

    union all

    select
        'solvimon' as source_name,
        'revenue invoice' as entity,
        invoice_id as source_id
    from {{ ref('stg_solvimon__invoices') }}

),

shown as (

    select
        source_name,
        'payable document' as entity,
        source_document_id as source_id
    from {{ ref('fct_payable_document') }}

    union all

    select
        source_name,
        'payable document' as entity,
        source_document_id as source_id
    from {{ ref('int_ap__documents_unioned') }}
    where not is_survivor

    union all

    select
        source_name,
        'payment' as entity,
        source_payment_id as source_id
    from {{ ref('fct_payment') }}

    union all

    select
        'solvimon' as source_name,
        'revenue invoice' as entity,
        invoice_id as source_id
    from {{ ref('fct_revenue_invoice') }}

)

select
    received.source_name,
    received.entity,
    received.source_id
from received
left join shown
    on
        received.source_name = shown.source_name
        and received.entity = shown.entity
        and received.source_id = shown.source_id
where shown.source_id is null
