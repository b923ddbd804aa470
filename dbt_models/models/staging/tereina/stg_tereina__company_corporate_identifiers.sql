with

source as (

    {{ raw_rows('tereina', 'companies__corporate_identifiers') }}

),

renamed as (

    select
        ---------- ids
        company_reference_id,
        position,

        ---------- text
        type as identifier_type,
        value as identifier,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
