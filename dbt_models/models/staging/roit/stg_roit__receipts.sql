with

source as (

    {{ raw_rows('roit', 'accounts_payable__receipts') }}

),

renamed as (

    select
        ---------- ids
        account_payable_id,
        position,
        id as receipt_id,

        ---------- text
        authentication,
        file_name,

        ---------- numerics
        value as amount,

        ---------- timestamps
        paid_at,
        _deleted_at as deleted_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
