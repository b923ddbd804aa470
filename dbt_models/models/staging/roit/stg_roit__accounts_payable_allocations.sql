with

source as (

    {{ raw_rows('roit', 'accounts_payable__cost_centers') }}

),

renamed as (

    select
        ---------- ids
        account_payable_id,
        position,
        code as cost_centre_id,

        ---------- text
        name as cost_centre_name,

        ---------- numerics
        percentage,
        value as amount,

        ---------- timestamps
        _deleted_at as deleted_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
