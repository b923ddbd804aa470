with

source as (

    {{ raw_rows('roit', 'nfse__taxes') }}

),

renamed as (

    select
        ---------- ids
        nfse_id,
        position,

        ---------- text
        tribute as tribute_code,

        ---------- numerics
        base as base_amount,
        rate as rate_percentage,
        value as amount,

        ---------- booleans
        is_withheld,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
