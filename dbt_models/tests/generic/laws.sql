{#- The conservation laws. Each is applied in the yml of the facts that it holds for; tests/dbt/test_dbt_laws.py
    keeps the list of facts and laws, and asks of every new fact which of them it obeys. -#}

{#- C1: a cancellation that takes back more than is open, so that a cancelled invoice turns into a credit. What is
    negative must be so by its payments, its credits or the document itself. -#}
{% test c1_cancelled_to_nothing_and_not_below(model) %}

select installment_key
from {{ model }}
group by installment_key, currency_code
having
    sum(amount) < 0
    and sum(case when event_type = 'CANCELLED' then 0 else amount end) >= 0

{% endtest %}

{#- C2: a payment that comes back with more than was applied of it. -#}
{% test c2_returned_at_most_what_was_applied(model) %}

select
    installment_key,
    payment_key
from {{ model }}
where event_type in ('PAYMENT_APPLIED', 'PAYMENT_RETURNED')
group by installment_key, payment_key, currency_code
having sum(amount) > 0

{% endtest %}

{#- C3: a figure of the past that moves when something is loaded later: nothing that it shows may have become known
    after its own clock. -#}
{% test c3_knows_nothing_of_later(model, known_since, known_at) %}

select *
from {{ model }}
where {{ known_since }} > {{ known_at }}

{% endtest %}

{#- C4: a balance that is not the sum of its ledger in both clocks: entries dropped or doubled by a join, or of a
    day or a load that the figure must not see. -#}
{% test c4_balance_is_the_ledger(model, key, amount) %}

with

ledger as (

    select
        {{ key }},
        sum(amount) as amount
    from {{ ref('fct_payable_event') }}
    where effective_date <= {{ as_of_date() }} and known_at <= {{ known_at() }}
    group by {{ key }}

)

select balances.{{ key }}
from {{ model }} as balances
left join ledger on balances.{{ key }} = ledger.{{ key }}
where balances.{{ amount }} != coalesce(ledger.amount, 0)

{% endtest %}

{#- C4: a day of the past on which the ageing is not what the ledger says of that day: an item in two buckets or in
    none, or one that was paid since and is gone from the days before. -#}
{% test c4_every_day_is_the_ledger(model, day, amount) %}

with

days as (

    select distinct {{ day }} as date_day
    from {{ model }}

),

shown as (

    select
        {{ day }} as date_day,
        currency_code,
        sum({{ amount }}) as amount
    from {{ model }}
    group by {{ day }}, currency_code

),

ledger as (

    select
        days.date_day,
        events.currency_code,
        sum(events.amount) as amount
    from days
    inner join {{ ref('fct_payable_event') }} as events on days.date_day >= events.effective_date
    where events.known_at <= {{ known_at() }}
    group by days.date_day, events.currency_code

)

select
    ledger.date_day,
    ledger.currency_code
from ledger
left join shown
    on
        ledger.date_day = shown.date_day
        and ledger.currency_code = shown.currency_code
where ledger.amount != coalesce(shown.amount, 0)

{% endtest %}

{#- C5: a day that does not open where the one before closed, or does not close at its movements: a kind of movement
    that no column counts. -#}
{% test c5_opens_where_it_closed(model, day, members, movements) %}

with

days as (

    select
        *,
        lag(closing_amount) over (
            partition by {{ members | join(', ') }}
            order by {{ day }}
        ) as previous_closing_amount
    from {{ model }}

)

select *
from days
where
    opening_amount != coalesce(previous_closing_amount, opening_amount)
    or closing_amount != opening_amount + {{ movements | join(' + ') }}

{% endtest %}

{#- C8: a record that is in staging and in no fact: an inner join or a filter that drops it in silence. -#}
{% test c8_has_every_record_of(model, of, key, of_key, condition='1 = 1', of_condition='1 = 1') %}

select received.{{ of_key }}
from (
    select *
    from {{ of }}
    where {{ of_condition }}
) as received
left join (
    select *
    from {{ model }}
    where {{ condition }}
) as shown on received.{{ of_key }} = shown.{{ key }}
where shown.{{ key }} is null

{% endtest %}

{#- C6: an amount of which a part is in no column, or in two: a missed discount that nobody counts. -#}
{% test parts_make_the_whole(model, whole, parts) %}

select *
from {{ model }}
where {{ whole }} != {{ parts | join(' + ') }}{% for part in parts %} or {{ part }} < 0{% endfor %}

{% endtest %}
