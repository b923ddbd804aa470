with

source as (

    {{ raw_rows('solvimon', 'report_definitions') }}

),

renamed as (

    select
        ---------- ids
        report_code,

        ---------- text
        category,
        name,
        description,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
