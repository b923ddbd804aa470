with

source as (

    {{ raw_rows('roit', 'cte') }}

),

renamed as (

    select
        ---------- ids
        access_key,
        issuer__tax_id as issuer_tax_id,
        sender__tax_id as sender_tax_id,
        recipient__tax_id as recipient_tax_id,
        taker__tax_id as taker_tax_id,

        ---------- text
        cfop,
        operation_nature,
        model,
        series,
        number,
        environment,
        document_type,
        modal,
        service_type,
        origin__municipality_code as origin_municipality_code,
        origin__municipality as origin_municipality,
        origin__state as origin_state,
        destination__municipality_code as destination_municipality_code,
        destination__municipality as destination_municipality,
        destination__state as destination_state,
        issuer__name as issuer_name,
        issuer__state as issuer_state,
        sender__name as sender_name,
        recipient__name as recipient_name,
        taker__role as taker_role,
        taker__name as taker_name,
        icms_cst,
        ibs_cbs_cst,
        ibs_cbs_cclasstrib as cclasstrib,
        cargo__product as cargo_product,
        substituted_access_key,
        invoice__number as invoice_number,
        protocol__status_code as protocol_status_code,

        ---------- numerics
        total__service_value as service_amount,
        total__receivable_value as receivable_amount,
        total__document_value as document_amount,
        icms_base as icms_base_amount,
        icms_rate as icms_percentage,
        icms_value as icms_amount,
        federal__pis_value as federal_pis_amount,
        federal__cofins_value as federal_cofins_amount,
        federal__irrf_value as federal_irrf_amount,
        federal__inss_value as federal_inss_amount,
        federal__csll_value as federal_csll_amount,
        ibs_cbs_base as ibs_cbs_base_amount,
        ibs_uf_rate as ibs_uf_percentage,
        ibs_uf_value as ibs_uf_amount,
        ibs_mun_rate as ibs_mun_percentage,
        ibs_mun_value as ibs_mun_amount,
        cbs_rate as cbs_percentage,
        cbs_value as cbs_amount,
        cargo__value as cargo_amount,
        invoice__net_value as invoice_net_amount,

        ---------- timestamps
        issued_at,
        protocol__received_at as protocol_received_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
