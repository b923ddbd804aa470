with

source as (

    {{ raw_rows('roit', 'documents__tributes') }}

),

renamed as (

    select
        ---------- ids
        document_id,
        position,

        ---------- text
        tribute as tribute_code,

        ---------- numerics
        base as base_amount,
        rate as rate_percentage,
        value as amount,

        ---------- booleans
        withheld as is_withheld,

        ---------- dates
        due_date as collection_due_date,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
