with

invoices as (

    select * from {{ ref('int_revenue__invoices_unioned') }}

),

api_lines as (

    select * from {{ ref('stg_solvimon__api_invoice_lines') }}

),

report_lines as (

    select
        *,
        rank() over (
            partition by invoice_id
            order by _loaded_at desc, window_to desc, window_from desc
        ) as preference
    from {{ ref('stg_solvimon__invoice_lines') }}

),

invoices_with_api_lines as (

    select invoice_id
    from api_lines

),

unioned as (

    select
        invoice_id,
        'api' as line_origin,
        position + 1 as line_number,
        description,
        {{ cast_as('null', 'text') }} as product_name,
        {{ cast_as('null', 'text') }} as product_reference,
        line_type,
        currency_code,
        metered_quantity as quantity,
        {{ cast_as('null', 'decimal') }} as unit_price,
        amount_excluding_tax,
        amount_including_tax,
        {{ cast_as('null', 'date') }} as service_start_date,
        {{ cast_as('null', 'date') }} as service_end_date,
        source_relation,
        _dlt_load_id,
        _loaded_at
    from api_lines

    union all

    select
        report_lines.invoice_id,
        'report' as line_origin,
        row_number() over (
            partition by report_lines.invoice_id
            order by report_lines.row_number
        ) as line_number,
        report_lines.description,
        report_lines.product_name,
        report_lines.product_reference,
        {{ cast_as('null', 'text') }} as line_type,
        report_lines.currency_code,
        report_lines.quantity,
        report_lines.unit_price,
        report_lines.amount_excluding_tax,
        report_lines.amount_including_tax,
        report_lines.service_start_date,
        report_lines.service_end_date,
        report_lines.source_relation,
        report_lines._dlt_load_id,
        report_lines._loaded_at
    from report_lines
    left join invoices_with_api_lines on report_lines.invoice_id = invoices_with_api_lines.invoice_id
    where report_lines.preference = 1 and invoices_with_api_lines.invoice_id is null

),

final as (

    select
        {{ surrogate_key(['invoices.invoice_key', 'unioned.line_number']) }} as invoice_line_key,
        invoices.invoice_key,
        invoices.customer_id,
        invoices.status,
        invoices.is_credit,
        invoices.invoice_date,
        invoices.tenant_id,
        unioned.invoice_id,
        unioned.line_origin,
        {{ cast_as('unioned.line_number', 'bigint') }} as line_number,
        unioned.description,
        unioned.product_name,
        unioned.product_reference,
        unioned.line_type,
        coalesce(unioned.currency_code, invoices.currency_code) as currency_code,
        unioned.quantity,
        unioned.unit_price,
        {{ money('unioned.amount_excluding_tax * invoices.amount_sign') }} as amount_excluding_tax,
        {{ money('unioned.amount_including_tax * invoices.amount_sign') }} as amount_including_tax,
        unioned.service_start_date,
        unioned.service_end_date,
        unioned.source_relation,
        unioned._dlt_load_id,
        unioned._loaded_at
    from unioned
    inner join invoices on unioned.invoice_id = invoices.invoice_id

)

select * from final
