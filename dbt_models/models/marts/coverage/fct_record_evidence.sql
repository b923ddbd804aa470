with

documents as (

    select * from {{ ref('int_ap__documents_unioned') }}

),

document_versions as (

    select * from {{ ref('int_ap__document_versions') }}

),

changed_documents as (

    select * from documents
    where {{ is_changed() }}

),

payment_evidence as (

    select * from {{ ref('int_ap__payment_evidence') }}

),

events as (

    select
        events.*,
        revisions.version_id
    from {{ ref('int_ap__payable_events') }} as events
    inner join {{ ref('int_ap__document_revisions') }} as revisions
        on
            events.document_key = revisions.document_key
            and events.revision_number = revisions.revision_number
    where {{ is_changed('events.document_key') }}

),

of_documents as (

    select
        'fct_payable_document' as mart_name,
        documents.document_key as mart_key,
        'document' as evidence_role,
        {{ evidence_of('documents.source_document_id', of='documents', has_version=true) }},
        documents.document_key
    from changed_documents as documents
    where documents.is_survivor

    union all

    select
        'fct_payable_document' as mart_name,
        documents.survivor_document_key as mart_key,
        'same_document' as evidence_role,
        {{ evidence_of('documents.source_document_id', of='documents', has_version=true) }},
        documents.document_key
    from changed_documents as documents
    where not documents.is_survivor

),

of_installments as (

    select
        'fct_payable_installment' as mart_name,
        installments.installment_key as mart_key,
        'document' as evidence_role,
        {{ evidence_of('documents.source_document_id', of='documents', has_version=true) }},
        documents.document_key
    from {{ ref('int_ap__installments_exploded') }} as installments
    inner join changed_documents as documents
        on
            installments.document_key = documents.document_key
            and installments.version_id = documents.version_id
    where installments.is_current and documents.is_survivor

),

-- the version that the knowledge clock shows
of_open_items as (

    select
        'fct_ap_open_item' as mart_name,
        items.installment_key as mart_key,
        'document' as evidence_role,
        {{ evidence_of('documents.source_document_id', of='documents', has_version=true) }}
    from {{ ref('fct_ap_open_item') }} as items
    inner join document_versions as documents
        on
            items.document_key = documents.document_key
            and {{ is_version_known('documents', known_at()) }}

),

-- The version of the document that began the entry, or ended it; and what was known of the payment by then.
of_events as (

    select
        'fct_payable_event' as mart_name,
        events.event_key as mart_key,
        'document' as evidence_role,
        {{ evidence_of('documents.source_document_id', of='documents', has_version=true) }},
        events.document_key
    from events
    inner join document_versions as documents
        on
            events.document_key = documents.document_key
            and events.version_id = documents.version_id

    union all

    select
        'fct_payable_event' as mart_name,
        events.event_key as mart_key,
        payments.evidence_role,
        {{ evidence_of('payments.record_id', of='payments', position='payments.record_position', has_version=true) }},
        events.document_key
    from events
    inner join payment_evidence as payments
        on
            events.payment_key = payments.payment_key
            and {{ is_version_known('payments', 'events.known_at') }}

),

of_withheld_taxes as (

    select
        'fct_withheld_tax' as mart_name,
        {{ surrogate_key(['documents.document_key', 'taxes.position']) }} as mart_key,
        'document' as evidence_role,
        {{ evidence_of(
            'taxes.account_payable_id', of='taxes', source_name='roit', position='taxes.position', has_version=true,
        ) }},
        documents.document_key
    from changed_documents as documents
    inner join {{ ref('stg_roit__accounts_payable_tax_versions') }} as taxes
        on
            documents.source_document_id = taxes.account_payable_id
            and documents.version_id = taxes.version_id
    where documents.is_survivor and documents.source_name = 'roit' and taxes.is_withheld

),

of_payments as (

    select
        'fct_payment' as mart_name,
        {{ surrogate_key(["'tereina'", 'payment_request_reference_id']) }} as mart_key,
        'payment' as evidence_role,
        {{ evidence_of('payment_request_reference_id', source_name='tereina') }}
    from {{ ref('stg_tereina__payment_requests') }}

    union all

    select
        'fct_payment' as mart_name,
        {{ surrogate_key(["'roit'", 'account_payable_id', 'coalesce(receipt_id, '
            ~ cast_as('position', 'text') ~ ')']) }} as mart_key,
        'payment' as evidence_role,
        {{ evidence_of('coalesce(receipt_id, account_payable_id)', source_name='roit', position='position') }}
    from {{ ref('stg_roit__receipts') }}
    where deleted_at is null

    union all

    select
        'fct_payment' as mart_name,
        payment_key as mart_key,
        evidence_role,
        {{ evidence_of('record_id') }}
    from payment_evidence
    where evidence_role = 'payment_status'

),

of_status_events as (

    select
        'fct_payment_status_event' as mart_name,
        {{ surrogate_key(['end_to_end_id', 'status', timestamp_text('status_at')]) }} as mart_key,
        'payment_status' as evidence_role,
        {{ evidence_of(
            "end_to_end_id || '|' || status || '|' || " ~ timestamp_text('status_at'), source_name='tereina',
        ) }}
    from {{ ref('stg_tereina__payment_statuses') }}

),

