with

source as (

    {{ raw_rows('solvimon', 'invoices__lines') }}

),

renamed as (

    select
        ---------- ids
        invoice_id,
        position,
        id as line_id,
        pricing_item_id,
        {{ json_first_text('product_items', 'product_id') }} as product_id,

        ---------- text
        description,
        type as line_type,
        pricing_type,
        discount_type,
        amount_excluding_tax__currency as currency_code,

        ---------- numerics
        amount_excluding_tax__quantity as amount_excluding_tax,
        amount_including_tax__quantity as amount_including_tax,
        meter_value__number as metered_quantity,
        line_order,
        period_position,
        group_position,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
