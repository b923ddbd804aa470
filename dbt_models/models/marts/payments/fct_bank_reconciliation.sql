with

items as (

    select
        *,
        booking_date <= {{ as_of_date() }} as is_in_bank,
        settled_on <= {{ as_of_date() }} as is_in_erp
    from {{ ref('int_bank__debit_items') }}

),

returns as (

    select * from {{ ref('int_bank__returns_paired') }}
    where returned_on <= {{ as_of_date() }}

),

lines as (

    select * from {{ ref('int_bank__statement_lines_classified') }}

),

payments as (

    select * from {{ ref('int_ap__payment_lifecycle') }}

),

-- What the statements that had come by then can tell.
accounts as (

    select
        *,
        case when last_day > {{ as_of_date() }} then {{ as_of_date() }} else last_day end as covered_until
    from {{ ref('int_bank__accounts') }}

),

tolerances as (

    select * from {{ ref('int_bank__tolerances') }}

),

judged as (

    select
        items.item_key,
        items.match_key,
        items.match_type,
        items.rule,
        items.is_inferred,
        items.line_key,
        items.payment_key,
        items.account_key,
        items.currency_code,
        items.booking_date,
        items.settled_on,
        case when items.is_in_bank then items.booking_date else items.settled_on end as open_since,
        case when items.is_in_bank then items.debit_amount else 0 end as debit_amount,
        0 as credit_amount,
        case when items.is_in_erp then items.payment_amount else 0 end as payment_amount,
        case
            when items.is_in_bank and returns.return_key is not null then 'given_back'
            when items.is_in_bank and items.is_in_erp and items.debit_amount = items.payment_amount then 'same_amount'
            when items.is_in_bank and items.is_in_erp then 'other_amount'
            when items.settled_on is null and items.final_stage in ('rejected', 'cancelled') then 'failed_in_erp'
            when items.is_in_bank and items.payment_key is not null then 'not_settled_yet'
            when items.is_in_bank and items.line_class in ('fee', 'interest') then 'bank_charge'
            when items.is_in_bank and items.line_class = 'reversal' then 'reverses_a_credit'
            when items.is_in_bank then 'no_payment'
            when returns.return_key is not null and items.part_key is null then 'given_back_debit_not_seen'
            when items.line_key is not null then 'booked_later'
            when accounts.covered_until is null then 'no_statement_of_account'
            when items.settled_on < accounts.first_day then 'before_first_statement'
            when {{ add_days('items.settled_on', 'coalesce(tolerances.timing_days, 0)') }} > accounts.covered_until
                then 'no_statement_yet'
            else 'not_on_statement'
        end as reason
    from items
    left join returns on items.return_key = returns.return_key
    left join accounts on items.account_key = accounts.account_key
    left join tolerances on items.currency_code = tolerances.currency_code
    where items.is_in_bank or items.is_in_erp

),

-- Credits that give a debit back, and those that claim to and do not say which.
given_back as (

    select
        lines.line_key as item_key,
        returns.match_key,
        returns.match_type,
        returns.rule,
        returns.is_inferred,
        lines.line_key,
        returns.payment_key,
        lines.account_key,
        lines.currency_code,
        lines.booking_date,
        payments.settled_on,
        lines.booking_date as open_since,
        0 as debit_amount,
        lines.amount as credit_amount,
        0 as payment_amount,
        case when returns.return_key is not null then 'gives_back' else 'gives_back_unknown' end as reason
    from lines
    left join returns on lines.line_key = returns.credit_line_key
    left join payments on returns.payment_key = payments.payment_key
    where
        lines.is_booked
        and lines.credit_debit = 'CRDT'
        and lines.booking_date <= {{ as_of_date() }}
        and (returns.return_key is not null or lines.line_class in ('return', 'reversal'))

),

unioned as (

    select * from judged
    union all
    select * from given_back

),

final as (

    select
        unioned.item_key as reconciliation_key,
        {{ as_of_date() }} as as_of_date,
        case
            when unioned.reason in ('given_back', 'given_back_debit_not_seen', 'gives_back', 'reverses_a_credit')
                then 'returned'
            when unioned.reason = 'same_amount' then 'matched'
            when unioned.reason = 'other_amount' then 'matched_with_difference'
            when unioned.reason = 'bank_charge' then 'fee'
            when unioned.reason in ('failed_in_erp', 'no_payment', 'gives_back_unknown') then 'missing_in_erp'
            when unioned.reason = 'not_on_statement' then 'missing_in_bank'
            else 'timing'
        end as state,
        unioned.reason,
        unioned.match_key,
        unioned.match_type,
        unioned.rule,
        unioned.is_inferred,
        unioned.line_key,
        unioned.payment_key,
        unioned.account_key,
        {{ company_key('accounts') }} as company_key,
        lines.line_class,
        coalesce(unioned.booking_date, unioned.settled_on) as occurred_on,
        unioned.booking_date,
        unioned.settled_on,
        unioned.currency_code,
        {{ money('unioned.debit_amount') }} as debit_amount,
        {{ money('unioned.credit_amount') }} as credit_amount,
        {{ money('unioned.payment_amount') }} as payment_amount,
        {{ money('unioned.debit_amount - unioned.payment_amount') }} as difference_amount,
        case
            when unioned.reason not in ('given_back', 'gives_back', 'same_amount', 'bank_charge', 'reverses_a_credit')
                then {{ days_between('unioned.open_since', as_of_date()) }}
        end as days_open,
        coalesce(payments.returned_on <= {{ as_of_date() }}, false)
        and unioned.reason in ('same_amount', 'other_amount') as is_return_outstanding,
        coalesce(lines.source_relation, payments.source_relation) as source_relation,
        coalesce(lines.tenant_id, payments.tenant_id) as tenant_id,
        coalesce(lines._dlt_load_id, payments._dlt_load_id) as _dlt_load_id,
        coalesce(lines._loaded_at, payments._loaded_at) as _loaded_at
    from unioned
    left join lines on unioned.line_key = lines.line_key
    left join payments on unioned.payment_key = payments.payment_key
    left join accounts on unioned.account_key = accounts.account_key

)

select * from final
