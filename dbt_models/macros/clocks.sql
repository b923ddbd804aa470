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

{#- The end of the business clock's day; left null, now. -#}
{% macro as_of_moment() -%}
    {% if var('as_of_date') is none %}current_timestamp{% else %}{{ start_of_day(add_days(as_of_date(), 1)) }}{% endif %}
{%- endmacro %}

{#- The instant at which a business day begins. -#}
{% macro start_of_day(day) -%}
    {{ return(adapter.dispatch('start_of_day', 'ledgerhouse')(day)) }}
{%- endmacro %}

{% macro default__start_of_day(day) -%}
    timezone('{{ var("business_timezone") }}', cast({{ day }} as timestamp))
{%- endmacro %}

{% macro bigquery__start_of_day(day) -%}
    timestamp({{ day }}, '{{ var("business_timezone") }}')
{%- endmacro %}

{#- Whole hours from the first instant to the second. -#}
{% macro hours_between(first, second) -%}
    {{ return(adapter.dispatch('hours_between', 'ledgerhouse')(first, second)) }}
{%- endmacro %}

{% macro default__hours_between(first, second) -%}
    datesub('hour', {{ first }}, {{ second }})
{%- endmacro %}

{% macro bigquery__hours_between(first, second) -%}
    timestamp_diff({{ second }}, {{ first }}, hour)
{%- endmacro %}

{% macro add_hours(instant, hours) -%}
    {{ return(adapter.dispatch('add_hours', 'ledgerhouse')(instant, hours)) }}
{%- endmacro %}

{% macro default__add_hours(instant, hours) -%}
    ({{ instant }} + to_hours(cast({{ hours }} as integer)))
{%- endmacro %}

{% macro bigquery__add_hours(instant, hours) -%}
    timestamp_add({{ instant }}, interval cast({{ hours }} as int64) hour)
{%- endmacro %}
