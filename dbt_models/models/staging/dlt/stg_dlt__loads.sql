{%- set source_names = ['roit', 'tereina', 'solvimon'] -%}

with

source as (

    {% for source_name in source_names -%}
    select
        '{{ source_name }}' as source_name,
        loads.load_id,
        loads.schema_name,
        loads.status,
        loads.inserted_at
    from ({{ load_rows(source_name) }}) as loads
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

committed as (

    select
        ---------- ids
        load_id,

        ---------- text
        source_name,
        schema_name,

        ---------- timestamps
        inserted_at as committed_at
    from source
    where status = 0

)

select * from committed
