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
