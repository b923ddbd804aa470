with

requests as (

    select * from {{ ref('stg_tereina__payment_requests') }}

),

requests_by_end_to_end_id as (

    select
        end_to_end_id,
        min(payment_request_reference_id) as payment_request_reference_id
    from requests
    group by end_to_end_id

),

statuses as (

    select
        coalesce(
            statuses.payment_request_reference_id,
            requests_by_end_to_end_id.payment_request_reference_id
        ) as payment_request_reference_id,
        statuses.status,
        statuses.reason_code,
        statuses.reason_text,
        statuses.status_at,
        {{ local_date('statuses.status_at') }} as status_on,
        coalesce(stages.stage, 'unknown') as stage,
        coalesce(stages.is_final, false) as is_final
    from {{ ref('stg_tereina__payment_statuses') }} as statuses
    left join requests_by_end_to_end_id
        on statuses.end_to_end_id = requests_by_end_to_end_id.end_to_end_id
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

bank_entries as (

    select
        end_to_end_id,
        min(case when credit_debit = 'DBIT' then booking_date end) as booked_on,
        min(case when credit_debit = 'CRDT' then booking_date end) as credited_back_on
    from {{ ref('stg_tereina__bank_statement_lines') }}
    where end_to_end_id is not null
    group by end_to_end_id

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
        bank_entries.booked_on,
        bank_entries.credited_back_on,
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
    left join bank_entries on requests.end_to_end_id = bank_entries.end_to_end_id

),

final as (

    select
        {{ surrogate_key(["'tereina'", 'payment_request_reference_id']) }} as payment_key,
        payment_request_reference_id,
        company_code_reference_id,
        creditor_reference_id,
        end_to_end_id,
        payment_method,
        currency_code,
        amount,
        execution_date,
        {{ local_date('created_at') }} as requested_on,
        executed_on,
        settled_on,
        case when final_stage = 'returned' then coalesce(credited_back_on, failed_on) end as returned_on,
        booked_on,
        status as last_status,
        reason_code,
        reason_text,
        final_stage,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from resolved

)

select * from final
