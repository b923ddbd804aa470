{{ config(enabled=var('using_discount_terms')) }}

with

installments as (

    select
        installments.*,
        parts.discount_amount,
        documents.supplier_tax_id,
        documents.payment_term_reference_id,
        coalesce(documents.baseline_date, documents.issue_date) as baseline_date
    from {{ ref('fct_payable_installment') }} as installments
    inner join {{ ref('int_ap__installments_exploded') }} as parts
        on
            installments.installment_key = parts.installment_key
            and parts.is_current
    inner join {{ ref('int_ap__documents_unioned') }} as documents
        on
            installments.document_key = documents.document_key
            and documents.is_survivor
    -- nothing to save on a credit, or on what was cancelled
    where installments.payable_amount > 0 and (installments.is_paid or installments.open_amount > 0)

),

terms as (

    select
        discount_term,
        {{ plain_code('supplier_tax_id') }} as supplier_tax_id,
        payment_term_reference_id,
        valid_from,
        discount_days,
        discount_percentage
    from {{ ref('seed_discount_terms') }}

),

-- The term that says most of the document, and of those the newest.
offers as (

    select
        installments.*,
        terms.discount_term,
        terms.discount_days,
        terms.discount_percentage,
        row_number() over (
            partition by installments.installment_key
            order by
                case when terms.supplier_tax_id is not null then 0 else 1 end,
                case when terms.payment_term_reference_id is not null then 0 else 1 end,
                terms.valid_from desc,
                terms.discount_term asc
        ) as preference
    from installments
    inner join terms
        on
            installments.issue_date >= terms.valid_from
            and coalesce(terms.supplier_tax_id, terms.payment_term_reference_id) is not null
            and coalesce(installments.supplier_tax_id = terms.supplier_tax_id, terms.supplier_tax_id is null)
            and coalesce(
                installments.payment_term_reference_id = terms.payment_term_reference_id,
                terms.payment_term_reference_id is null
            )

),

dated as (

    select
        offers.*,
        coalesce(days.payment_day, offers.last_day) as expiry_date,
        -- of the amount before the discount, if the supplier has granted one
        round(
            {{ money_multiply(
                'offers.payable_amount + offers.discount_amount', 'offers.discount_percentage * 0.01',
            ) }}, 2
        ) as available_amount
    from (
        select
            *,
            {{ add_days('baseline_date', 'discount_days') }} as last_day
        from offers
        where preference = 1
    ) as offers
    left join {{ ref('int_calendar__days') }} as days on offers.last_day = days.date_day

),

taken as (

    select
        *,
        case when is_paid then least(available_amount, discount_amount) else 0 end as captured_amount,
        not is_paid and expiry_date >= {{ as_of_date() }} as is_open
    from dated

),

final as (

    select
        installment_key,
        document_key,
        supplier_key,
        company_key,
        discount_term,
        issue_date,
        expiry_date,
        effective_due_date,
        case when is_paid then last_paid_date end as settled_date,
        currency_code,
        {{ money('payable_amount') }} as payable_amount,
        {{ money('available_amount') }} as available_amount,
        {{ money('captured_amount') }} as captured_amount,
        {{ money('case when is_open then 0 else available_amount - captured_amount end') }} as missed_amount,
        {{ money('case when is_open then available_amount else 0 end') }} as open_amount,
        case
            when effective_due_date > expiry_date then {{ money_multiply(
                money_divide('discount_percentage', '100 - discount_percentage'),
                money_divide(money('365'), money(days_between('expiry_date', 'effective_due_date'))),
            ) }}
        end as apr,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from taken

)

select * from final
