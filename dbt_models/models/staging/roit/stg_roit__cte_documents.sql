with

source as (

    {{ raw_rows('roit', 'cte__documents') }}

),

renamed as (

    select
        ---------- ids
        cte_access_key as access_key,
        position,

        ---------- text
        access_key as carried_access_key,
        model,
        description,
        series,
        number,
        cfop,
        purchase_order as purchase_order_number,

        ---------- numerics
        products_value as products_amount,
        value as amount,
        weight,

        ---------- dates
        issued_on,
        expected_delivery_date,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
