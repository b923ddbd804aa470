with

source as (

    {{ raw_rows('solvimon', 'invoices') }}

),

renamed as (

    select
        ---------- ids
        id as invoice_id,
        customer_id,
        billing_entity_id,
        credit__original_invoice_id as original_invoice_id,

        ---------- text
        invoice_number,
        purchase_order_number,
        customer_reference,
        status,
        type as invoice_type,
        payment_status,
        approval_status,
        billing_currency,
        invoice_amount_including_tax__currency as currency_code,
        tax_summary__country_code as tax_country,
        tax_summary__local_amounts__tax_amount__currency as tax_currency_code,
        credit__note as credit_note,

        ---------- numerics
        invoice_amount_including_tax__quantity as amount_including_tax,
        open_invoice_amount__quantity as open_amount,
        paid_invoice_amount__quantity as paid_amount,
        tax_summary__base_amount__quantity as amount_excluding_tax,
        tax_summary__tax_amount__quantity as tax_amount,
        tax_summary__local_amounts__base_amount__quantity as amount_excluding_tax_in_tax_currency,
        tax_summary__local_amounts__tax_amount__quantity as tax_amount_in_tax_currency,
        tax_summary__local_amounts__used_exchange_rate__rate as used_exchange_rate,

        ---------- booleans
        on_hold as is_on_hold,
        paid as is_paid,

        ---------- timestamps
        created_at,
        updated_at,
        invoice_date as invoiced_at,
        due_date as due_at,
        updated_to_final_at as final_at,
        _deleted_at as deleted_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
