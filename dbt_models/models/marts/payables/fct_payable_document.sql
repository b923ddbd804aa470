with

documents as (

    select
        unioned.*,
        {{ supplier_key('unioned') }} as supplier_key,
        {{ company_key('unioned') }} as company_key,
        {{ reporting_rate('unioned.currency_code', 'unioned.exchange_rate') }} as reporting_rate,
        case
            when unioned.currency_code = '{{ var("reporting_currency") }}' or unioned.exchange_rate is not null
                then unioned.issue_date
            else daily_rates.quoted_on
        end as reporting_rate_date
    from {{ ref('int_ap__documents_unioned') }} as unioned
    {{ join_daily_rates('unioned.currency_code', 'unioned.issue_date') }}
    where unioned.is_survivor

),

balances as (

    select
        document_key,
        sum(amount) as open_amount,
        -sum(case when event_type in ('PAYMENT_APPLIED', 'PAYMENT_RETURNED') then amount else 0 end) as paid_amount
    from {{ ref('int_ap__payable_events') }}
    where effective_date <= {{ as_of_date() }} and known_at <= {{ known_at() }}
    group by document_key

),

purchase_orders as (

    select
        'roit' as source_name,
        account_payable_id as source_document_id
    from {{ ref('stg_roit__accounts_payable_purchase_orders') }}

    union distinct

    select
        'tereina' as source_name,
        invoice_reference_id as source_document_id
    from {{ ref('stg_tereina__invoices') }}
    where purchase_order_reference_id is not null

),

approvals as (

    select
        'roit' as source_name,
        account_payable_id as source_document_id,
        {{ local_date('min(occurred_at)') }} as approved_on
    from {{ ref('stg_roit__accounts_payable_events') }}
    where event_type = 'APPROVED'
    group by account_payable_id

),

final as (

    select
        documents.document_key,
        documents.supplier_key,
        documents.company_key,
        documents.source_name,
        documents.source_document_id,
        documents.absorbed_document_key,
        documents.document_number,
        documents.document_type,
        documents.access_key,
        documents.payment_method,
        documents.source_status,
        documents.stage,
        documents.deleted_at is not null as is_deleted_at_source,
        purchase_orders.source_document_id is not null as has_purchase_order,
        documents.issue_date,
        documents.posting_date,
        approvals.approved_on,
        documents.due_date,
        documents.currency_code,
        documents.gross_amount,
        documents.discount_amount,
        documents.interest_amount,
        documents.fine_amount,
        documents.net_amount,
        documents.withheld_amount,
        documents.payable_amount,
        {{ money('coalesce(balances.paid_amount, 0)') }} as paid_amount,
        {{ money('coalesce(balances.open_amount, 0)') }} as open_amount,
        documents.reporting_rate,
        documents.reporting_rate_date,
        {{ money_multiply('documents.payable_amount', 'documents.reporting_rate') }} as reporting_payable_amount,
        {{ money_multiply('coalesce(balances.open_amount, 0)', 'documents.reporting_rate') }}
            as reporting_open_amount,
        documents.source_relation,
        documents.tenant_id,
        documents._dlt_load_id,
        documents.known_at as _loaded_at
    from documents
    left join balances on documents.document_key = balances.document_key
    left join purchase_orders
        on
            documents.source_name = purchase_orders.source_name
            and documents.source_document_id = purchase_orders.source_document_id
    left join approvals
        on
            documents.source_name = approvals.source_name
            and documents.source_document_id = approvals.source_document_id

)

select * from final
