-- C8: every record in staging is in its fact, or stands behind the document that survives it; and what one fact holds
-- for another to show is there too: an installment in the ledger, a balance among the open items, a debit in the
-- reconciliation. Guards against an inner join or a filter that drops records in silence. (The other way
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

    union all

    select
        'solvimon' as source_name,
        'revenue line' as entity,
        invoice_id || '|' || {{ cast_as('position + 1', 'text') }} as source_id
    from {{ ref('stg_solvimon__api_invoice_lines') }}

    union all

    select
        'tereina' as source_name,
        'payment status' as entity,
        {{ surrogate_key(['end_to_end_id', 'status', timestamp_text('status_at')]) }} as source_id
    from {{ ref('stg_tereina__payment_statuses') }}

    union all

    select
        'tereina' as source_name,
        'bank line' as entity,
        bank_statement_reference_id || '|' || {{ cast_as('position', 'text') }} as source_id
    from {{ ref('stg_tereina__bank_statement_lines') }}

    union all

    select
        'tereina' as source_name,
        'debit to reconcile' as entity,
        line_key as source_id
    from {{ ref('fct_bank_statement_line') }}
    where credit_debit = 'DBIT' and is_booked and booking_date <= {{ as_of_date() }}

    union all

    select
        'roit' as source_name,
        'withheld tribute' as entity,
        versions.document_key || '|' || {{ cast_as('taxes.position', 'text') }} as source_id
    from {{ ref('stg_roit__accounts_payable_tax_versions') }} as taxes
    inner join {{ ref('int_ap__document_versions') }} as versions
        on
            taxes.account_payable_id = versions.source_document_id
            and taxes.version_id = versions.version_id
    where versions.source_name = 'roit' and versions.is_current and taxes.is_withheld

    union all

    select
        'all' as source_name,
        'installment with a ledger' as entity,
        installment_key as source_id
    from {{ ref('fct_payable_installment') }}
    where payable_amount != 0

    union all

    select
        'all' as source_name,
        'balance' as entity,
        events.installment_key as source_id
    from {{ ref('fct_payable_event') }} as events
    where events.effective_date <= {{ as_of_date() }} and events.known_at <= {{ known_at() }}
    group by events.installment_key, events.currency_code
    having sum(events.amount) != 0
    {% for source_name in ['roit', 'tereina', 'solvimon'] %}
        union all

        select
            '{{ source_name }}' as source_name,
            'reject' as entity,
            {{ surrogate_key(["'" ~ source_name ~ "'", 'reject_id']) }} as source_id
        from {{ ref('stg_' ~ source_name ~ '__rejects') }}
    {% endfor %}

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

    union all

    select
        'solvimon' as source_name,
        'revenue line' as entity,
        invoice_id || '|' || {{ cast_as('line_number', 'text') }} as source_id
    from {{ ref('fct_revenue_invoice_line') }}
    where line_origin = 'api'

    union all

    select
        'tereina' as source_name,
        'payment status' as entity,
        payment_status_event_key as source_id
    from {{ ref('fct_payment_status_event') }}

    union all

    select
        'tereina' as source_name,
        'bank line' as entity,
        bank_statement_reference_id || '|' || {{ cast_as('position', 'text') }} as source_id
    from {{ ref('fct_bank_statement_line') }}

    union all

    select distinct
        'tereina' as source_name,
        'debit to reconcile' as entity,
        line_key as source_id
    from {{ ref('fct_bank_reconciliation') }}

    union all

    select
        'roit' as source_name,
        'withheld tribute' as entity,
        document_key || '|' || {{ cast_as('line_position', 'text') }} as source_id
    from {{ ref('fct_withheld_tax') }}

    union all

    select distinct
        'all' as source_name,
        'installment with a ledger' as entity,
        installment_key as source_id
    from {{ ref('fct_payable_event') }}

    union all

    select
        'all' as source_name,
        'balance' as entity,
        installment_key as source_id
    from {{ ref('fct_ap_open_item') }}

    union all

    select
        source_name,
        'reject' as entity,
        rejected_record_key as source_id
    from {{ ref('fct_rejected_record') }}

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
