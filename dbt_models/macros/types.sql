{#- One name for each type, whatever the engine. Never float, and never a bare numeric, which is (18,3) on
    DuckDB and (38,9) on BigQuery. -#}

{% macro money_type() -%}
    {{ return(adapter.dispatch('money_type', 'ledgerhouse')()) }}
{%- endmacro %}

{% macro default__money_type() %}{{ return('decimal(38,10)') }}{% endmacro %}

{% macro bigquery__money_type() %}{{ return('bignumeric(38,10)') }}{% endmacro %}

{% macro column_type(name) -%}
    {{ return(adapter.dispatch('column_type', 'ledgerhouse')(name)) }}
{%- endmacro %}

{% macro default__column_type(name) %}
    {%- set types = {
        'text': 'varchar', 'decimal': money_type(), 'bigint': 'bigint', 'bool': 'boolean', 'date': 'date',
        'timestamp': 'timestamp with time zone', 'json': 'json',
    } -%}
    {{ return(types[name]) }}
{% endmacro %}

{#- JSON is text on BigQuery: its JSON type holds numbers as floats. -#}
{% macro bigquery__column_type(name) %}
    {%- set types = {
        'text': 'string', 'decimal': money_type(), 'bigint': 'int64', 'bool': 'bool', 'date': 'date',
        'timestamp': 'timestamp', 'json': 'string',
    } -%}
    {{ return(types[name]) }}
{% endmacro %}

{% macro cast_as(expression, name) -%}
    cast({{ expression }} as {{ column_type(name) }})
{%- endmacro %}
