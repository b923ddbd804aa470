with

source as (

    {{ raw_rows('solvimon', 'report_definitions__columns') }}

),

renamed as (

    select
        ---------- ids
        report_definition_report_code as report_code,
        position,

        ---------- text
        name as column_name,

        ---------- numerics
        source.order as column_order,

        ---------- booleans
        source.default as is_default,
        optional as is_optional,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
