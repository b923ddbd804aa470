-- C9: every money column names the column of its currency, that column is in the model, and a model that sums has it
-- in its grain. Read from the project itself, so that a new model cannot forget it.
{%- set faults = [] -%}
{%- if execute -%}
    {%- for node in graph.nodes.values() if node.resource_type == 'model' and 'marts' in node.fqn -%}
        {%- set money = node.config.meta.get('money', {}) -%}
        {%- set decimals = node.columns.values()
            | selectattr('data_type', 'in', ['decimal(38,10)', 'bignumeric(38,10)'])
            | map(attribute='name') | list -%}
        {%- for column in decimals
            if column.endswith('_amount') and column not in money -%}
            {%- do faults.append(node.name ~ '.' ~ column ~ ' names no currency') -%}
        {%- endfor -%}
        {%- for column, currency in money.items() if currency != 'reporting_currency' -%}
            {%- if currency not in node.columns -%}
                {%- do faults.append(node.name ~ '.' ~ column ~ ' has no column ' ~ currency) -%}
            {%- endif -%}
            {%- if 'tenant_id' in node.config.meta.grain and currency not in node.config.meta.grain -%}
                {%- do faults.append(node.name ~ ' sums ' ~ column ~ ' over currencies') -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endif -%}

{% for fault in faults %}
select '{{ fault }}' as fault
{{ 'union all' if not loop.last }}
{% else %}
    select 'none' as fault
    from {{ ref('dim_currency') }}
    where 1 = 0
{% endfor %}
