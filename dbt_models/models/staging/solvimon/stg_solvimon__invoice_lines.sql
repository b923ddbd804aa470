with

source as (

    {{ raw_rows('solvimon', 'report_invoice_line') }}

),

renamed as (

    select
        ---------- ids
        invoice_id,
        window_from,
        row_number,

        ---------- text
        invoice_number,
        line_number,
        product as product_name,
        product_reference,
        description,
        currency as currency_code,

        ---------- numerics
        quantity,
        unit_price,
        amount_excluding_tax,
        tax_rate as tax_percentage,
        amount_including_tax,

        ---------- dates
        service_start_date,
        service_end_date,

        ---------- timestamps
        window_to,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
