with

source as (

    {{ raw_rows('solvimon', 'report_invoice_header') }}

),

renamed as (

    select
        ---------- ids
        invoice_id,
        sold_from_tax_id,
        window_from,
        row_number,

        ---------- text
        invoice_number,
        invoice_status,
        status as report_status,
        sold_from_entity,
        sold_from_country,
        sold_to_entity,
        sold_to_country,
        invoice_currency as currency_code,
        tax_currency as tax_currency_code,

        ---------- numerics
        invoice_quantity as amount_including_tax,
        tax_quantity as tax_amount,

        ---------- dates
        invoice_date,
        due_date,

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