of_bank as (

    select
        'fct_bank_statement_line' as mart_name,
        line_key as mart_key,
        'bank_line' as evidence_role,
        {{ evidence_of('bank_statement_reference_id', source_name='tereina', position='position') }}
    from {{ ref('int_bank__statement_lines_classified') }}

    union all

    select
        'fct_bank_reconciliation' as mart_name,
        reconciliation.reconciliation_key as mart_key,
        'bank_line' as evidence_role,
        {{ evidence_of(
            'lines.bank_statement_reference_id', of='lines', source_name='tereina', position='lines.position',
        ) }}
    from {{ ref('fct_bank_reconciliation') }} as reconciliation
    inner join {{ ref('int_bank__statement_lines_classified') }} as lines
        on reconciliation.line_key = lines.line_key

    union all

    select
        'fct_bank_reconciliation' as mart_name,
        reconciliation.reconciliation_key as mart_key,
        'payment' as evidence_role,
        {{ evidence_of('payments.payment_request_reference_id', of='payments', source_name='tereina') }}
    from {{ ref('fct_bank_reconciliation') }} as reconciliation
    inner join {{ ref('int_ap__payment_lifecycle') }} as payments
        on reconciliation.payment_key = payments.payment_key

),

of_revenue as (

    select
        'fct_revenue_invoice' as mart_name,
        invoice_key as mart_key,
        'document' as evidence_role,
        {{ evidence_of('invoice_id', source_name='solvimon') }}
    from {{ ref('int_revenue__invoices_unioned') }}

    union all

    select
        'fct_revenue_invoice_line' as mart_name,
        invoice_line_key as mart_key,
        'line' as evidence_role,
        {{ evidence_of('invoice_id', source_name='solvimon', position='line_number - 1') }}
    from {{ ref('int_revenue__lines_unioned') }}

    union all

    select
        'fct_revenue_invoice_tax' as mart_name,
        invoice_tax_key as mart_key,
        'tax' as evidence_role,
        {{ evidence_of('invoice_id', source_name='solvimon') }}
    from {{ ref('int_revenue__taxes_unioned') }}

),

of_rejects as (

    {% for source_name in ['roit', 'tereina', 'solvimon'] %}
        select
            'fct_rejected_record' as mart_name,
            {{ surrogate_key(["'" ~ source_name ~ "'", 'reject_id']) }} as mart_key,
            'reject' as evidence_role,
            {{ evidence_of('reject_id', source_name=source_name) }}
        from {{ ref('stg_' ~ source_name ~ '__rejects') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

of_fiscal_documents as (

    select
        'fct_fiscal_document' as mart_name,
        fiscal_document_key as mart_key,
        'document' as evidence_role,
        {{ evidence_of('source_document_id', source_name='roit') }}
    from {{ ref('int_fiscal__documents_unioned') }}

    union all

    select
        'fct_fiscal_document' as mart_name,
        fiscal_documents.fiscal_document_key as mart_key,
        'fiscal_file' as evidence_role,
        {{ evidence_of(
            "files.export_request_id || '|' || files.part_id", of='files', source_name='roit', has_file=true,
        ) }}
    from {{ ref('int_fiscal__documents_unioned') }} as fiscal_documents
    inner join {{ ref('stg_roit__export_files') }} as files on fiscal_documents.access_key = files.access_key

    union all

    select
        'fct_payable_document' as mart_name,
        documents.document_key as mart_key,
        'fiscal_file' as evidence_role,
        {{ evidence_of(
            "files.export_request_id || '|' || files.part_id", of='files', source_name='roit', has_file=true,
        ) }}
    from documents
    inner join {{ ref('stg_roit__export_files') }} as files on documents.access_key = files.access_key
    where documents.is_survivor

),

-- What follows from a document and its ledger alone: of these a run writes the rows of the documents that changed.
of_documents_alone as (

    select * from of_documents
    union all
    select * from of_installments
    union all
    select * from of_events
    union all
    select * from of_withheld_taxes

),

of_others as (

    select * from of_fiscal_documents
    union all
    select * from of_open_items
    union all
    select * from of_payments
    union all
    select * from of_status_events
    union all
    select * from of_bank
    union all
    select * from of_revenue
    union all
    select * from of_rejects

),

unioned as (

    select * from of_documents_alone
    union all
    select
        *,
        {{ cast_as('null', 'text') }} as document_key
    from of_others

),

final as (

    select
        {{ surrogate_key([
            'unioned.mart_name', 'unioned.mart_key', 'unioned.evidence_role', 'unioned.source_relation',
            'unioned.record_id', 'unioned.record_position', 'unioned.version_id', 'unioned.path',
        ]) }} as evidence_key,
        unioned.mart_name,
        unioned.mart_key,
        unioned.evidence_role,
        unioned.source_name,
        unioned.source_relation,
        unioned.record_id,
        {{ cast_as('unioned.record_position', 'bigint') }} as record_position,
        unioned.version_id,
        unioned.path,
        unioned.sha256,
        unioned.tenant_id,
        unioned._dlt_load_id,
        loads.committed_at as _loaded_at,
        unioned.document_key
    from unioned
    left join {{ ref('stg_dlt__loads') }} as loads
        on
            unioned._dlt_load_id = loads.load_id
            and unioned.source_name = loads.source_name

)

select * from final
