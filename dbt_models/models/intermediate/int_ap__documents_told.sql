-- The words of the sources about each document: which versions there are, and what else of theirs its rows show.
with

companies as (

    select
        companies.company_reference_id,
        {{ row_fingerprint(['companies.name', 'tax_ids.tax_id']) }} as word
    from {{ ref('stg_tereina__companies') }} as companies
    left join {{ ref('int_parties__company_tax_ids') }} as tax_ids
        on companies.company_reference_id = tax_ids.company_reference_id

    union all

    select
        company_reference_id,
        {{ row_fingerprint(['position', 'payment_term_reference_id', 'is_asap']) }} as word
    from {{ ref('stg_tereina__company_relations') }}

    union all

    select
        company_reference_id,
        {{ row_fingerprint([
            'relation_position', 'position', 'installment_number', 'percentage', 'due_days', 'months_shift',
            'fixed_day_of_month',
        ]) }} as word
    from {{ ref('stg_tereina__payment_terms') }}

),

company_words as (

    select
        company_reference_id,
        {{ fingerprint_of_rows('word') }} as word
    from companies
    group by company_reference_id

),

code_words as (

    select
        company_codes.company_code_reference_id,
        {{ row_fingerprint(['company_codes.name', 'company_words.word']) }} as word
    from {{ ref('stg_tereina__company_codes') }} as company_codes
    left join company_words on company_codes.company_reference_id = company_words.company_reference_id

),

-- What every document is read with: another status map or calendar is another word about each of them.
common_words as (

    select {{ row_fingerprint(['source_name', 'entity', 'source_status', 'stage']) }} as word
    from {{ ref('seed_payment_status_map') }}

    union all

    select {{ row_fingerprint(['date_day', 'payment_day']) }} as word
    from {{ ref('int_calendar__days') }}

),

common_word as (

    select {{ fingerprint_of_rows('word') }} as word
    from common_words

),

words as (

    select
        'roit' as source_name,
        account_payable_id as source_document_id,
        {{ row_fingerprint(['version_id', 'known_at', 'tenant_id', '_dlt_load_id']) }} as word
    from {{ ref('stg_roit__accounts_payable_versions') }}

    union all

    {% for child in ['accounts_payable_installment', 'accounts_payable_tax', 'receipt'] %}
        select
            'roit' as source_name,
            account_payable_id as source_document_id,
            {{ row_fingerprint(["'" ~ child ~ "'", 'version_id', 'position', '_dlt_load_id']) }} as word
        from {{ ref('stg_roit__' ~ child ~ '_versions') }}

        union all
    {% endfor %}

    select
        'tereina' as source_name,
        invoices.invoice_reference_id as source_document_id,
        {{ row_fingerprint([
            'invoices.version_id', 'invoices.known_at', 'invoices.tenant_id', 'invoices._dlt_load_id',
            'suppliers.word', 'code_words.word',
        ]) }} as word
    from {{ ref('stg_tereina__invoice_versions') }} as invoices
    left join company_words as suppliers on invoices.supplier_reference_id = suppliers.company_reference_id
    left join code_words on invoices.company_code_reference_id = code_words.company_code_reference_id

),

documents as (

    select
        source_name,
        source_document_id,
        {{ fingerprint_of_rows('word') }} as word
    from words
    group by source_name, source_document_id

),

told as (

    select
        {{ surrogate_key(['documents.source_name', 'documents.source_document_id']) }} as document_key,
        documents.source_name,
        documents.source_document_id,
        {{ cast_as(row_fingerprint(['documents.word', 'common_word.word']), 'text') }} as fingerprint
    from documents
    cross join common_word

),

final as (

    {{ dated_changes('told') }}

)

select * from final
