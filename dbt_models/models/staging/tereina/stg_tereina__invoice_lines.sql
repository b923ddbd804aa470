with

source as (

    {{ raw_rows('tereina', 'invoices__lines') }}

),

renamed as (

    select
        ---------- ids
        invoice_reference_id,
        position,
        cost_center as cost_centre_id,

        ---------- text
        line_number,
        purchase_order_line,
        description,
        tax_code,
        gl_account,

        ---------- numerics
        quantity,
        unit_price,
        net_amount,
        tax_amount,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
