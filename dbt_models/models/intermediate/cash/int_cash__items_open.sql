with

runs as (

    select * from {{ ref('int_cash__runs_dated') }}

),

events as (

    select * from {{ ref('int_ap__payable_events') }}

),

balances as (

    {{ sums_at_each_run(
        'events', 'runs', ['installment_key', 'document_key', 'installment_number', 'currency_code'], 'amount',
    ) }}

),

documents as (

    select
        versions.*,
        {{ supplier_key('versions') }} as supplier_key,
        {{ company_key('versions') }} as company_key
    from {{ ref('int_ap__document_versions') }} as versions

),

final as (

    select
        balances.run_date,
        runs.known_at,
        balances.installment_key,
        balances.document_key,
        documents.version_id,
        documents.source_name,
        documents.stage,
        documents.tenant_id,
        documents.company_key,
        documents.supplier_key,
        installments.effective_due_date,
        balances.currency_code,
        {{ money('balances.amount') }} as open_amount,
        greatest(balances.newest_known_at, documents.known_at) as newest_known_at
    from balances
    inner join runs on balances.run_date = runs.run_date
    inner join documents
        on
            balances.document_key = documents.document_key
            and {{ is_version_known('documents', 'runs.known_at') }}
    left join {{ ref('int_ap__installments_exploded') }} as installments
        on
            documents.version_id = installments.version_id
            and balances.installment_key = installments.installment_key

)

select * from final
