-- C8: every record in staging is in its fact, or stands behind the document that survives it; and what one fact holds
-- for another to show is there too: an installment in the ledger, a balance among the open items, a debit in the
-- reconciliation. Guards against an inner join or a filter that drops records in silence. (The other way
-- round is no fault: a ledger keeps what was removed at the source, and what a load under way is about to replace.)
{% set received_as_they_are = [
    ('roit', 'payable document', 'stg_roit__accounts_payables', 'account_payable_id'),
    ('tereina', 'payable document', 'stg_tereina__invoices', 'invoice_reference_id'),
    ('tereina', 'payment', 'stg_tereina__payment_requests', 'payment_request_reference_id'),
    (
        'tereina', 'payment status', 'stg_tereina__payment_statuses',
        surrogate_key(['end_to_end_id', 'status', timestamp_text('status_at')]),
    ),
    (
        'tereina', 'bank line', 'stg_tereina__bank_statement_lines',
        "bank_statement_reference_id || '|' || " ~ cast_as('position', 'text'),
    ),
    ('solvimon', 'revenue invoice', 'stg_solvimon__invoices', 'invoice_id'),
    (
        'solvimon', 'revenue line', 'stg_solvimon__api_invoice_lines',
        "invoice_id || '|' || " ~ cast_as('position + 1', 'text'),
    ),
    ('roit', 'reject', 'stg_roit__rejects', surrogate_key(["'roit'", 'reject_id'])),
    ('tereina', 'reject', 'stg_tereina__rejects', surrogate_key(["'tereina'", 'reject_id'])),
    ('solvimon', 'reject', 'stg_solvimon__rejects', surrogate_key(["'solvimon'", 'reject_id'])),
] %}
{% set shown_as_they_are = [
    ('source_name', 'payable document', 'fct_payable_document', 'source_document_id'),
    ('source_name', 'payment', 'fct_payment', 'source_payment_id'),
    ("'tereina'", 'payment status', 'fct_payment_status_event', 'payment_status_event_key'),
    (
        "'tereina'", 'bank line', 'fct_bank_statement_line',
        "bank_statement_reference_id || '|' || " ~ cast_as('position', 'text'),
    ),
    ("'tereina'", 'debit to reconcile', 'fct_bank_reconciliation', 'line_key'),
    (
        "'roit'", 'withheld tribute', 'fct_withheld_tax',
        "document_key || '|' || " ~ cast_as('line_position', 'text'),
    ),
    ("'all'", 'installment with a ledger', 'fct_payable_event', 'installment_key'),
    ("'all'", 'balance', 'fct_ap_open_item', 'installment_key'),
    ("'solvimon'", 'revenue invoice', 'fct_revenue_invoice', 'invoice_id'),
    ('source_name', 'reject', 'fct_rejected_record', 'rejected_record_key'),
] %}

with

received as (

    {% for source_name, entity, model_name, source_id in received_as_they_are %}
        select
            '{{ source_name }}' as source_name,
            '{{ entity }}' as entity,
            {{ source_id }} as source_id
        from {{ ref(model_name) }}
        union all
    {% endfor %}
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

),

shown as (

    {% for source_name, entity, model_name, source_id in shown_as_they_are %}
        select
            {{ source_name }} as source_name,
            '{{ entity }}' as entity,
            {{ source_id }} as source_id
        from {{ ref(model_name) }}
        union all
    {% endfor %}
    select
        source_name,
        'payable document' as entity,
        source_document_id as source_id
    from {{ ref('int_ap__documents_unioned') }}
    where not is_survivor

    union all

    select
        'solvimon' as source_name,
        'revenue line' as entity,
        invoice_id || '|' || {{ cast_as('line_number', 'text') }} as source_id
    from {{ ref('fct_revenue_invoice_line') }}
    where line_origin = 'api'

)

select
    received.source_name,
    received.entity,
    received.source_id
from received
where not exists (
    select 1
    from shown
    where
        received.source_name = shown.source_name
        and received.entity = shown.entity
        and received.source_id = shown.source_id
)
