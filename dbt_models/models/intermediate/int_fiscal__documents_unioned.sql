with

nfe as (

    select * from {{ ref('stg_roit__nfe_headers') }}

),

nfse as (

    select * from {{ ref('stg_roit__nfse_headers') }}

),

cte as (

    select * from {{ ref('stg_roit__cte_headers') }}

),

-- Cancelled is what the tax authority registered, not what was asked for.
cancellations as (

    select access_key
    from {{ ref('stg_roit__nfe_events') }}
    where is_cancellation and is_registered

    union distinct

    select access_key
    from {{ ref('stg_roit__cte_events') }}
    where is_cancellation and is_registered

    union distinct

    select access_key
    from {{ ref('stg_roit__nfse_events') }}
    where is_cancellation and is_registered

),

unioned as (

    select
        'NFE' as document_kind,
        access_key as source_document_id,
        access_key,
        number as document_number,
        series,
        {{ local_date('issued_at') }} as issue_date,
        issuer_tax_id,
        issuer_name,
        recipient_tax_id,
        recipient_name,
        invoice_amount as gross_amount,
        coalesce(withheld_pis_amount, 0)
        + coalesce(withheld_cofins_amount, 0)
        + coalesce(withheld_csll_amount, 0)
        + coalesce(withheld_irrf_amount, 0)
        + coalesce(withheld_inss_amount, 0) as withheld_amount,
        icms_amount,
        {{ cast_as('null', 'decimal') }} as iss_amount,
        ipi_amount,
        pis_amount,
        cofins_amount,
        cbs_amount,
        coalesce(ibs_uf_amount, 0) + coalesce(ibs_mun_amount, 0) as ibs_amount,
        false as is_cancelled_by_file,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from nfe

    union all

    select
        'NFSE' as document_kind,
        nfse_id as source_document_id,
        access_key,
        number as document_number,
        declaration_series as series,
        issued_on as issue_date,
        coalesce(provider_tax_id, issuer_tax_id) as issuer_tax_id,
        coalesce(provider_name, issuer_name) as issuer_name,
        customer_tax_id as recipient_tax_id,
        customer_name as recipient_name,
        service_amount as gross_amount,
        coalesce(
            total_withheld_amount,
            coalesce(inss_amount, 0)
            + coalesce(irrf_amount, 0)
            + coalesce(csll_amount, 0)
            + coalesce(other_withheld_amount, 0)
            + case when is_iss_withheld then coalesce(iss_amount, 0) else 0 end
        ) as withheld_amount,
        {{ cast_as('null', 'decimal') }} as icms_amount,
        iss_amount,
        {{ cast_as('null', 'decimal') }} as ipi_amount,
        pis_amount,
        cofins_amount,
        cbs_amount,
        coalesce(ibs_uf_amount, 0) + coalesce(ibs_mun_amount, 0) as ibs_amount,
        coalesce(is_cancelled, false) as is_cancelled_by_file,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from nfse

    union all

    -- who takes the service pays it, whoever sends or receives the cargo
    select
        'CTE' as document_kind,
        access_key as source_document_id,
        access_key,
        number as document_number,
        series,
        {{ local_date('issued_at') }} as issue_date,
        issuer_tax_id,
        issuer_name,
        taker_tax_id as recipient_tax_id,
        taker_name as recipient_name,
        service_amount as gross_amount,
        coalesce(federal_pis_amount, 0)
        + coalesce(federal_cofins_amount, 0)
        + coalesce(federal_csll_amount, 0)
        + coalesce(federal_irrf_amount, 0)
        + coalesce(federal_inss_amount, 0) as withheld_amount,
        icms_amount,
        {{ cast_as('null', 'decimal') }} as iss_amount,
        {{ cast_as('null', 'decimal') }} as ipi_amount,
        federal_pis_amount as pis_amount,
        federal_cofins_amount as cofins_amount,
        cbs_amount,
        coalesce(ibs_uf_amount, 0) + coalesce(ibs_mun_amount, 0) as ibs_amount,
        false as is_cancelled_by_file,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from cte

),

final as (

    select
        {{ surrogate_key(["'roit'", 'unioned.document_kind', 'unioned.source_document_id']) }} as fiscal_document_key,
        unioned.document_kind,
        unioned.source_document_id,
        unioned.access_key,
        unioned.document_number,
        unioned.series,
        unioned.issue_date,
        {{ plain_code('unioned.issuer_tax_id') }} as supplier_tax_id,
        unioned.issuer_name as supplier_name,
        {{ plain_code('unioned.recipient_tax_id') }} as company_tax_id,
        unioned.recipient_name as company_name,
        -- fiscal documents are written in reais by law
        'BRL' as currency_code,
        {{ money('unioned.gross_amount') }} as gross_amount,
        {{ money('unioned.withheld_amount') }} as withheld_amount,
        {{ money('unioned.icms_amount') }} as icms_amount,
        {{ money('unioned.iss_amount') }} as iss_amount,
        {{ money('unioned.ipi_amount') }} as ipi_amount,
        {{ money('unioned.pis_amount') }} as pis_amount,
        {{ money('unioned.cofins_amount') }} as cofins_amount,
        {{ money('unioned.cbs_amount') }} as cbs_amount,
        {{ money('unioned.ibs_amount') }} as ibs_amount,
        unioned.is_cancelled_by_file or cancellations.access_key is not null as is_cancelled,
        unioned.source_relation,
        unioned.tenant_id,
        unioned._dlt_load_id,
        unioned._loaded_at
    from unioned
    left join cancellations on unioned.access_key = cancellations.access_key

)

select * from final
