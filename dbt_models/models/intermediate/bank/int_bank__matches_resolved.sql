-- Greedy by rule, so that no part of a line and no payment is in two matches; how many rounds is a variable, and a
-- test tells when they were too few.
with

{{ choose_greedily(ref('int_bank__candidates_scored'), 'part_key', 'payment_key', var('bank_match_rounds')) }}

sized as (

    select
        chosen.*,
        parts.amount as part_amount,
        payments.amount as payment_amount,
        count(*) over (partition by chosen.candidate_key) as pair_count,
        count(*) over (partition by chosen.candidate_key, chosen.part_key) as payments_of_part,
        sum(payments.amount) over (partition by chosen.candidate_key, chosen.part_key) as amount_of_payments,
        sum(parts.amount) over (partition by chosen.candidate_key, chosen.payment_key) as amount_of_parts,
        row_number() over (
            partition by chosen.candidate_key
            order by chosen.part_key desc, chosen.payment_key desc
        ) as place_from_last
    from chosen
    inner join {{ ref('int_bank__line_parts') }} as parts on chosen.part_key = parts.part_key
    inner join {{ ref('int_ap__payment_lifecycle') }} as payments on chosen.payment_key = payments.payment_key

),

-- Of a match of several, each takes the amount of the side that is cut, and the last one what is left over.
final as (

    select
        candidate_key as match_key,
        part_key,
        line_key,
        payment_key,
        case
            when pair_count = 1 then 'one_to_one'
            when payments_of_part > 1 then 'many_payments_to_one_line'
            else 'one_payment_to_many_lines'
        end as match_type,
        rule,
        rule_rank,
        is_inferred,
        score,
        day_gap,
        currency_code,
        {{ money('case
            when payments_of_part = 1 then part_amount
            when place_from_last = 1 then part_amount - (amount_of_payments - payment_amount)
            else payment_amount
        end') }} as debit_amount,
        {{ money('case
            when pair_count = payments_of_part then payment_amount
            when place_from_last = 1 then payment_amount - (amount_of_parts - part_amount)
            else part_amount
        end') }} as payment_amount
    from sized

)

select * from final
