with

source as (

    {{ raw_rows('tereina', 'companies__contacts') }}

),

renamed as (

    select
        ---------- ids
        company_reference_id,
        position,
        reference_id as contact_reference_id,

        ---------- text
        department,
        title,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
