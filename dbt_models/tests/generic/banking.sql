{#- A match whose sides differ by more than the tolerance, though nothing but their amounts brought them together; or
    that has two lines and two payments, of which nobody can say who paid what. -#}
{% test matches_balance(model) %}

with

sums as (

    select
        match_key,
        rule,
        currency_code,
        sum(debit_amount) as debit_amount,
        sum(payment_amount) as payment_amount,
        count(distinct part_key) as part_count,
        count(distinct payment_key) as payment_count
    from {{ model }}
    group by match_key, rule, currency_code

)

select sums.match_key
from sums
inner join {{ ref('int_bank__tolerances') }} as tolerances on sums.currency_code = tolerances.currency_code
where
    (
        sums.rule != 'end_to_end_id_other_amount'
        and abs(sums.debit_amount - sums.payment_amount) > tolerances.absolute_amount
    )
    or (sums.part_count > 1 and sums.payment_count > 1)

{% endtest %}

{#- Something in two matches: money that is counted twice. -#}
{% test in_one_match_only(model, column) %}

select {{ column }}
from {{ model }}
group by {{ column }}
having count(distinct match_key) > 1

{% endtest %}
