{#- A supplier is its tax id, whichever system names it; without one, the system's own reference; without that,
    the unknown member '-1', so that no row is lost in a join. -#}
{% macro supplier_key(alias) -%}
    case
        when {{ alias }}.supplier_tax_id is not null
            then {{ surrogate_key(["'tax_id'", alias ~ '.supplier_tax_id']) }}
        when {{ alias }}.supplier_reference_id is not null
            then {{ surrogate_key(["'tereina'", alias ~ '.supplier_reference_id']) }}
        else '-1'
    end
{%- endmacro %}

{#- The company that owes: by its tax id, else by its company code. -#}
{% macro company_key(alias) -%}
    case
        when {{ alias }}.company_tax_id is not null
            then {{ surrogate_key(["'tax_id'", alias ~ '.company_tax_id']) }}
        when {{ alias }}.company_code_reference_id is not null
            then {{ surrogate_key(["'tereina'", alias ~ '.company_code_reference_id']) }}
        else '-1'
    end
{%- endmacro %}
