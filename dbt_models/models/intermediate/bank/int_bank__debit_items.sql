-- Each part of a debit and each payment once: what belongs together in one row, the rest alone.
with

parts as (

    select * from {{ ref('int_bank__line_parts') }}

),

payments as (

    select * from {{ ref('int_ap__payment_lifecycle') }}

),

matches as (

    select * from {{ ref('int_bank__matches_resolved') }}

),

matched_parts as (

    select part_key
    from matches

),

matched_payments as (

    select payment_key
    from matches

),

items as (

    select
        match_key,
        match_type,
        rule,
        is_inferred,
        day_gap,
        part_key,
        payment_key,
        debit_amount,
        payment_amount
    from matches

    union all

    select
        {{ cast_as('null', 'text') }} as match_key,
        {{ cast_as('null', 'text') }} as match_type,
        {{ cast_as('null', 'text') }} as rule,
        {{ cast_as('null', 'bool') }} as is_inferred,
        {{ cast_as('null', 'bigint') }} as day_gap,
        parts.part_key,
        {{ cast_as('null', 'text') }} as payment_key,
        parts.amount as debit_amount,
        {{ money('0') }} as payment_amount
    from parts
    left join matched_parts on parts.part_key = matched_parts.part_key
    where matched_parts.part_key is null

    union all

    select
        {{ cast_as('null', 'text') }} as match_key,
        {{ cast_as('null', 'text') }} as match_type,
        {{ cast_as('null', 'text') }} as rule,
        {{ cast_as('null', 'bool') }} as is_inferred,
        {{ cast_as('null', 'bigint') }} as day_gap,
        {{ cast_as('null', 'text') }} as part_key,
        payments.payment_key,
        {{ money('0') }} as debit_amount,
        {{ money('coalesce(payments.amount, 0)') }} as payment_amount
    from payments
    left join matched_payments on payments.payment_key = matched_payments.payment_key
    where matched_payments.payment_key is null

),

final as (

    select
        {{ surrogate_key(['items.part_key', 'items.payment_key']) }} as item_key,
        items.match_key,
        items.match_type,
        items.rule,
        items.is_inferred,
        items.day_gap,
        items.part_key,
        parts.line_key,
        items.payment_key,
        coalesce(items.payment_key, items.part_key) as return_key,
        coalesce(parts.account_key, payments.debtor_account_key) as account_key,
        coalesce(parts.currency_code, payments.currency_code) as currency_code,
        parts.line_class,
        parts.booking_date,
        payments.settled_on,
        payments.final_stage,
        parts.end_to_end_id as line_end_to_end_id,
        payments.end_to_end_id as payment_end_to_end_id,
        payments.payment_request_reference_id,
        coalesce(parts.counterparty_account_key, payments.creditor_account_key) as counterparty_account_key,
        coalesce(parts.counterparty_name_key, payments.creditor_name_key) as counterparty_name_key,
        items.debit_amount,
        items.payment_amount
    from items
    left join parts on items.part_key = parts.part_key
    left join payments on items.payment_key = payments.payment_key

)

select * from final
