with

source as (

    {{ raw_rows('roit', 'accounts_payable__purchase_orders') }}

),

renamed as (

    select
        ---------- ids
        account_payable_id,
        position,

        ---------- text
        value as purchase_order_number,

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
