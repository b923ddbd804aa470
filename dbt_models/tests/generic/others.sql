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
