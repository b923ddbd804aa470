with

source as (

    {{ raw_rows('roit', 'nfe') }}

),

renamed as (

    select
        ---------- ids
        access_key,
        issuer__tax_id as issuer_tax_id,
        recipient__tax_id as recipient_tax_id,

        ---------- text
        model,
        series,
        number,
        environment,
        purpose,
        operation_type,
        operation_nature,
        issuer__name as issuer_name,
        issuer__state as issuer_state,
        recipient__name as recipient_name,
        recipient__state as recipient_state,
        purchase__order as purchase_order_number,
        protocol__status_code as protocol_status_code,

        ---------- numerics
        total__products_value as products_amount,
        total__freight_value as freight_amount,
        total__insurance_value as insurance_amount,
        total__discount_value as discount_amount,
        total__other_value as other_amount,
        total__invoice_value as invoice_amount,
        total__icms_value as icms_amount,
        total__icms_st_value as icms_st_amount,
        total__ipi_value as ipi_amount,
        total__pis_value as pis_amount,
        total__cofins_value as cofins_amount,
        total__cbs_value as cbs_amount,
        total__ibs_state_value as ibs_uf_amount,
        total__ibs_municipal_value as ibs_mun_amount,
        total__is_value as is_amount,
        withheld__pis_value as withheld_pis_amount,
        withheld__cofins_value as withheld_cofins_amount,
        withheld__csll_value as withheld_csll_amount,
        withheld__irrf_value as withheld_irrf_amount,
        withheld__inss_value as withheld_inss_amount,

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
