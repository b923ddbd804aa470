with

requests as (

    select
        *,
        {{ local_date('created_at') }} as requested_on
    from {{ ref('stg_tereina__payment_requests') }}

),

named_statuses as (

    {{ payment_statuses('requests') }}
),

statuses as (

    select
        statuses.request_id as payment_request_reference_id,
        statuses.status,
        statuses.reason_code,
        statuses.reason_text,
        statuses.status_at,
        {{ local_date('statuses.status_at') }} as status_on,
        coalesce(stages.stage, 'unknown') as stage,
        coalesce(stages.is_final, false) as is_final
    from named_statuses as statuses
    left join {{ ref('seed_payment_status_map') }} as stages
        on
            statuses.status = stages.source_status
            and stages.source_name = 'tereina'
            and stages.entity = 'payment'

),

-- The last final word decides; before there is one, the last word of all. At one instant a final word comes last.
ranked as (

    select
        *,
        row_number() over (
            partition by payment_request_reference_id
            order by
                case when is_final then 0 else 1 end,
                status_at desc,
                case when stage = 'settled' then 1 else 0 end,
                status asc
        ) as preference
    from statuses

),

milestones as (

    select
        payment_request_reference_id,
        min(case when stage in ('accepted', 'in_process') then status_on end) as executed_on,
        max(case when stage = 'settled' then status_at end) as last_settled_at,
        max(case when stage = 'settled' then status_on end) as settled_on,
        max(case when stage in ('rejected', 'cancelled') then status_at end) as last_failed_at,
        max(case when stage in ('rejected', 'cancelled') then status_on end) as failed_on
    from statuses
    group by payment_request_reference_id

),

resolved as (

    select
        requests.*,
        ranked.status,
        ranked.reason_code,
        ranked.reason_text,
        milestones.executed_on,
        milestones.settled_on,
        milestones.last_settled_at,
        milestones.last_failed_at,
        milestones.failed_on,
        case
            when milestones.last_settled_at is not null and milestones.last_failed_at >= milestones.last_settled_at
                then 'returned'
            when milestones.last_settled_at is not null then 'settled'
            else coalesce(ranked.stage, 'requested')
        end as final_stage
    from requests
    left join ranked
        on
            requests.payment_request_reference_id = ranked.payment_request_reference_id
            and ranked.preference = 1
    left join milestones
        on requests.payment_request_reference_id = milestones.payment_request_reference_id

),

-- Two requests that pay the same parts of the same invoices to the same creditor from the same company.
invoices_paid as (

    select
        payment_request_reference_id,
        string_agg(
            invoice_reference_id || '=' || coalesce({{ money_text('amount') }}, ''), '|'
            order by invoice_reference_id, amount
        ) as invoices
    from {{ ref('stg_tereina__payment_request_remittances') }}
    where invoice_reference_id is not null
    group by payment_request_reference_id

),

same_purpose as (

    select
        resolved.*,
        {{ surrogate_key([
            'resolved.company_code_reference_id', 'resolved.creditor_reference_id', 'resolved.currency_code',
            money_text('resolved.amount'),
            'coalesce(invoices_paid.invoices, resolved.payment_request_reference_id)',
        ]) }} as purpose_key,
        coalesce(resolved.execution_date, resolved.requested_on, cast('9999-12-31' as date)) as meant_for
    from resolved
    left join invoices_paid
        on resolved.payment_request_reference_id = invoices_paid.payment_request_reference_id

),

preceded as (

    select
        *,
        lag(payment_request_reference_id) over purpose_in_order as earlier_reference_id,
        coalesce(
            lag(final_stage) over purpose_in_order in ('rejected', 'cancelled', 'returned')
            and lag(failed_on) over purpose_in_order <= coalesce(requested_on, meant_for),
            false
        ) as is_retry
    from same_purpose
    window purpose_in_order as (
        partition by purpose_key
        order by meant_for, payment_request_reference_id
    )

),

chained as (

    select
        *,
        sum(case when is_retry then 0 else 1 end) over (
            partition by purpose_key
            order by meant_for, payment_request_reference_id
            rows between unbounded preceding and current row
        ) as chain_number
    from preceded

),

final as (

    select
        {{ surrogate_key(["'tereina'", 'payment_request_reference_id']) }} as payment_key,
        payment_request_reference_id,
        company_code_reference_id,
        creditor_reference_id,
        {{ real_id('end_to_end_id') }} as end_to_end_id,
        payment_information_id,
        debtor_account_key,
        creditor_account_key,
        creditor_name_key,
        payment_method,
        currency_code,
        amount,
        execution_date,
        requested_on,
        executed_on,
        settled_on,
        case when final_stage = 'returned' then failed_on end as returned_on,
        status as last_status,
        reason_code,
        reason_text,
        final_stage,
        {{ cast_as('row_number() over (
            partition by purpose_key, chain_number
            order by meant_for, payment_request_reference_id
        )', 'bigint') }} as attempt_number,
        case when is_retry then {{ surrogate_key(["'tereina'", 'earlier_reference_id']) }} end as retry_of_payment_key,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from chained

)

select * from final
