with

documents as (

    select
        unioned.*,
        {{ supplier_key('unioned') }} as supplier_key,
        {{ company_key('unioned') }} as company_key
    from {{ ref('int_ap__documents_unioned') }} as unioned
    where unioned.is_survivor

),

installments as (

    select * from {{ ref('int_ap__installments_exploded') }}
    where is_current

),

balances as (

    select
        installment_key,
        sum(amount) as open_amount,
        -sum(case when event_type in ('PAYMENT_APPLIED', 'PAYMENT_RETURNED') then amount else 0 end) as paid_to_date,
        -- a payment that was taken back, by the bank or by a correction, is no payment
        max(case when event_type = 'PAYMENT_APPLIED' and is_standing then effective_date end) as last_paid_date
    from (
        select
            events.*,
            events.reverses_event_key is null and reversals.event_key is null as is_standing
        from {{ ref('int_ap__payable_events') }} as events
        left join {{ ref('int_ap__payable_events') }} as reversals
            on
                events.event_key = reversals.reverses_event_key
                and reversals.known_at <= {{ known_at() }}
        where events.effective_date <= {{ as_of_date() }} and events.known_at <= {{ known_at() }}
    ) as events
    group by installment_key

),

final as (

    select
        installments.installment_key,
        installments.document_key,
        installments.installment_number,
        documents.supplier_key,
        documents.company_key,
        installments.installment_origin,
        documents.stage,
        documents.issue_date,
        installments.due_date,
        installments.effective_due_date,
        balances.last_paid_date,
        installments.currency_code,
        installments.withheld_amount,
        {{ money('installments.payable_amount') }} as payable_amount,
        {{ money('coalesce(balances.paid_to_date, 0)') }} as paid_to_date,
        {{ money('coalesce(balances.open_amount, 0)') }} as open_amount,
        coalesce(balances.paid_to_date, 0) > 0 and coalesce(balances.open_amount, 0) <= 0 as is_paid,
        -- unpaid is late once the day has passed, paid is late by the day of the payment
        coalesce(
            case
                when coalesce(balances.open_amount, 0) > 0
                    then installments.effective_due_date < {{ as_of_date() }}
                when coalesce(balances.paid_to_date, 0) > 0
                    then installments.effective_due_date < balances.last_paid_date
            end,
            false
        ) as is_late,
        case
            when coalesce(balances.open_amount, 0) > 0
                then {{ days_between('installments.effective_due_date', as_of_date()) }}
        end as days_past_due,
        case
            when coalesce(balances.open_amount, 0) <= 0
                then {{ days_between('documents.issue_date', 'balances.last_paid_date') }}
        end as days_to_pay,
        installments.is_adjusted,
        installments.source_relation,
        installments.tenant_id,
        installments._dlt_load_id,
        installments.known_at as _loaded_at
    from installments
    inner join documents on installments.document_key = documents.document_key
    left join balances on installments.installment_key = balances.installment_key

)

select * from final
