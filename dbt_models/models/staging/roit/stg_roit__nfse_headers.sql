with

source as (

    {{ raw_rows('roit', 'nfse') }}

),

renamed as (

    select
        ---------- ids
        id as nfse_id,
        access_key,
        issuer__tax_id as issuer_tax_id,
        provider__tax_id as provider_tax_id,
        customer__tax_id as customer_tax_id,

        ---------- text
        layout,
        number,
        verification_code,
        municipality_code,
        municipality,
        state,
        status_code,
        environment,
        declaration__series as declaration_series,
        declaration__number as declaration_number,
        issuer__name as issuer_name,
        provider__name as provider_name,
        provider__municipality_code as provider_municipality_code,
        customer__name as customer_name,
        substituted_number,
        substituted_access_key,
        service_code,
        municipal_service_code,
        nbs_code,
        activity_code,
        description,
        service_municipality_code,
        iss_municipality_code,
        purchase_order as purchase_order_number,
        ibs_cbs_cst,
        ibs_cbs_cclasstrib as cclasstrib,

        ---------- numerics
        service_value as service_amount,
        deduction_value as deduction_amount,
        unconditional_discount_value as unconditional_discount_amount,
        conditional_discount_value as conditional_discount_amount,
        iss_base as iss_base_amount,
        iss_rate as iss_percentage,
        iss_value as iss_amount,
        pis_value as pis_amount,
        cofins_value as cofins_amount,
        inss_value as inss_amount,
        irrf_value as irrf_amount,
        csll_value as csll_amount,
        other_withheld_value as other_withheld_amount,
        net_value as net_amount,
        total_withheld_value as total_withheld_amount,
        ibs_cbs_base as ibs_cbs_base_amount,
        ibs_uf_rate as ibs_uf_percentage,
        ibs_mun_rate as ibs_mun_percentage,
        cbs_rate as cbs_percentage,
        ibs_uf_value as ibs_uf_amount,
        ibs_mun_value as ibs_mun_amount,
        cbs_value as cbs_amount,

        ---------- booleans
        is_cancelled,
        iss_withheld as is_iss_withheld,

        ---------- dates
        issued_on,
        competence_date,

        ---------- timestamps
        issued_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
