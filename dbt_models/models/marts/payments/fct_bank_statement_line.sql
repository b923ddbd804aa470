with

lines as (

    select * from {{ ref('int_bank__statement_lines_classified') }}

),

statements as (

    select * from {{ ref('stg_tereina__bank_statements') }}

),

accounts as (

    select * from {{ ref('int_bank__accounts') }}

),

-- The parts of a batch may have come to different ends.
ends as (

    select
        line_key,
        case when count(distinct state) = 1 then min(state) else 'several' end as match_state,
        case when count(distinct match_key) = 1 then min(match_key) end as match_key,
        case when count(distinct rule) = 1 then min(rule) end as rule,
        count(distinct payment_key) as payment_count
    from {{ ref('fct_bank_reconciliation') }}
    group by line_key

),

signed as (

    select
        *,
        case
            when not is_booked then 0
            when credit_debit = 'CRDT' then amount
            else -amount
        end as movement
    from lines

),

final as (

    select
        signed.line_key,
        signed.bank_statement_reference_id,
        {{ cast_as('signed.position', 'bigint') }} as position,
        signed.account_key,
        {{ company_key('accounts') }} as company_key,
        signed.statement_number,
        statements.from_date as statement_from,
        statements.to_date as statement_to,
        signed.booking_date,
        signed.value_date,
        signed.credit_debit,
        signed.line_class,
        signed.is_booked,
        signed.end_to_end_id,
        signed.entry_reference,
        signed.bank_transaction_code,
        signed.remittance_text,
        signed.counterparty_key,
        signed.currency_code,
        signed.amount,
        {{ money('signed.movement') }} as movement_amount,
        {{ money('statements.opening_balance') }} as opening_balance,
        {{ money('statements.opening_balance + sum(signed.movement) over (
            partition by signed.bank_statement_reference_id
            order by signed.position
            rows between unbounded preceding and current row
        )') }} as balance_after,
        {{ money('statements.closing_balance') }} as closing_balance,
        ends.match_state,
        ends.match_key,
        ends.rule,
        {{ cast_as('coalesce(ends.payment_count, 0)', 'bigint') }} as payment_count,
        signed.source_relation,
        signed.tenant_id,
        signed._dlt_load_id,
        signed._loaded_at
    from signed
    inner join statements on signed.bank_statement_reference_id = statements.bank_statement_reference_id
    left join accounts on signed.account_key = accounts.account_key
    left join ends on signed.line_key = ends.line_key

)

select * from final
