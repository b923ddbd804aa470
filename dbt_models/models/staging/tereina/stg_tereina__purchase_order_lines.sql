with

source as (

    {{ raw_rows('tereina', 'purchase_orders__lines') }}

),

renamed as (

    select
        ---------- ids
        purchase_order_reference_id,
        position,

        ---------- text
        line_number,
        description,

        ---------- numerics
        quantity,
        unit_price,
        net_amount,
        received_quantity,
        invoiced_quantity,

        ---------- dates
        delivery_date,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
