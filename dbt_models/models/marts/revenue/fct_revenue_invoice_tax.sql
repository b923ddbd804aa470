with

taxes as (

    select * from {{ ref('int_revenue__taxes_unioned') }}

),

final as (

    select
        invoice_tax_key,
        invoice_key,
        invoice_id,
        customer_id,
        status,
        is_credit,
        invoice_date,
        tax_country,
        tax_category,
        tax_percentage,
        currency_code,
        taxable_amount,
        tax_amount,
        tax_currency_code,
        tax_amount_in_tax_currency,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from taxes

)

select * from final
