-- Debits, cut into the payments that the bank names in them. What is not told of one in a batch is taken from the
-- payment of that id; what is left of the line stays as a part of its own, so that the parts make the line.
with

debits as (

    select * from {{ ref('int_bank__statement_lines_classified') }}
    where is_booked and credit_debit = 'DBIT'

),

tolerances as (

    select * from {{ ref('int_bank__tolerances') }}

),

-- An id that two payments have tells nothing of the amount.
payments_by_id as (

    select
        end_to_end_id,
        currency_code,
        min(amount) as amount
    from {{ ref('int_ap__payment_lifecycle') }}
    where end_to_end_id is not null
    group by end_to_end_id, currency_code
    having count(*) = 1

),

details as (

    select
        debits.line_key,
        transactions.position,
        {{ real_id('transactions.end_to_end_id') }} as end_to_end_id,
        transactions.counterparty_account_key,
        transactions.counterparty_name_key,
        transactions.remittance_text,
        case
            when coalesce(transactions.currency_code, debits.currency_code) = debits.currency_code
                then coalesce(transactions.amount, payments_by_id.amount)
            else payments_by_id.amount
        end as amount
    from debits
    inner join {{ ref('stg_tereina__bank_statement_line_transactions') }} as transactions
        on
            debits.bank_statement_reference_id = transactions.bank_statement_reference_id
            and debits.position = transactions.entry_position
    left join payments_by_id
        on
            {{ real_id('transactions.end_to_end_id') }} = payments_by_id.end_to_end_id
            and debits.currency_code = payments_by_id.currency_code

),

totals as (

    select
        details.line_key,
        count(*) as detail_count,
        count(details.amount) as known_count,
        sum(details.amount) as known_amount,
        max(case when details.amount is not null then details.position end) as last_known_position
    from details
    group by details.line_key

),

-- Details that exceed their line are not believed: it stays whole.
batches as (

    select
        debits.line_key,
        totals.last_known_position,
        debits.amount - totals.known_amount as rest_amount,
        debits.amount - totals.known_amount > tolerances.absolute_amount
        or (
            totals.known_count < totals.detail_count
            and debits.amount > totals.known_amount
        ) as has_rest
    from debits
    inner join totals on debits.line_key = totals.line_key
    inner join tolerances on debits.currency_code = tolerances.currency_code
    where
        totals.detail_count > 1
        and totals.known_count > 0
        and totals.known_amount - debits.amount <= tolerances.absolute_amount

),

parts as (

    select
        debits.line_key,
        {{ cast_as('0', 'bigint') }} as part_number,
        debits.amount,
        debits.end_to_end_id,
        debits.counterparty_account_key,
        debits.counterparty_name_key,
        debits.remittance_text,
        true as is_whole_line
    from debits
    left join batches on debits.line_key = batches.line_key
    where batches.line_key is null

    union all

    -- a few cents that the details leave over belong to the last of them
    select
        details.line_key,
        details.position + 1 as part_number,
        case
            when details.position = batches.last_known_position and not batches.has_rest
                then details.amount + batches.rest_amount
            else details.amount
        end as amount,
        details.end_to_end_id,
        details.counterparty_account_key,
        details.counterparty_name_key,
        details.remittance_text,
        false as is_whole_line
    from details
    inner join batches on details.line_key = batches.line_key
    where details.amount is not null

    union all

    select
        batches.line_key,
        {{ cast_as('0', 'bigint') }} as part_number,
        batches.rest_amount as amount,
        {{ cast_as('null', 'text') }} as end_to_end_id,
        {{ cast_as('null', 'text') }} as counterparty_account_key,
        {{ cast_as('null', 'text') }} as counterparty_name_key,
        {{ cast_as('null', 'text') }} as remittance_text,
        false as is_whole_line
    from batches
    where batches.has_rest

),

final as (

    select
        {{ surrogate_key(['parts.line_key', 'parts.part_number']) }} as part_key,
        parts.line_key,
        parts.part_number,
        parts.is_whole_line,
        debits.account_key,
        debits.line_class,
        debits.booking_date,
        debits.currency_code,
        {{ money('parts.amount') }} as amount,
        parts.end_to_end_id,
        parts.counterparty_account_key,
        parts.counterparty_name_key,
        parts.remittance_text
    from parts
    inner join debits on parts.line_key = debits.line_key

)

select * from final
