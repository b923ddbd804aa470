with

fiscal_documents as (

    select
        unioned.*,
        {{ cast_as('null', 'text') }} as supplier_reference_id,
        {{ cast_as('null', 'text') }} as company_code_reference_id
    from {{ ref('int_fiscal__documents_unioned') }} as unioned

),

keyed as (

    select
        *,
        {{ supplier_key('fiscal_documents') }} as issuer_key,
        {{ company_key('fiscal_documents') }} as recipient_key
    from fiscal_documents

),

-- Who is in no payable is in no dimension.
suppliers as (

    select supplier_key from {{ ref('int_parties__suppliers_resolved') }}
    where is_current

),

companies as (

    select company_key from {{ ref('int_parties__companies_resolved') }}
    where is_current

),

links as (

    select * from {{ ref('int_fiscal__document_links') }}

),

link_counts as (

    select
        fiscal_document_key,
        count(*) as payable_document_count
    from links
    group by fiscal_document_key

),

final as (

    select
        keyed.fiscal_document_key,
        keyed.document_kind,
        keyed.source_document_id,
        keyed.access_key,
        keyed.document_number,
        keyed.series,
        keyed.issue_date,
        coalesce(suppliers.supplier_key, '-1') as supplier_key,
        coalesce(companies.company_key, '-1') as company_key,
        {{ shown_tax_id('keyed.supplier_tax_id') }} as issuer_tax_id,
        keyed.supplier_name as issuer_name,
        links.document_key,
        links.link_rule,
        {{ cast_as('coalesce(link_counts.payable_document_count, 0)', 'bigint') }} as payable_document_count,
        keyed.is_cancelled,
        keyed.currency_code,
        keyed.gross_amount,
        keyed.withheld_amount,
        keyed.icms_amount,
        keyed.iss_amount,
        keyed.ipi_amount,
        keyed.pis_amount,
        keyed.cofins_amount,
        keyed.cbs_amount,
        keyed.ibs_amount,
        keyed.source_relation,
        keyed.tenant_id,
        keyed._dlt_load_id,
        keyed._loaded_at
    from keyed
    left join suppliers on keyed.issuer_key = suppliers.supplier_key
    left join companies on keyed.recipient_key = companies.company_key
    left join links
        on
            keyed.fiscal_document_key = links.fiscal_document_key
            and links.preference = 1
    left join link_counts on keyed.fiscal_document_key = link_counts.fiscal_document_key

)

select * from final
