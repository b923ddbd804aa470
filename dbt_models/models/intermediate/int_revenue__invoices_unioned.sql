with

api_invoices as (

    select * from {{ ref('stg_solvimon__invoices') }}

),

-- A report is restated: of an invoice that several hold, the latest report speaks.
report_headers as (

    select
        *,
        row_number() over (
            partition by invoice_id
            order by _loaded_at desc, window_to desc, window_from desc, row_number desc
        ) as preference
    from {{ ref('stg_solvimon__invoice_headers') }}
    where invoice_id is not null

),

report_only as (

    select report_headers.*
    from report_headers
    left join api_invoices on report_headers.invoice_id = api_invoices.invoice_id
    where report_headers.preference = 1 and api_invoices.invoice_id is null

),

unioned as (

    select
        invoice_id,
        'api' as invoice_origin,
        invoice_number,
        customer_id,
        billing_entity_id,
        original_invoice_id,
        status,
        invoice_type,
        payment_status,
        coalesce(invoice_type in ('CREDIT', 'ONE_OFF_CREDIT'), false) as is_credit,
        coalesce(currency_code, billing_currency) as currency_code,
        amount_excluding_tax,
        tax_amount,
        amount_including_tax,
        open_amount,
        paid_amount,
        tax_country,
        tax_currency_code,
        amount_excluding_tax_in_tax_currency,
        tax_amount_in_tax_currency,
        used_exchange_rate,
        {{ utc_date('invoiced_at') }} as invoice_date,
        {{ utc_date('due_at') }} as due_date,
        created_at,
        final_at,
        deleted_at is not null as is_deleted_at_source,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from api_invoices

    union all

    select
        invoice_id,
        'report' as invoice_origin,
        invoice_number,
        {{ cast_as('null', 'text') }} as customer_id,
        {{ cast_as('null', 'text') }} as billing_entity_id,
        {{ cast_as('null', 'text') }} as original_invoice_id,
        invoice_status as status,
        {{ cast_as('null', 'text') }} as invoice_type,
        {{ cast_as('null', 'text') }} as payment_status,
        -- a report does not say which invoices are credits; their amounts keep the report's sign
        false as is_credit,
        currency_code,
        case
            when tax_currency_code = currency_code then amount_including_tax - tax_amount
        end as amount_excluding_tax,
        case when tax_currency_code = currency_code then tax_amount end as tax_amount,
        amount_including_tax,
        {{ cast_as('null', 'decimal') }} as open_amount,
        {{ cast_as('null', 'decimal') }} as paid_amount,
        {{ cast_as('null', 'text') }} as tax_country,
        tax_currency_code,
        {{ cast_as('null', 'decimal') }} as amount_excluding_tax_in_tax_currency,
        tax_amount as tax_amount_in_tax_currency,
        {{ cast_as('null', 'decimal') }} as used_exchange_rate,
        invoice_date,
        due_date,
        {{ cast_as('null', 'timestamp') }} as created_at,
        {{ cast_as('null', 'timestamp') }} as final_at,
        false as is_deleted_at_source,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from report_only

),

-- What is given back is negative, however its type writes it.
final as (

    select
        *,
        {{ surrogate_key(["'solvimon'", 'invoice_id']) }} as invoice_key,
        case when is_credit and amount_including_tax > 0 then -1 else 1 end as amount_sign
    from unioned

)

select * from final
