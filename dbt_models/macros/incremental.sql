{#- Models of which a run writes only the documents that changed: the rows of those are deleted and written again,
    in one transaction, so that a row whose key changed leaves nothing behind.

    Such a model is `materialized: incremental`, with `meta.unit` the column of the document, `meta.changes` the model
    that dates the changes (unless it is int_ap__documents_changed), `meta.always` a condition on the rows that are
    written by every run, and `post_hook: "{{ note_build() }}"`. What each such model has seen, and of which code and
    variables it is made, stands in the table incremental_builds, a row for each build; where that is not this code
    with these variables, the model is built whole. -#}

{#- The condition that a document changed since this model was built. -#}
{% macro is_changed(column='document_key', changes='int_ap__documents_changed') -%}
    {%- if not execute -%}
        {#- dbt is told of it; a unit test of the whole model need not give it -#}
        {%- do ref(changes) -%}
    {%- endif -%}
    {#- a unit test is no incremental model, and has no `this` that dbt's own macro could look for -#}
    {%- if model.config.materialized == 'incremental' and is_incremental() -%}
        {{ column }} in (select document_key from {{ ref(changes) }} where changed_at > {{ seen_until() }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{#- Up to when the model that is being built has seen changes. -#}
{% macro seen_until() -%}
    {{ cast_as("'" ~ _last_build().changed_until ~ "+00'", 'timestamp') }}
{%- endmacro %}

{#- The rows of a relation of documents with a fingerprint each, and when it last became another: now, or when an
    earlier build found so. A document that is gone keeps its row, without a fingerprint, since its rows must go. -#}
{% macro dated_changes(relation) -%}
    {%- set before = load_relation(this) if execute and flags.INTROSPECT and this else none %}
    {%- if before is none or flags.FULL_REFRESH %}
    select
        *,
        {{ cast_as('current_timestamp', 'timestamp') }} as changed_at
    from {{ relation }}
    {%- else %}
    select
        coalesce(now_told.document_key, told_before.document_key) as document_key,
        coalesce(now_told.source_name, told_before.source_name) as source_name,
        coalesce(now_told.source_document_id, told_before.source_document_id) as source_document_id,
        now_told.fingerprint,
        case
            when coalesce(now_told.fingerprint, '') = coalesce(told_before.fingerprint, '') then told_before.changed_at
            -- later than any before, whatever the clock says
            else greatest(current_timestamp, {{ next_instant('latest.changed_at') }})
        end as changed_at
    from {{ relation }} as now_told
    full outer join {{ before }} as told_before on now_told.document_key = told_before.document_key
    cross join (
        select coalesce(max(changed_at), {{ cast_as("'1970-01-01 00:00:00+00'", 'timestamp') }}) as changed_at
        from {{ before }}
    ) as latest
    {%- endif %}
{%- endmacro %}

{% macro next_instant(instant) -%}
    {{ return(adapter.dispatch('next_instant', 'ledgerhouse')(instant)) }}
{%- endmacro %}

{% macro default__next_instant(instant) -%}
    {{ instant }} + to_microseconds(1)
{%- endmacro %}

{% macro bigquery__next_instant(instant) -%}
    timestamp_add({{ instant }}, interval 1 microsecond)
{%- endmacro %}

{#- A number for the values of a row, and one for many rows, of whatever order. -#}
{% macro row_fingerprint(columns) -%}
    {{ return(adapter.dispatch('row_fingerprint', 'ledgerhouse')(columns)) }}
{%- endmacro %}

{% macro default__row_fingerprint(columns) -%}
    cast(hash({{ columns | join(', ') }}) as hugeint)
{%- endmacro %}

{% macro bigquery__row_fingerprint(columns) -%}
    farm_fingerprint(format('%T', struct({{ columns | join(', ') }})))
{%- endmacro %}

{% macro fingerprint_of_rows(column) -%}
    {{ return(adapter.dispatch('fingerprint_of_rows', 'ledgerhouse')(column)) }}
{%- endmacro %}

{% macro default__fingerprint_of_rows(column) -%}
    sum({{ column }})
{%- endmacro %}

{#- A sum would leave what an INT64 holds. -#}
{% macro bigquery__fingerprint_of_rows(column) -%}
    bit_xor({{ column }})
{%- endmacro %}

{#- How the rows of changed documents are replaced: the strategy `replace` on DuckDB, `merge` on BigQuery, where it is
    one statement. -#}
{% macro get_incremental_replace_sql(arguments) %}
    {%- set columns = get_quoted_csv(arguments.dest_columns | map(attribute='name')) %}
    delete from {{ arguments.target_relation }}
    where {{ stale_rows() }};

    insert into {{ arguments.target_relation }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}

{% macro bigquery__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates=none) %}
    {%- if model.config.meta.unit -%}
        {%- set predicates = ['(' ~ stale_rows() ~ ')'] + _months_of_stale_rows(target) -%}
        {{ get_insert_overwrite_merge_sql(target, source, dest_columns, predicates) }}
    {%- else -%}
        {{ default__get_merge_sql(target, source, unique_key, dest_columns, incremental_predicates) }}
    {%- endif -%}
{% endmacro %}

{#- The condition on the rows that a run takes away, since it writes them again. -#}
{% macro stale_rows() -%}
    {%- set meta = model.config.meta -%}
    {{ is_changed(meta.unit, changes=meta.changes or 'int_ap__documents_changed') }}
    {%- if meta.always %} or {{ meta.always }}{% endif -%}
{%- endmacro %}

{#- BigQuery reads of a partitioned table what a constant lets it: the months of the rows that go are looked up first,
    by two narrow columns. -#}
{% macro _months_of_stale_rows(target) -%}
    {%- set partition = model.config.partition_by -%}
    {%- if not partition -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set column = partition.field if partition.data_type == 'date' else 'date(' ~ partition.field ~ ')' -%}
    {%- set found = run_query(
        'select distinct date_trunc(' ~ column ~ ', month) as month_start from ' ~ target ~ ' where ' ~ stale_rows()
    ) -%}
    {%- set conditions = [partition.field ~ ' is null'] -%}
    {%- for (month_start,) in found.rows if month_start is not none -%}
        {%- set first = partition.data_type ~ " '" ~ month_start ~ "'" -%}
        {%- set beyond = "date_add(date '" ~ month_start ~ "', interval 1 month)" -%}
        {%- set beyond = beyond if partition.data_type == 'date' else 'timestamp(' ~ beyond ~ ')' -%}
        {%- do conditions.append(
            '(' ~ partition.field ~ ' >= ' ~ first ~ ' and ' ~ partition.field ~ ' < ' ~ beyond ~ ')'
        ) -%}
    {%- endfor -%}
    {{ return(['(' ~ conditions | join(' or ') ~ ')']) }}
{%- endmacro %}

{#- dbt's own word on whether a model is built whole, and ours: it is where what stands was made by other code or
    under other variables. -#}
{% macro should_full_refresh() %}
    {%- set asked = config.get('full_refresh') -%}
    {%- if asked is none -%}
        {%- set asked = flags.FULL_REFRESH -%}
    {%- endif -%}
    {%- if not asked and execute and model.config.meta.unit -%}
        {%- set asked = _last_build().settings != build_settings(model.unique_id) -%}
    {%- endif -%}
    {{ return(asked) }}
{% endmacro %}

{#- dbt on DuckDB asks for the indexes of what stood before, just before it drops that, and so begins a transaction that
    nothing ends: the table would stay, as another copy of the model. None of ours has an index. -#}
{% macro drop_indexes_on_relation(relation) %}{% endmacro %}

{#- Variables that decide what stands in the rows of these models; the clocks do not. -#}
{% macro build_variables() -%}
    {{ return(['business_timezone', 'default_tenant']) }}
{%- endmacro %}

{#- What a model is made of, in one word: its code, that of all the models and macros behind it, and the variables. -#}
{% macro build_settings(unique_id) -%}
    {%- set ids = [unique_id] -%}
    {%- set macros = [] -%}
    {%- set words = [target.type] -%}
    {#- both lists grow while they are walked -#}
    {%- for id in ids -%}
        {%- set node = graph.nodes[id] -%}
        {%- do words.append(id ~ ' ' ~ node.checksum.checksum ~ ' ' ~ (node.contract or {}).checksum) -%}
        {%- for each in node.depends_on.nodes if each in graph.nodes and each not in ids -%}
            {%- do ids.append(each) -%}
        {%- endfor -%}
        {%- for each in node.depends_on.macros if each not in macros -%}
            {%- do macros.append(each) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for each in macros if each.startswith('macro.ledgerhouse.') -%}
        {%- set found = context['ledgerhouse'][each.split('.')[2]].macro -%}
        {%- do words.append(each ~ ' ' ~ found.macro_sql) -%}
        {%- for inner in found.depends_on.macros if inner not in macros -%}
            {%- do macros.append(inner) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in build_variables() -%}
        {%- do words.append(name ~ ' ' ~ var(name)) -%}
    {%- endfor -%}
    {{ return(local_md5(words | sort | join('\n'))) }}
{%- endmacro %}

{% macro builds_relation() -%}
    {{ return(api.Relation.create(
        database=target.database,
        schema=generate_schema_name('intermediate', model) | trim,
        identifier='incremental_builds',
        type='table',
    )) }}
{%- endmacro %}

{#- The table of builds, made where it is missing. -#}
{% macro make_incremental_builds() -%}
    create table if not exists {{ builds_relation() }} (
        model_name {{ column_type('text') }},
        changed_until {{ column_type('timestamp') }},
        settings {{ column_type('text') }},
        built_at {{ column_type('timestamp') }}
    )
{%- endmacro %}

{#- What this model has seen now: all changes, but no more than the models that it is made of have. -#}
{% macro note_build() -%}
    {%- set changes = ref(model.config.meta.changes or 'int_ap__documents_changed') -%}
    {%- if execute -%}
        {%- set parents = [] -%}
        {%- for id in graph.nodes[model.unique_id].depends_on.nodes if id in graph.nodes -%}
            {%- set meta = graph.nodes[id].config.meta or {} -%}
            {%- if meta.unit and meta.changes == model.config.meta.changes -%}
                {%- do parents.append("'" ~ graph.nodes[id].name ~ "'") -%}
            {%- endif -%}
        {%- endfor -%}
        insert into {{ builds_relation() }} (model_name, changed_until, settings, built_at)
        select
            {{ cast_as("'" ~ model.name ~ "'", 'text') }} as model_name,
            coalesce(min(changed_until), {{ cast_as("'1970-01-01 00:00:00+00'", 'timestamp') }}) as changed_until,
            {{ cast_as("'" ~ build_settings(model.unique_id) ~ "'", 'text') }} as settings,
            {{ cast_as('current_timestamp', 'timestamp') }} as built_at
        from (
            select max(changed_at) as changed_until from {{ changes }}
            {%- if parents %}
            union all
            select changed_until
            from (
                select
                    changed_until,
                    row_number() over (partition by model_name order by built_at desc) as age
                from {{ builds_relation() }}
                where model_name in ({{ parents | join(', ') }})
            ) as builds
            where age = 1
            {%- endif %}
        ) as seen
    {%- endif -%}
{%- endmacro %}

{#- Up to when an incremental model has seen changes, as a relation of one row with changed_until. -#}
{% macro seen_by(model_name) -%}
    (
        select max(changed_until) as changed_until
        from {{ builds_relation() }}
        where model_name = '{{ model_name }}'
    )
{%- endmacro %}

{#- The last build of the model, as noted; without settings where there is none. Asked for once when the
    model is compiled and once when it is run. -#}
{% macro _last_build() -%}
    {%- if not model.last_build -%}
        {%- set builds = load_relation(builds_relation()) -%}
        {%- set found = [] -%}
        {%- if builds is not none -%}
            {%- set found = run_query(
                "select settings, " ~ timestamp_text('changed_until') ~ " as changed_until from " ~ builds
                ~ " where model_name = '" ~ model.name ~ "' order by built_at desc limit 1"
            ).rows -%}
        {%- endif -%}
        {%- if found | length > 0 -%}
            {%- do model.update({'last_build': {'settings': found[0][0], 'changed_until': found[0][1]}}) -%}
        {%- else -%}
            {%- do model.update({'last_build': {'settings': none, 'changed_until': '1970-01-01 00:00:00'}}) -%}
        {%- endif -%}
    {%- endif -%}
    {{ return(model.last_build) }}
{%- endmacro %}
