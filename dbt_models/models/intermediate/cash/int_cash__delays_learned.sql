with

runs as (

    select * from {{ ref('int_cash__runs_dated') }}

),

scenarios as (

    select * from {{ ref('seed_cash_scenarios') }}
    where timing = 'history'

),

revisions as (

    select * from {{ ref('int_ap__document_revisions') }}

),

entries as (

    select * from {{ ref('int_ap__payable_events') }}
    where event_type = 'PAYMENT_APPLIED'

),

-- One payment of one installment, late by the due date that was known when the payment was. Taken back, it counts
-- no more from when that is known; a payment that the bank returned was made all the same.
payments as (

    select
        entries.effective_date,
        entries.known_at,
        documents.tenant_id,
        {{ company_key('documents') }} as company_key,
        {{ supplier_key('documents') }} as supplier_key,
        {{ days_between('installments.effective_due_date', 'entries.effective_date') }} as days_late,
        case when entries.is_reversal then -1 else 1 end as payment_count
    from entries
    left join entries as originals on entries.reverses_event_key = originals.event_key
    inner join revisions
        on
            entries.document_key = revisions.document_key
            and coalesce(originals.revision_number, entries.revision_number) = revisions.revision_number
    inner join {{ ref('int_ap__document_versions') }} as documents
        on
            revisions.document_key = documents.document_key
            and revisions.version_id = documents.version_id
    inner join {{ ref('int_ap__installments_exploded') }} as installments
        on
            revisions.version_id = installments.version_id
            and entries.installment_key = installments.installment_key
    where installments.effective_due_date is not null

),

counted as (

    {{ sums_at_each_run(
        'payments', 'runs', ['tenant_id', 'company_key', 'supplier_key', 'days_late'], 'payment_count',
    ) }}

),

of_suppliers_and_companies as (

    select
        run_date,
        tenant_id,
        company_key,
        supplier_key,
        days_late,
        payment_count,
        newest_known_at
    from counted

    union all

    select
        run_date,
        tenant_id,
        company_key,
        '*' as supplier_key,
        days_late,
        sum(payment_count) as payment_count,
        max(newest_known_at) as newest_known_at
    from counted
    group by run_date, tenant_id, company_key, days_late

),

ranked as (

    select
        *,
        sum(payment_count) over (
            partition by run_date, tenant_id, company_key, supplier_key
            order by days_late
            rows between unbounded preceding and current row
        ) as payments_so_far,
        sum(payment_count) over (partition by run_date, tenant_id, company_key, supplier_key) as payments_in_all
    from of_suppliers_and_companies

),

percentiles as (

    select
        ranked.run_date,
        scenarios.scenario,
        scenarios.prior_payments,
        ranked.tenant_id,
        ranked.company_key,
        ranked.supplier_key,
        max(ranked.payments_in_all) as payment_count,
        max(ranked.newest_known_at) as newest_known_at,
        {{ nearest_rank('expected') }} as expected_days,
        {{ nearest_rank('early') }} as early_days,
        {{ nearest_rank('late') }} as late_days
    from ranked
    cross join scenarios
    group by
        ranked.run_date,
        scenarios.scenario,
        scenarios.prior_payments,
        ranked.tenant_id,
        ranked.company_key,
        ranked.supplier_key

),

companies as (

    select * from percentiles
    where supplier_key = '*'

),

final as (

    select
        own.run_date,
        own.scenario,
        own.tenant_id,
        own.company_key,
        own.supplier_key,
        {{ cast_as('own.payment_count', 'bigint') }} as payment_count,
        {{ credible_days('expected') }} as expected_days,
        {{ credible_days('early') }} as early_days,
        {{ credible_days('late') }} as late_days,
        companies.newest_known_at
    from percentiles as own
    inner join companies
        on
            own.run_date = companies.run_date
            and own.scenario = companies.scenario
            and own.tenant_id = companies.tenant_id
            and own.company_key = companies.company_key

)

select * from final
