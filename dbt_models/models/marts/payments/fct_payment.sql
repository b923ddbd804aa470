with

lifecycles as (

    select * from {{ ref('int_ap__payment_lifecycle') }}

),

-- What the statements show of it, as far as they have come.
bookings as (

    select
        items.payment_key,
        min(items.booking_date) as booked_on,
        min(returns.returned_on) as credited_back_on
    from {{ ref('int_bank__debit_items') }} as items
    left join {{ ref('int_bank__returns_paired') }} as returns on items.return_key = returns.return_key
    group by items.payment_key

),

receipts as (

    select
        receipts.*,
        coalesce(receipts.receipt_id, {{ cast_as('receipts.position', 'text') }}) as receipt_reference
    from {{ ref('stg_roit__receipts') }} as receipts

),

payables as (

    select * from {{ ref('stg_roit__accounts_payables') }}

),

tax_ids as (

    select * from {{ ref('int_parties__company_tax_ids') }}

),

company_codes as (

    select
        company_codes.company_code_reference_id,
        tax_ids.tax_id
    from {{ ref('stg_tereina__company_codes') }} as company_codes
    left join tax_ids on company_codes.company_reference_id = tax_ids.company_reference_id

),

requested_payments as (

    select
        lifecycles.payment_key,
        'tereina' as source_name,
        lifecycles.payment_request_reference_id as source_payment_id,
        lifecycles.end_to_end_id,
        tax_ids.tax_id as supplier_tax_id,
        lifecycles.creditor_reference_id as supplier_reference_id,
        company_codes.tax_id as company_tax_id,
        lifecycles.company_code_reference_id,
        lifecycles.payment_method,
        lifecycles.currency_code,
        coalesce(lifecycles.amount, 0) as amount,
        lifecycles.requested_on,
        lifecycles.execution_date,
        lifecycles.executed_on,
        lifecycles.settled_on,
        case
            when lifecycles.final_stage = 'returned' then coalesce(bookings.credited_back_on, lifecycles.returned_on)
        end as returned_on,
        bookings.booked_on,
        bookings.credited_back_on,
        lifecycles.attempt_number,
        lifecycles.retry_of_payment_key,
        lifecycles.last_status,
        lifecycles.reason_code,
        lifecycles.reason_text,
        lifecycles.final_stage,
        lifecycles.source_relation,
        lifecycles.tenant_id,
        lifecycles._dlt_load_id,
        lifecycles._loaded_at
    from lifecycles
    left join bookings on lifecycles.payment_key = bookings.payment_key
    left join tax_ids on lifecycles.creditor_reference_id = tax_ids.company_reference_id
    left join company_codes
        on lifecycles.company_code_reference_id = company_codes.company_code_reference_id

),

-- A receipt proves a payment that was made outside of what Tereina sends: it is there when it is settled. With its
-- payable it is gone at the source.
receipted_payments as (

    select
        {{ surrogate_key(["'roit'", 'receipts.account_payable_id', 'receipts.receipt_reference']) }} as payment_key,
        'roit' as source_name,
        receipts.receipt_reference as source_payment_id,
        {{ cast_as('null', 'text') }} as end_to_end_id,
        {{ plain_code('payables.supplier_tax_id') }} as supplier_tax_id,
        {{ cast_as('null', 'text') }} as supplier_reference_id,
        {{ plain_code('payables.company_tax_id') }} as company_tax_id,
        {{ cast_as('null', 'text') }} as company_code_reference_id,
        payables.payment_method,
        payables.currency_code,
        sum(coalesce(receipts.amount, 0)) as amount,
        {{ cast_as('null', 'date') }} as requested_on,
        payables.scheduled_date as execution_date,
        {{ cast_as('null', 'date') }} as executed_on,
        {{ local_date('min(receipts.paid_at)') }} as settled_on,
        case
            when payables.status = 'REFUNDED' then {{ local_date('payables.updated_at') }}
        end as returned_on,
        {{ cast_as('null', 'date') }} as booked_on,
        {{ cast_as('null', 'date') }} as credited_back_on,
        {{ cast_as('1', 'bigint') }} as attempt_number,
        {{ cast_as('null', 'text') }} as retry_of_payment_key,
        {{ cast_as('null', 'text') }} as last_status,
        {{ cast_as('null', 'text') }} as reason_code,
        {{ cast_as('null', 'text') }} as reason_text,
        case when payables.status = 'REFUNDED' then 'returned' else 'settled' end as final_stage,
        min(receipts.source_relation) as source_relation,
        payables.tenant_id,
        max(receipts._dlt_load_id) as _dlt_load_id,
        max(receipts._loaded_at) as _loaded_at
    from receipts
    inner join payables on receipts.account_payable_id = payables.account_payable_id
    where payables.deleted_at is null
    group by
        receipts.account_payable_id,
        receipts.receipt_reference,
        payables.supplier_tax_id,
        payables.company_tax_id,
        payables.payment_method,
        payables.currency_code,
        payables.scheduled_date,
        payables.status,
        payables.updated_at,
        payables.tenant_id

),

