-- Which debit, or which payment whose debit nobody saw, each credit gives back. Greedy as the matches are: by id first,
-- then by party and amount; a payment that the bank said it returned before a debit that nobody ordered, and that one
-- before a payment that stands.
with

-- A payment that was booked in parts is given back as one.
items as (

    select
        return_key,
        min(account_key) as account_key,
        min(currency_code) as currency_code,
        min(payment_key) as payment_key,
        min(payment_end_to_end_id) as payment_end_to_end_id,
        min(payment_request_reference_id) as payment_request_reference_id,
        min(line_end_to_end_id) as line_end_to_end_id,
        min(counterparty_account_key) as counterparty_account_key,
        min(counterparty_name_key) as counterparty_name_key,
        min(match_key) as match_key,
        min(match_type) as match_type,
        sum(case when part_key is not null then debit_amount else payment_amount end) as amount,
        min(coalesce(booking_date, settled_on)) as item_day,
        min(
            case
                when final_stage = 'returned' then 0
                when payment_key is null then 1
                else 2
            end
        ) as reluctance
    from {{ ref('int_bank__debit_items') }}
    where part_key is not null or settled_on is not null
    group by return_key

),

credits as (

    select * from {{ ref('int_bank__statement_lines_classified') }}
    where is_booked and credit_debit = 'CRDT'

),

tolerances as (

    select * from {{ ref('int_bank__tolerances') }}

),

words as (

    select
        line_key,
        {{ plain_code('word') }} as reference
    from credits
    {{ join_words('remittance_text') }}
    where
        line_class in ('return', 'reversal')
        and length({{ plain_code('word') }}) >= 6

),

same_name as (

    select
        credits.line_key,
        items.return_key,
        10 as rule_rank
    from credits
    inner join items on credits.end_to_end_id = items.payment_end_to_end_id

    union all

    select
        credits.line_key,
        items.return_key,
        10 as rule_rank
    from credits
    inner join items on credits.end_to_end_id = items.line_end_to_end_id

    union all

    select
        words.line_key,
        items.return_key,
        20 as rule_rank
    from words
    inner join items on words.reference = {{ plain_code('items.payment_request_reference_id') }}

),

same_amount as (

    select
        credits.line_key,
        items.return_key,
        case
            when
                credits.counterparty_account_key = items.counterparty_account_key
                or credits.counterparty_name_key = items.counterparty_name_key
                then 50
            else 60
        end as rule_rank
    from credits
    inner join items
        on
            credits.account_key = items.account_key
            and credits.currency_code = items.currency_code
            and credits.amount = items.amount
            and (
                credits.end_to_end_id is null
                or coalesce(items.payment_end_to_end_id, items.line_end_to_end_id) is null
            )
            and {{ same_or_unknown('credits.counterparty_account_key', 'items.counterparty_account_key') }}
            and {{ same_or_unknown('credits.counterparty_name_key', 'items.counterparty_name_key') }}
    where credits.line_class in ('return', 'reversal')

),

unioned as (

    select * from same_name
    union all
    select * from same_amount

),

-- Money comes back after it went, within a quarter; and not more than went.
possible as (

    select
        unioned.line_key,
        unioned.return_key,
        credits.currency_code,
        min(unioned.rule_rank) as rule_rank,
        min(items.reluctance) as reluctance,
        min(items.amount - credits.amount) as amount_gap,
        min({{ days_between('items.item_day', 'credits.booking_date') }}) as day_gap
    from unioned
    inner join credits on unioned.line_key = credits.line_key
    inner join items
        on
            unioned.return_key = items.return_key
            and credits.currency_code = items.currency_code
            and {{ same_or_unknown('credits.account_key', 'items.account_key') }}
    inner join tolerances on credits.currency_code = tolerances.currency_code
    where
        credits.amount > 0
        and credits.amount <= items.amount + tolerances.absolute_amount
        and {{ days_between('items.item_day', 'credits.booking_date') }} between -tolerances.days_before and 92
    group by unioned.line_key, unioned.return_key, credits.currency_code

),

candidates as (

    select
        line_key,
        return_key,
        rule_rank,
        currency_code,
        amount_gap,
        day_gap,
        {{ surrogate_key(['line_key', 'return_key']) }} as candidate_key,
        lpad({{ cast_as('rule_rank', 'text') }}, 3, '0')
        || case when amount_gap = 0 then '0' else '1' end
        || {{ cast_as('reluctance', 'text') }}
        || lpad({{ cast_as('abs(day_gap)', 'text') }}, 3, '0')
        || return_key
        || line_key as preference
    from possible

),

{{ choose_greedily('candidates', 'line_key', 'return_key', var('bank_match_rounds')) }}

final as (

    select
        chosen.line_key as credit_line_key,
        chosen.return_key,
        items.payment_key,
        items.match_key,
        items.match_type,
        case chosen.rule_rank
            when 10 then 'end_to_end_id'
            when 20 then 'reference_in_text'
            when 50 then 'amount_and_party'
            else 'amount_and_account'
        end as rule,
        chosen.rule_rank >= 50 as is_inferred,
        credits.booking_date as returned_on,
        chosen.currency_code,
        {{ money('credits.amount') }} as credit_amount,
        {{ cast_as('chosen.day_gap', 'bigint') }} as day_gap
    from chosen
    inner join credits on chosen.line_key = credits.line_key
    inner join items on chosen.return_key = items.return_key

)

select * from final
