{#- The laws of the payables ledger. Each test names the fault that it guards against. -#}

{#- A header that does not follow from its parts cannot be audited; the source's own fault, so a warning. -#}
{% test net_amount_is_consistent(model) %}

select document_key, gross_amount, discount_amount, interest_amount, fine_amount, net_amount
from {{ model }}
where abs(gross_amount - discount_amount + interest_amount + fine_amount - net_amount) > 0.01

{% endtest %}

{#- An unknown exchange rate taken for 1 turns dollars into reais. -#}
{% test no_unknown_rate(model, rate) %}

select currency_code, count(*) as row_count
from {{ model }}
where {{ rate }} is null
group by currency_code

{% endtest %}

{#- C6: the parts of a document add up to it, exactly. Repeated or lost rows show here. -#}
{% test adds_up_to(model, parent, key, amounts, parent_condition='1 = 1') %}

with

parts as (

    select
        {{ key }}
        {%- for amount in amounts %},
        sum({{ amount }}) as {{ amount }}
        {%- endfor %}
    from {{ model }}
    group by {{ key }}

)

select whole.{{ key }}
from {{ parent }} as whole
left join parts on whole.{{ key }} = parts.{{ key }}
where
    ({{ parent_condition }})
    and (
        parts.{{ key }} is null
        {%- for amount in amounts %}
        or whole.{{ amount }} != parts.{{ amount }}
        {%- endfor %}
    )

{% endtest %}

{#- C1: a payment that raises what is owed, or an invoice that lowers it. -#}
{% test signed_by_type(model) %}

select event_key, event_type, amount
from {{ model }}
where
    not is_reversal
    and (
        (event_type in ('INVOICED', 'INTEREST', 'FINE', 'PAYMENT_RETURNED') and amount < 0)
        or (event_type in ('CREDIT_NOTE', 'WITHHELD', 'DISCOUNT_TAKEN', 'PAYMENT_APPLIED') and amount > 0)
    )

{% endtest %}

{#- C2: an entry is taken back at most once, in full, on its own day, and never before it was known. -#}
{% test reversals_take_back_what_was_said(model) %}

select reversals.event_key
from {{ model }} as reversals
left join {{ model }} as originals on reversals.reverses_event_key = originals.event_key
where
    reversals.is_reversal
    and (
        originals.event_key is null
        or originals.is_reversal
        or reversals.amount != -originals.amount
        or reversals.effective_date != originals.effective_date
        or reversals.installment_key != originals.installment_key
        or reversals.currency_code != originals.currency_code
        or reversals.known_at < originals.known_at
    )

union all

select reverses_event_key
from {{ model }}
where is_reversal
group by reverses_event_key
having count(*) > 1

{% endtest %}

{#- A settled installment in a list of open items makes the count of open items wrong. -#}
{% test no_zero_rows(model, amount) %}

select *
from {{ model }}
where {{ amount }} = 0 or {{ amount }} is null

{% endtest %}

{#- A credit netted against what is owed hides both. -#}
{% test credits_stand_alone(model) %}

select installment_key
from {{ model }}
where (open_amount < 0) != (bucket = 'credit')

{% endtest %}

{#- A status that the map does not have: treated as open, and to be looked at. -#}
{% test known_status(model) %}

select source_name, source_status, count(*) as row_count
from {{ model }}
where stage = 'unknown' and is_current
group by source_name, source_status

{% endtest %}

{#- Installments that do not add up to what is owed: only the first aged, or a share rounded away. -#}
{% test installments_make_the_document(model) %}

with

totals as (

    select
        document_key,
        version_id,
        sum(payable_amount) as payable_amount,
        sum(withheld_amount) as withheld_amount
    from {{ model }}
    group by document_key, version_id

)

select documents.document_key
from {{ ref('int_ap__document_versions') }} as documents
left join totals
    on
        documents.document_key = totals.document_key
        and documents.version_id = totals.version_id
where
    totals.document_key is null
    or documents.payable_amount != totals.payable_amount
    or documents.withheld_amount != totals.withheld_amount

{% endtest %}

{#- A payment that settles more than its amount, or less: every cent goes to one installment. -#}
{% test applications_do_not_exceed_payments(model) %}

with

applied as (

    select
        document_key,
        revision_number,
        payment_key,
        attempt_number,
        sum(amount) as amount
    from {{ model }}
    where rule != 'declared'
    group by document_key, revision_number, payment_key, attempt_number

)

select payments.document_key
from {{ ref('int_ap__document_payments') }} as payments
left join applied
    on
        payments.document_key = applied.document_key
        and payments.revision_number = applied.revision_number
        and payments.payment_key = applied.payment_key
        and payments.attempt_number = applied.attempt_number
where payments.amount != coalesce(applied.amount, 0)

{% endtest %}

{#- A rate of nought or less, or from a currency to itself, which is 1 wherever it is needed, is a slip of the pen. -#}
{% test rate_is_of_two_currencies(model) %}

select rate_date, from_currency_code, to_currency_code, rate
from {{ model }}
where rate <= 0 or from_currency_code = to_currency_code

{% endtest %}
