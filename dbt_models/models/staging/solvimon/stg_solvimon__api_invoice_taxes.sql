with

source as (

    {{ raw_rows('solvimon', 'invoices__tax_categories') }}

),

renamed as (

    select
        ---------- ids
        invoice_id,
        position,

        ---------- text
        name as tax_name,
        category as tax_category,
        base_amount__currency as currency_code,
        local_amounts__tax_amount__currency as tax_currency_code,

        ---------- numerics
        percentage as tax_percentage,
        base_amount__quantity as taxable_amount,
        tax_amount__quantity as tax_amount,
        total_amount__quantity as total_amount,
        local_amounts__tax_amount__quantity as tax_amount_in_tax_currency,
        local_amounts__used_exchange_rate__rate as used_exchange_rate,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
