{#- Staging of the tables that every source has alike. -#}

{% macro controls_of(source_name) %}
with

source as (

    {{ noted_rows(source_name, '_controls') }}

),

renamed as (

    select
        ---------- text
        table_name,
        currency as currency_code,
        status,

        ---------- numerics
        source_rows,
        warehouse_rows,
        rejected_rows,
        source_sum as source_amount,
        warehouse_sum as warehouse_amount,

        ---------- timestamps
        window_from,
        window_to,
        checked_at,

        ---------- lineage
        source_relation
    from source

)

select * from renamed
{% endmacro %}

{% macro rejects_of(source_name) %}
with

source as (

    {{ raw_rows(source_name, '_rejects') }}

),

renamed as (

    select
        ---------- ids
        reject_id,
        key as record_key,

        ---------- text
        table_name,
        field as field_name,
        reason,

        ---------- timestamps
        rejected_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
{% endmacro %}
