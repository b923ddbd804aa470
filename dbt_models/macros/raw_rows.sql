{#- All rows of a raw table that a committed load brought, with every column that the models name.

    A column that the warehouse does not have is null, a table that it does not have is empty: a source may be
    switched off, and an API may not send a field. The columns come from the source files, which are written
    from the models of the extraction. Added to each row: source_relation, tenant_id, _loaded_at.

    With committed_only=false the rows of a load under way are there too, _loaded_at null. -#}
{% macro raw_rows(source_name, table_name, committed_only=true) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- set loads = source(source_name, '_dlt_loads') -%}
    {%- if execute -%}
        {%- set declared = graph.sources['source.ledgerhouse.' ~ source_name ~ '.' ~ table_name] -%}
        {%- set present = _present_columns(relation, declared) if _exists(loads) else [] -%}
        {%- if present -%}
            {{- _present_rows(source_name, table_name, relation, loads, declared, present, committed_only) -}}
        {%- else -%}
            {{- _absent_rows(declared) -}}
        {%- endif -%}
    {%- else -%}
        select * from {{ relation }}
    {%- endif -%}
{%- endmacro %}

{#- The loads of a source, without a filter; empty when the source never loaded. -#}
{% macro load_rows(source_name) -%}
    {%- set loads = source(source_name, '_dlt_loads') -%}
    {%- if execute -%}
        {%- set declared = graph.sources['source.ledgerhouse.' ~ source_name ~ '._dlt_loads'] -%}
        {%- if _exists(loads) -%}
            select {{ declared.columns.keys() | join(', ') }} from {{ loads }}
        {%- else -%}
            select
                {%- for column in declared.columns.values() %}
                {{ cast_as('null', column.data_type) }} as {{ column.name }}{{ ',' if not loop.last }}
                {%- endfor %}
            from (select 1 as nothing) as nowhere
            where 1 = 0
        {%- endif -%}
    {%- else -%}
        select * from {{ loads }}
    {%- endif -%}
{%- endmacro %}

{#- The rows of a table that is written beside the loads and belongs to none (_controls, _confirmations), with every
    column that the models name and source_relation; empty where there is no such table. -#}
{% macro noted_rows(source_name, table_name) -%}
    {%- set relation = source(source_name, table_name) -%}
    {%- if execute -%}
        {%- set declared = graph.sources['source.ledgerhouse.' ~ source_name ~ '.' ~ table_name] -%}
        {%- set present = _present_columns(relation, declared) -%}
        select
            {%- for column in declared.columns.values() %}
            {{ cast_as(adapter.quote(column.name) if column.name in present else 'null', column.data_type) }}
                as {{ adapter.quote(column.name) }},
            {%- endfor %}
            {{ cast_as("'" ~ source_name ~ '.' ~ table_name ~ "'", 'text') }} as source_relation
        {%- if present %}
        from {{ relation }}
        {%- else %}
        from (select 1 as nothing) as nowhere
        where 1 = 0
        {%- endif %}
    {%- else -%}
        select * from {{ relation }}
    {%- endif -%}
{%- endmacro %}

{% macro _present_rows(source_name, table_name, relation, loads, declared, present, committed_only) %}
    {%- set meta = declared.config.meta -%}
    {%- set parent = _parent_relation(source_name, meta) -%}
    select
        {%- for column in declared.columns.values() %}
        {%- set value = 'raw_table.' ~ adapter.quote(column.name) if column.name in present else 'null' %}
        {{ cast_as(value, column.data_type) }} as {{ adapter.quote(column.name) }},
        {%- endfor %}
        '{{ source_name }}.{{ table_name }}' as source_relation,
        {{ _tenant(meta, present, parent) }} as tenant_id,
        {{ cast_as('loads.inserted_at', 'timestamp') }} as _loaded_at
    from {{ _readable(source_name, table_name, present) }} as raw_table
    {{ 'inner' if committed_only else 'left' }} join {{ loads }} as loads
        on raw_table._dlt_load_id = loads.load_id and loads.status = 0
    {%- if parent is not none %}
    left join {{ _readable(source_name, meta.parent) }} as parent_table
        on {% for child_key, parent_key in meta.parent_key -%}
        {{ 'and ' if not loop.first }}raw_table.{{ child_key }} = parent_table.{{ parent_key }}{{ ' ' if not loop.last }}
        {%- endfor %}
    {%- endif %}
{%- endmacro %}

{#- A raw table, or its rows where BigQuery is told to refuse it without a condition on its date. A table that an earlier
    release made may have no such date, and then needs none. -#}
{% macro _readable(source_name, table_name, present=none) %}
    {%- set relation = source(source_name, table_name) -%}
    {%- set meta = graph.sources['source.ledgerhouse.' ~ source_name ~ '.' ~ table_name].config.meta -%}
    {%- set required = env_var('LEDGERHOUSE_BIGQUERY_REQUIRE_PARTITION_FILTER', 'false') == 'true' -%}
    {%- set is_dated = meta.partition and (present is none or meta.partition.name in present) -%}
    {%- if target.type == 'bigquery' and required and is_dated -%}
        {%- set column = adapter.quote(meta.partition.name) -%}
        {%- set least = "'0001-01-01'" if meta.partition.type == 'date' else "'0001-01-01 00:00:00+00'" -%}
        (select * from {{ relation }} where {{ column }} >= {{ meta.partition.type }} {{ least }} or {{ column }} is null)
    {%- else -%}
        {{ relation }}
    {%- endif -%}
{% endmacro %}

{% macro _absent_rows(declared) %}
    select
        {%- for column in declared.columns.values() %}
        {{ cast_as('null', column.data_type) }} as {{ adapter.quote(column.name) }},
        {%- endfor %}
        {{ cast_as('null', 'text') }} as source_relation,
        {{ cast_as('null', 'text') }} as tenant_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at
    from (select 1 as nothing) as nowhere
    where 1 = 0
{%- endmacro %}

{#- The table that holds the tenant of a child's rows, when there is one and the warehouse has it. -#}
{% macro _parent_relation(source_name, meta) %}
    {%- if meta.parent -%}
        {%- set declared = graph.sources['source.ledgerhouse.' ~ source_name ~ '.' ~ meta.parent] -%}
        {%- set tenant = declared.config.meta.tenant -%}
        {%- set relation = source(source_name, meta.parent) -%}
        {%- if tenant and tenant in _present_columns(relation, declared) -%}
            {{ return(relation) }}
        {%- endif -%}
    {%- endif -%}
    {{ return(none) }}
{% endmacro %}

{% macro _tenant(meta, present, parent) %}
    {%- set default = "'" ~ var('default_tenant') ~ "'" -%}
    {%- if meta.tenant and meta.tenant in present -%}
        {{ return('coalesce(raw_table.' ~ meta.tenant ~ ', ' ~ default ~ ')') }}
    {%- elif parent is not none -%}
        {%- set parent_meta = _declared_meta(meta.parent, parent.schema) -%}
        {{ return('coalesce(parent_table.' ~ parent_meta.tenant ~ ', ' ~ default ~ ')') }}
    {%- endif -%}
    {{ return(default) }}
{% endmacro %}

{% macro _declared_meta(table_name, schema_name) %}
    {%- for node in graph.sources.values() if node.name == table_name and node.schema == schema_name -%}
        {{ return(node.config.meta) }}
    {%- endfor -%}
{% endmacro %}

{#- Without a connection (dbt compile --no-introspect) everything is taken to be there. -#}
{% macro _exists(relation) %}
    {{ return(not flags.INTROSPECT or load_relation(relation) is not none) }}
{% endmacro %}

{% macro _present_columns(relation, declared) %}
    {%- if not flags.INTROSPECT -%}
        {{ return(declared.columns.keys() | list) }}
    {%- endif -%}
    {%- set found = load_relation(relation) -%}
    {%- if found is none -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(adapter.get_columns_in_relation(found) | map(attribute='name') | map('lower') | list) }}
{% endmacro %}
