{#- What was owed at the end of a day, as it was known at a time: one row per installment whose balance is not
    zero. Nothing that is loaded later changes the answer: only ledger rows with known_at up to that time are
    summed, and due dates, suppliers and rates are those of the version known then.

    as_of and known are SQL expressions: a date and a timestamp. -#}
{% macro ap_open_items(as_of, known) %}
    select
        {{ as_of }} as as_of_date,
        balances.installment_key,
        balances.document_key,
        balances.installment_number,
        balances.currency_code,
        balances.open_amount,
        balances.known_at,
        installments.due_date,
        installments.effective_due_date,
        documents.source_name,
        documents.source_document_id,
        documents.document_number,
        documents.stage,
        documents.issue_date,
        documents.exchange_rate,
        documents.supplier_key,
        documents.company_key,
        documents.source_relation,
        documents.tenant_id,
        documents._dlt_load_id
    from (
        select
            events.installment_key,
            events.document_key,
            events.installment_number,
            events.currency_code,
            sum(events.amount) as open_amount,
            max(events.known_at) as known_at
        from {{ ref('int_ap__payable_events') }} as events
        where events.effective_date <= {{ as_of }} and events.known_at <= {{ known }}
        group by
            events.installment_key,
            events.document_key,
            events.installment_number,
            events.currency_code
        having sum(events.amount) != 0
    ) as balances
    inner join ({{ documents_known(known) }}) as documents on balances.document_key = documents.document_key
    left join {{ ref('int_ap__installments_exploded') }} as installments
        on
            documents.version_id = installments.version_id
            and balances.installment_key = installments.installment_key
{% endmacro %}
