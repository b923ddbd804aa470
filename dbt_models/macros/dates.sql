{#- Every day from the first to the last, both included, as date_day. -#}
{% macro date_spine(first_day, last_day) -%}
    {{ return(adapter.dispatch('date_spine', 'ledgerhouse')(first_day, last_day)) }}
{%- endmacro %}

{% macro default__date_spine(first_day, last_day) -%}
    select cast(days.day_at as date) as date_day
    from generate_series({{ first_day }}, {{ last_day }}, interval 1 day) as days (day_at)
{%- endmacro %}

{% macro bigquery__date_spine(first_day, last_day) -%}
    select date_day
    from unnest(generate_date_array({{ first_day }}, {{ last_day }})) as date_day
{%- endmacro %}

{% macro add_days(day, days) -%}
    {{ return(adapter.dispatch('add_days', 'ledgerhouse')(day, days)) }}
{%- endmacro %}

{% macro default__add_days(day, days) -%}
    ({{ day }} + cast({{ days }} as integer))
{%- endmacro %}

{% macro bigquery__add_days(day, days) -%}
    date_add({{ day }}, interval cast({{ days }} as int64) day)
{%- endmacro %}

{#- The same day of a later month, or that month's last day. -#}
{% macro add_months(day, months) -%}
    {{ return(adapter.dispatch('add_months', 'ledgerhouse')(day, months)) }}
{%- endmacro %}

{% macro default__add_months(day, months) -%}
    cast({{ day }} + to_months(cast({{ months }} as integer)) as date)
{%- endmacro %}

{% macro bigquery__add_months(day, months) -%}
    date_add({{ day }}, interval cast({{ months }} as int64) month)
{%- endmacro %}

{#- Days from the first to the second: positive when the second is later. -#}
{% macro days_between(first_day, second_day) -%}
    {{ return(adapter.dispatch('days_between', 'ledgerhouse')(first_day, second_day)) }}
{%- endmacro %}

{% macro default__days_between(first_day, second_day) -%}
    cast({{ second_day }} - {{ first_day }} as bigint)
{%- endmacro %}

{% macro bigquery__days_between(first_day, second_day) -%}
    date_diff({{ second_day }}, {{ first_day }}, day)
{%- endmacro %}

{#- Monday is 1, Sunday is 7. -#}
{% macro day_of_week(day) -%}
    {{ return(adapter.dispatch('day_of_week', 'ledgerhouse')(day)) }}
{%- endmacro %}

{% macro default__day_of_week(day) -%}
    cast(extract(isodow from {{ day }}) as bigint)
{%- endmacro %}

{% macro bigquery__day_of_week(day) -%}
    (mod(extract(dayofweek from {{ day }}) + 5, 7) + 1)
{%- endmacro %}

{% macro month_start(day) -%}
    {{ return(adapter.dispatch('month_start', 'ledgerhouse')(day)) }}
{%- endmacro %}

{% macro default__month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{% macro bigquery__month_start(day) -%}
    date_trunc({{ day }}, month)
{%- endmacro %}
