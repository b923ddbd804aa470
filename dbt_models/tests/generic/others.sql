{#- Money that is neither applied nor unapplied is lost. -#}
{% test applied_and_unapplied_make_the_amount(model) %}

select payment_key
from {{ model }}
where applied_amount + unapplied_amount != amount or applied_amount < 0

{% endtest %}

{#- C6: an invoice whose lines say something else, by more than a cent a line. -#}
{% test header_is_sum_of_lines(model) %}

select invoice_key, amount_including_tax, lines_including_tax
from {{ model }}
where line_count > 0 and abs(amount_including_tax - lines_including_tax) > 0.01 * line_count

{% endtest %}

{#- C6: an invoice whose taxes say something else, by more than a cent a line or tax. -#}
{% test taxes_make_the_header(model) %}

with

taxes as (

    select
        invoice_key,
        currency_code,
        sum(tax_amount) as tax_amount,
        sum(taxable_amount) as taxable_amount,
        count(*) as tax_count
    from {{ model }}
    group by invoice_key, currency_code

)

select invoices.invoice_key
from {{ ref('fct_revenue_invoice') }} as invoices
inner join taxes
    on
        invoices.invoice_key = taxes.invoice_key
        and invoices.currency_code = taxes.currency_code
where
    abs(invoices.tax_amount - taxes.tax_amount) > 0.01 * (taxes.tax_count + invoices.line_count)
    or abs(invoices.amount_excluding_tax - taxes.taxable_amount) > 0.01 * (taxes.tax_count + invoices.line_count)

{% endtest %}

{#- C6: line items that say something else than the revenue facts: a line that a join has doubled, a header that repeats
    what its lines say, or an invoice without lines that is left out. -#}
{% test line_items_make_the_revenue(model) %}

with

items as (

    select
        header_id,
        sum(total_amount) as amount_excluding_tax,
        sum(total_amount + tax_amount) as amount_including_tax
    from {{ model }}
    group by header_id

),

lines as (

    select
        invoice_id,
        sum(amount_excluding_tax) as amount_excluding_tax,
        sum(amount_including_tax) as amount_including_tax
    from {{ ref('fct_revenue_invoice_line') }}
    group by invoice_id

),

revenue as (

    select
        invoices.invoice_id,
        case when lines.invoice_id is null then invoices.amount_excluding_tax else lines.amount_excluding_tax end
            as amount_excluding_tax,
        case
            when lines.invoice_id is null then invoices.amount_excluding_tax + invoices.tax_amount
            else lines.amount_including_tax
        end as amount_including_tax
    from {{ ref('fct_revenue_invoice') }} as invoices
    left join lines on invoices.invoice_id = lines.invoice_id

)

select revenue.invoice_id
from revenue
left join items on revenue.invoice_id = items.header_id
where
    items.header_id is null
    or coalesce(revenue.amount_excluding_tax, 0) != coalesce(items.amount_excluding_tax, 0)
    or coalesce(revenue.amount_including_tax, 0) != coalesce(items.amount_including_tax, 0)

{% endtest %}
