{#- The rate to the reporting currency: 1 for that currency itself and for no other. Where the document has no
    rate the answer is null, never 1. -#}
{% macro reporting_rate(currency_code, exchange_rate) -%}
    case
        when {{ currency_code }} = '{{ var("reporting_currency") }}' then {{ money('1') }}
        else {{ exchange_rate }}
    end
{%- endmacro %}

{#- The sum of amounts, or null when one of them is unknown: a total that leaves some out would look complete. -#}
{% macro sum_if_complete(expression) -%}
    case when count(*) = count({{ expression }}) then {{ money('sum(' ~ expression ~ ')') }} end
{%- endmacro %}
