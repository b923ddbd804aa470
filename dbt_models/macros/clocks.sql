{#- The two clocks, and the only places where the time of day enters. -#}

{#- The business date of a UTC timestamp: midnight UTC is still the day before in São Paulo. -#}
{% macro local_date(timestamp) -%}
    {{ return(adapter.dispatch('local_date', 'ledgerhouse')(timestamp)) }}
{%- endmacro %}

{% macro default__local_date(timestamp) -%}
    cast(timezone('{{ var("business_timezone") }}', {{ timestamp }}) as date)
{%- endmacro %}

{% macro bigquery__local_date(timestamp) -%}
    date({{ timestamp }}, '{{ var("business_timezone") }}')
{%- endmacro %}

{% macro today() -%}
    {{ local_date('current_timestamp') }}
{%- endmacro %}

{#- The business clock: balances are as of the end of this day. -#}
{% macro as_of_date() -%}
    {% if var('as_of_date') is none %}{{ today() }}{% else %}cast('{{ var("as_of_date") }}' as date){% endif %}
{%- endmacro %}

{#- The knowledge clock: what was loaded later is not seen. Left null, everything loaded is. -#}
{% macro known_at() -%}
    {{ cast_as("'" ~ (var('known_at') if var('known_at') is not none else '9999-12-31 00:00:00+00') ~ "'", 'timestamp') }}
{%- endmacro %}

{#- The day in UTC: for sources whose dates are written as midnight UTC and mean that day everywhere. -#}
{% macro utc_date(timestamp) -%}
    {{ return(adapter.dispatch('utc_date', 'ledgerhouse')(timestamp)) }}
{%- endmacro %}

{% macro default__utc_date(timestamp) -%}
    cast(timezone('UTC', {{ timestamp }}) as date)
{%- endmacro %}

{% macro bigquery__utc_date(timestamp) -%}
    date({{ timestamp }}, 'UTC')
{%- endmacro %}
