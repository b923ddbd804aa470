with

source as (

    {{ raw_rows('solvimon', 'report_invoice_tax') }}

),

renamed as (

    select
        ---------- ids
        invoice_id,
        window_from,
        row_number,

        ---------- text
        invoice_number,
        tax_country,
        tax_category,
        tax_currency as currency_code,

        ---------- numerics
        tax_rate as tax_percentage,
        taxable_quantity as taxable_amount,
        tax_quantity as tax_amount,

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