payments as (

    select * from requested_payments
    union all
    select * from receipted_payments

),

revisions as (

    select * from {{ ref('int_ap__document_revisions') }}
    where superseded_at is null and not is_void

),

-- As it stands now: what each payment settles, without what exceeds it, and by when that was due.
ledger_applications as (

    select
        applications.payment_key,
        applications.amount - applications.excess_amount as applied_amount,
        installments.effective_due_date,
        false as is_absorbed
    from {{ ref('int_ap__payment_applications') }} as applications
    inner join revisions
        on
            applications.document_key = revisions.document_key
            and applications.revision_number = revisions.revision_number
    inner join {{ ref('int_ap__installments_exploded') }} as installments
        on
            revisions.document_key = installments.document_key
            and revisions.version_id = installments.version_id
            and applications.installment_number = installments.installment_number
    where applications.returned_on is null

),

-- The ledger of an invoice that ROIT holds too follows ROIT's receipts; the payment is the same one all the same.
absorbed_applications as (

    select
        lifecycles.payment_key,
        remittances.amount as applied_amount,
        documents.due_date as effective_due_date,
        true as is_absorbed
    from lifecycles
    inner join {{ ref('stg_tereina__payment_request_remittances') }} as remittances
        on lifecycles.payment_request_reference_id = remittances.payment_request_reference_id
    inner join {{ ref('int_ap__documents_unioned') }} as documents
        on
            remittances.invoice_reference_id = documents.source_document_id
            and documents.source_name = 'tereina'
            and not documents.is_survivor
    where lifecycles.final_stage = 'settled'

),

applications as (

    select
        payment_key,
        sum(applied_amount) as applied_amount,
        min(effective_due_date) as effective_due_date,
        max(case when is_absorbed then 1 else 0 end) = 1 as is_told_by_both
    from (
        select * from ledger_applications
        union all
        select * from absorbed_applications
    ) as unioned_applications
    group by payment_key

),

final as (

    select
        payments.payment_key,
        payments.source_name,
        payments.source_payment_id,
        payments.end_to_end_id,
        {{ supplier_key('payments') }} as supplier_key,
        {{ company_key('payments') }} as company_key,
        payments.payment_method,
        payments.final_stage,
        payments.last_status,
        payments.reason_code,
        payments.reason_text,
        payments.requested_on,
        payments.execution_date,
        payments.executed_on,
        payments.settled_on,
        payments.returned_on,
        payments.booked_on,
        payments.credited_back_on,
        payments.attempt_number,
        payments.retry_of_payment_key,
        payments.currency_code,
        {{ money('payments.amount') }} as amount,
        {{ money('coalesce(applications.applied_amount, 0)') }} as applied_amount,
        {{ money('payments.amount - coalesce(applications.applied_amount, 0)') }} as unapplied_amount,
        payments.final_stage = 'settled' as is_settled,
        coalesce(applications.is_told_by_both, false) as is_told_by_both,
        applications.effective_due_date as earliest_due_date,
        case
            when payments.final_stage = 'settled'
                then payments.settled_on <= applications.effective_due_date
        end as is_on_time,
        case
            when payments.final_stage = 'settled'
                then {{ days_between('applications.effective_due_date', 'payments.settled_on') }}
        end as days_late,
        payments.source_relation,
        payments.tenant_id,
        payments._dlt_load_id,
        payments._loaded_at
    from payments
    left join applications on payments.payment_key = applications.payment_key

)

select * from final
