with

invoices as (

    select * from {{ ref('int_revenue__invoices_unioned') }}

),

api_taxes as (

    select * from {{ ref('stg_solvimon__api_invoice_taxes') }}

),

report_taxes as (

    select
        *,
        rank() over (
            partition by invoice_id
            order by _loaded_at desc, window_to desc, window_from desc
        ) as preference
    from {{ ref('stg_solvimon__invoice_taxes') }}

),

invoices_with_api_taxes as (

    select invoice_id
    from api_taxes

),

unioned as (

    select
        api_taxes.invoice_id,
        invoices.tax_country,
        api_taxes.tax_category,
        api_taxes.tax_percentage,
        api_taxes.currency_code,
        api_taxes.taxable_amount,
        api_taxes.tax_amount,
        api_taxes.tax_currency_code,
        api_taxes.tax_amount_in_tax_currency,
        api_taxes.source_relation,
        api_taxes._dlt_load_id,
        api_taxes._loaded_at
    from api_taxes
    inner join invoices on api_taxes.invoice_id = invoices.invoice_id

    union all

    select
        report_taxes.invoice_id,
        report_taxes.tax_country,
        report_taxes.tax_category,
        report_taxes.tax_percentage,
        report_taxes.currency_code,
        report_taxes.taxable_amount,
        report_taxes.tax_amount,
        report_taxes.currency_code as tax_currency_code,
        report_taxes.tax_amount as tax_amount_in_tax_currency,
        report_taxes.source_relation,
        report_taxes._dlt_load_id,
        report_taxes._loaded_at
    from report_taxes
    left join invoices_with_api_taxes on report_taxes.invoice_id = invoices_with_api_taxes.invoice_id
    where report_taxes.preference = 1 and invoices_with_api_taxes.invoice_id is null

),

-- A source may name a category and rate more than once on an invoice; the grain is the tax, so they are one row.
grouped as (

    select
        invoice_id,
        tax_country,
        tax_category,
        tax_percentage,
        currency_code,
        tax_currency_code,
        sum(taxable_amount) as taxable_amount,
        sum(tax_amount) as tax_amount,
        sum(tax_amount_in_tax_currency) as tax_amount_in_tax_currency,
        min(source_relation) as source_relation,
        max(_dlt_load_id) as _dlt_load_id,
        max(_loaded_at) as _loaded_at
    from unioned
    group by
        invoice_id,
        tax_country,
        tax_category,
        tax_percentage,
        currency_code,
        tax_currency_code

),

final as (

    select
        {{ surrogate_key([
            'invoices.invoice_key', 'grouped.tax_country', 'grouped.tax_category',
            money_text('grouped.tax_percentage'), 'grouped.currency_code', 'grouped.tax_currency_code',
        ]) }} as invoice_tax_key,
        invoices.invoice_key,
        invoices.customer_id,
        invoices.status,
        invoices.is_credit,
        invoices.invoice_date,
        invoices.tenant_id,
        grouped.invoice_id,
        grouped.tax_country,
        grouped.tax_category,
        grouped.tax_percentage,
        grouped.currency_code,
        {{ money('grouped.taxable_amount * invoices.amount_sign') }} as taxable_amount,
        {{ money('grouped.tax_amount * invoices.amount_sign') }} as tax_amount,
        grouped.tax_currency_code,
        {{ money('grouped.tax_amount_in_tax_currency * invoices.amount_sign') }} as tax_amount_in_tax_currency,
        grouped.source_relation,
        grouped._dlt_load_id,
        grouped._loaded_at
    from grouped
    inner join invoices on grouped.invoice_id = invoices.invoice_id

)

select * from final
