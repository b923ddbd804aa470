with

source as (

    {{ raw_rows('roit', 'accounts_payable__tributes__history') }}

),

renamed as (

    select
        ---------- ids
        _version as version_id,
        account_payable_id,
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
        _loaded_at as known_at
    from source

)

select * from renamed
