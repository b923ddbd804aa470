with

invoices as (

    select
        *,
        amount_excluding_tax * amount_sign as signed_amount_excluding_tax,
        tax_amount * amount_sign as signed_tax_amount
    from {{ ref('int_revenue__invoices_unioned') }}

),

lines as (

    select * from {{ ref('int_revenue__lines_unioned') }}

),

invoices_with_lines as (

    select distinct invoice_key
    from lines

),

api_lines as (

    select * from {{ ref('stg_solvimon__api_invoice_lines') }}

),

products as (

    select * from {{ ref('stg_solvimon__products') }}

),

-- A reference names one product, or none that can be told.
products_by_reference as (

    select
        product_reference,
        min(product_id) as product_id
    from products
    group by product_reference
    having count(*) = 1

),

-- Of several payments of an invoice the last that went through: the schema has room for one.
payments as (

    select *
    from (
        select
            *,
            row_number() over (partition by invoice_id order by paid_at desc, payment_id asc) as preference
        from {{ ref('stg_solvimon__payments') }}
        where result = 'AUTHORIZED'
    ) as authorized
    where preference = 1

),

refunds as (

    select
        invoice_id,
        currency_code,
        sum(amount) as refund_amount
    from {{ ref('stg_solvimon__payments') }}
    where result in ('REFUNDED', 'CHARGED_BACK')
    group by invoice_id, currency_code

),

line_items as (

    select
        lines.source_relation,
        lines.invoice_key,
        coalesce(api_lines.line_id, lines.invoice_line_key) as line_item_id,
        lines.line_number as line_item_index,
        'line_item' as record_type,
        lines.currency_code as currency,
        coalesce(products.product_id, api_lines.product_id) as product_id,
        coalesce(products.product_name, lines.product_name) as product_name,
        products.product_type,
        case
            when lines.is_credit then 'credit'
            when api_lines.discount_type is not null and lines.amount_excluding_tax < 0 then 'discount'
            else 'charge'
        end as transaction_type,
        lines.quantity,
        lines.unit_price as unit_amount,
        case
            when api_lines.discount_type is not null and lines.amount_excluding_tax < 0 and not lines.is_credit
                then -lines.amount_excluding_tax
        end as discount_amount,
        lines.amount_including_tax - lines.amount_excluding_tax as tax_amount,
        lines.amount_excluding_tax as total_amount,
        {{ cast_as('null', 'decimal') }} as refund_amount,
        invoice_groups.pricing_plan_subscription_id as subscription_id,
        coalesce(
            invoice_groups.started_at, {{ cast_as('lines.service_start_date', 'timestamp') }}
        ) as subscription_period_started_at,
        coalesce(
            invoice_groups.ended_at, {{ cast_as('lines.service_end_date', 'timestamp') }}
        ) as subscription_period_ended_at
    from lines
    left join api_lines
        on
            lines.invoice_id = api_lines.invoice_id
            and lines.line_number = api_lines.position + 1
            and lines.line_origin = 'api'
    left join {{ ref('stg_solvimon__invoice_groups') }} as invoice_groups
        on
            api_lines.invoice_id = invoice_groups.invoice_id
            and api_lines.period_position = invoice_groups.period_position
            and api_lines.group_position = invoice_groups.position
    left join products_by_reference on lines.product_reference = products_by_reference.product_reference
    left join products
        on coalesce(api_lines.product_id, products_by_reference.product_id) = products.product_id

),

-- What belongs to the whole invoice stands once, and not on every line; the amounts too where no line has any.
headers as (

    select
        invoices.source_relation,
        invoices.invoice_key,
        {{ cast_as('null', 'text') }} as line_item_id,
        {{ cast_as('0', 'bigint') }} as line_item_index,
        'header' as record_type,
        invoices.currency_code as currency,
        {{ cast_as('null', 'text') }} as product_id,
        {{ cast_as('null', 'text') }} as product_name,
        {{ cast_as('null', 'text') }} as product_type,
        case
            when invoices_with_lines.invoice_key is not null then null
            when invoices.is_credit then 'credit'
            else 'charge'
        end as transaction_type,
        {{ cast_as('null', 'decimal') }} as quantity,
        {{ cast_as('null', 'decimal') }} as unit_amount,
        {{ cast_as('null', 'decimal') }} as discount_amount,
        case when invoices_with_lines.invoice_key is null then invoices.signed_tax_amount end as tax_amount,
        case
            when invoices_with_lines.invoice_key is null then invoices.signed_amount_excluding_tax
        end as total_amount,
        refunds.refund_amount,
        {{ cast_as('null', 'text') }} as subscription_id,
        {{ cast_as('null', 'timestamp') }} as subscription_period_started_at,
        {{ cast_as('null', 'timestamp') }} as subscription_period_ended_at
    from invoices
    left join invoices_with_lines on invoices.invoice_key = invoices_with_lines.invoice_key
    left join refunds
        on
            invoices.invoice_id = refunds.invoice_id
            and invoices.currency_code = refunds.currency_code

),

records as (

    select * from line_items
    union all
    select * from headers

),

final as (

    select
        records.source_relation,
        invoices.invoice_id as header_id,
        records.line_item_id,
        records.line_item_index,
        records.record_type,
        invoices.created_at,
        invoices.status as header_status,
        invoices.invoice_type as billing_type,
        records.currency,
        records.product_id,
        records.product_name,
        records.product_type,
        records.transaction_type,
        {{ money('records.quantity') }} as quantity,
        {{ money('records.unit_amount') }} as unit_amount,
        {{ money('records.discount_amount') }} as discount_amount,
        {{ money('records.tax_amount') }} as tax_amount,
        {{ money('records.total_amount') }} as total_amount,
        payments.payment_id,
        payments.payment_method,
        payments.payment_method_id,
        payments.paid_at as payment_at,
        {{ cast_as('null', 'decimal') }} as fee_amount,
        {{ money('records.refund_amount') }} as refund_amount,
        records.subscription_id,
        subscriptions.pricing_plan_id as subscription_plan,
        records.subscription_period_started_at,
        records.subscription_period_ended_at,
        subscriptions.status as subscription_status,
        invoices.customer_id,
        customers.created_at as customer_created_at,
        case customers.customer_type when 'ORGANIZATION' then 'account' when 'INDIVIDUAL' then 'customer' end
            as customer_level,
        {{ cast_as('null', 'text') }} as customer_name,
        customers.legal_name as customer_company,
        customers.email as customer_email,
        customers.city as customer_city,
        customers.country_code as customer_country
    from records
    inner join invoices on records.invoice_key = invoices.invoice_key
    left join payments on invoices.invoice_id = payments.invoice_id
    left join {{ ref('stg_solvimon__customers') }} as customers on invoices.customer_id = customers.customer_id
    left join {{ ref('stg_solvimon__pricing_plan_subscriptions') }} as subscriptions
        on records.subscription_id = subscriptions.pricing_plan_subscription_id

)

select * from final
