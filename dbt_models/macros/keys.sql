{#- A key made of several columns: the MD5 of their texts, in hex. Null and the empty text are different. -#}
{% macro surrogate_key(columns) -%}
    {{ return(adapter.dispatch('surrogate_key', 'ledgerhouse')(columns)) }}
{%- endmacro %}

{% macro default__surrogate_key(columns) -%}
    md5({{ _key_text(columns) }})
{%- endmacro %}

{% macro bigquery__surrogate_key(columns) -%}
    to_hex(md5({{ _key_text(columns) }}))
{%- endmacro %}

{% macro _key_text(columns) -%}
    {%- for column in columns -%}
        coalesce({{ cast_as(column, 'text') }}, '_null_'){{ " || '|' || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
