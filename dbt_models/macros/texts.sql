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
