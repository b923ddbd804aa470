-- C7: every cent that the statements book out, and every cent of a payment that is settled, is in one row of the
-- reconciliation, and nothing else is. Reckoned from staging and from the payments, line by line and payment by
-- payment, so that both control totals follow. Guards against a batch that is counted for each of its payments, a
-- payment that two lines pay, a filter that forgets fees, and a line that no rule reaches.
with

booked as (

    select
        {{ surrogate_key(["'tereina'", 'lines.bank_statement_reference_id', 'lines.position']) }} as item_key,
        sum(abs(lines.amount)) as amount
    from {{ ref('stg_tereina__bank_statement_lines') }} as lines
    inner join {{ ref('stg_tereina__bank_statements') }} as statements
        on lines.bank_statement_reference_id = statements.bank_statement_reference_id
    where
        (lines.credit_debit = 'DBIT' or (lines.credit_debit is null and lines.amount < 0))
        and coalesce(upper(lines.status), 'BOOK') not in ('PDNG', 'PENDING', 'INFO', 'FUTR')
        and coalesce(lines.booking_date, lines.value_date, statements.to_date) <= {{ as_of_date() }}
    group by lines.bank_statement_reference_id, lines.position

),

settled as (

    select
        payment_key as item_key,
        amount
    from {{ ref('fct_payment') }}
    where source_name = 'tereina' and settled_on <= {{ as_of_date() }}

),

expected as (

    select
        item_key,
        'debit' as side,
        amount
    from booked

    union all

    select
        item_key,
        'payment' as side,
        amount
    from settled

),

told as (

    select
        line_key as item_key,
        'debit' as side,
        sum(debit_amount) as amount
    from {{ ref('fct_bank_reconciliation') }}
    where debit_amount != 0
    group by line_key

    union all

    select
        payment_key as item_key,
        'payment' as side,
        sum(payment_amount) as amount
    from {{ ref('fct_bank_reconciliation') }}
    where payment_amount != 0
    group by payment_key

),

compared as (

    select
        item_key,
        side,
        sum(expected_amount) as expected_amount,
        sum(told_amount) as told_amount
    from (
        select
            item_key,
            side,
            amount as expected_amount,
            {{ money('0') }} as told_amount
        from expected

        union all

        select
            item_key,
            side,
            {{ money('0') }} as expected_amount,
            amount as told_amount
        from told
    ) as both_sides
    group by item_key, side

)

select *
from compared
where expected_amount != told_amount
