{#- The rate to the reporting currency: 1 for that currency itself and for no other, else the document's own, else that
    of its day of issue, where join_daily_rates found one. Where nothing names a rate it is null, never 1. -#}
{% macro reporting_rate(currency_code, exchange_rate) -%}
    case
        when {{ currency_code }} = '{{ var("reporting_currency") }}' then {{ money('1') }}
        else coalesce({{ exchange_rate }}, daily_rates.rate)
    end
{%- endmacro %}

{#- Joins the rates of a day to the reporting currency, as daily_rates. -#}
{% macro join_daily_rates(currency_code, day) -%}
    left join {{ ref('int_fx__daily_rates') }} as daily_rates
        on
            {{ currency_code }} = daily_rates.from_currency_code
            and daily_rates.to_currency_code = '{{ var("reporting_currency") }}'
            and {{ day }} = daily_rates.rate_date
{%- endmacro %}

{#- The sum of amounts, or null when one of them is unknown: a total that leaves some out would look complete. -#}
{% macro sum_if_complete(expression) -%}
    case when count(*) = count({{ expression }}) then {{ money('sum(' ~ expression ~ ')') }} end
{%- endmacro %}
