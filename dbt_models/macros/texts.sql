{#- A number of a document or a taxpayer as people compare it: letters and digits only, upper case. -#}
{% macro plain_code(expression) -%}
    nullif(upper(regexp_replace({{ expression }}, '[^0-9A-Za-z]', ''{{ regexp_all() }})), '')
{%- endmacro %}

{#- DuckDB replaces the first match unless told; BigQuery replaces all. -#}
{% macro regexp_all() -%}
    {{ return(adapter.dispatch('regexp_all', 'ledgerhouse')()) }}
{%- endmacro %}

{% macro default__regexp_all() %}{{ return(", 'g'") }}{% endmacro %}

{% macro bigquery__regexp_all() %}{{ return('') }}{% endmacro %}

{#- A text field of a free-form object. Never for money: JSON extraction loses digits. -#}
{% macro json_text(column, field) -%}
    {{ return(adapter.dispatch('json_text', 'ledgerhouse')(column, field)) }}
{%- endmacro %}

{% macro default__json_text(column, field) -%}
    json_extract_string({{ column }}, '$.{{ field }}')
{%- endmacro %}

{% macro bigquery__json_text(column, field) -%}
    json_value({{ column }}, '$.{{ field }}')
{%- endmacro %}

{#- The same of the first object of a list. -#}
{% macro json_first_text(column, field) -%}
    {{ return(adapter.dispatch('json_first_text', 'ledgerhouse')(column, field)) }}
{%- endmacro %}

{% macro default__json_first_text(column, field) -%}
    json_extract_string({{ column }}, '$[0].{{ field }}')
{%- endmacro %}

{% macro bigquery__json_first_text(column, field) -%}
    json_value({{ column }}, '$[0].{{ field }}')
{%- endmacro %}

{#- An amount as text, the same on every engine, for keys: all ten decimals. Cast by itself, 40 is `40.0000000000`
    on DuckDB and `40` on BigQuery. -#}
{% macro money_text(amount) -%}
    {{ return(adapter.dispatch('money_text', 'ledgerhouse')(amount)) }}
{%- endmacro %}

{% macro default__money_text(amount) -%}
    cast({{ money(amount) }} as varchar)
{%- endmacro %}

{% macro bigquery__money_text(amount) -%}
    format('%.10f', {{ money(amount) }})
{%- endmacro %}

{#- A timestamp as text, the same on every engine, for keys: UTC, all six decimals of a second. Cast by itself, half
    a second is `.5` on DuckDB and `.500` on BigQuery, and DuckDB writes the session's time zone. -#}
{% macro timestamp_text(timestamp) -%}
    {{ return(adapter.dispatch('timestamp_text', 'ledgerhouse')(timestamp)) }}
{%- endmacro %}

{% macro default__timestamp_text(timestamp) -%}
    strftime(timezone('UTC', {{ timestamp }}), '%Y-%m-%d %H:%M:%S.%f')
{%- endmacro %}

{% macro bigquery__timestamp_text(timestamp) -%}
    format_timestamp('%Y-%m-%d %H:%M:%E6S', {{ timestamp }}, 'UTC')
{%- endmacro %}
