{#- How much of a document's amount falls on its installments up to this one: in proportion to what they state, to
    the cent, and all of it at the last one, so that the parts add up exactly. -#}
{% macro share_so_far(amount) -%}
    case
        when {{ amount }} = 0 then {{ money('0') }}
        when place = installment_count then {{ amount }}
        when coalesce(stated_total, 0) = 0 then {{ money('0') }}
        else {{ money('round(' ~ money_multiply(amount, money_divide('stated_so_far', 'stated_total')) ~ ', 2)') }}
    end
{%- endmacro %}

{#- The same up to the installment before this one, so that the share of one needs no window over the others. -#}
{% macro share_before(amount) -%}
    case
        when {{ amount }} = 0 or place = 1 or coalesce(stated_total, 0) = 0 then {{ money('0') }}
        else {{ money('round(' ~ money_multiply(amount, money_divide('stated_before', 'stated_total')) ~ ', 2)') }}
    end
{%- endmacro %}
