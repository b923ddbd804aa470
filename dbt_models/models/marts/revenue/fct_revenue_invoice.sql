with

invoices as (

    select * from {{ ref('int_revenue__invoices_unioned') }}

),

lines as (

    select
        invoice_key,
        count(*) as line_count,
        sum(amount_including_tax) as lines_including_tax
    from {{ ref('int_revenue__lines_unioned') }}
    group by invoice_key

),

final as (

    select
        invoices.invoice_key,
        invoices.invoice_id,
        invoices.invoice_origin,
        invoices.invoice_number,
        case
            when customers.customer_id is not null
                then {{ surrogate_key(["'solvimon'", 'customers.customer_id']) }}
            else '-1'
        end as customer_key,
        invoices.customer_id,
        invoices.status,
        invoices.invoice_type,
        invoices.payment_status,
        invoices.is_credit,
        invoices.is_deleted_at_source,
        case
            when invoices.original_invoice_id is not null
                then {{ surrogate_key(["'solvimon'", 'invoices.original_invoice_id']) }}
        end as original_invoice_key,
        invoices.invoice_date,
        invoices.due_date,
        invoices.final_at,
        invoices.currency_code,
        {{ money('invoices.amount_excluding_tax * invoices.amount_sign') }} as amount_excluding_tax,
        {{ money('invoices.tax_amount * invoices.amount_sign') }} as tax_amount,
        {{ money('invoices.amount_including_tax * invoices.amount_sign') }} as amount_including_tax,
        {{ money('invoices.open_amount * invoices.amount_sign') }} as open_amount,
        {{ money('invoices.paid_amount * invoices.amount_sign') }} as paid_amount,
        invoices.tax_country,
        invoices.tax_currency_code,
        {{ money('invoices.tax_amount_in_tax_currency * invoices.amount_sign') }} as tax_amount_in_tax_currency,
        {{ money('invoices.used_exchange_rate') }} as used_exchange_rate,
        coalesce(lines.line_count, 0) as line_count,
        {{ money('lines.lines_including_tax') }} as lines_including_tax,
        invoices.source_relation,
        invoices.tenant_id,
        invoices._dlt_load_id,
        invoices._loaded_at
    from invoices
    left join lines on invoices.invoice_key = lines.invoice_key
    left join {{ ref('stg_solvimon__customers') }} as customers
        on invoices.customer_id = customers.customer_id

)

select * from final
