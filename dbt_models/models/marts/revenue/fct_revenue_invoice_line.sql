with

lines as (

    select * from {{ ref('int_revenue__lines_unioned') }}

),

final as (

    select
        invoice_line_key,
        invoice_key,
        invoice_id,
        line_number,
        line_origin,
        customer_id,
        status,
        is_credit,
        invoice_date,
        line_type,
        description,
        product_name,
        product_reference,
        quantity,
        unit_price,
        currency_code,
        amount_excluding_tax,
        amount_including_tax,
        service_start_date,
        service_end_date,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from lines

)

select * from final
