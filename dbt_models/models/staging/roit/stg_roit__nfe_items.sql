with

source as (

    {{ raw_rows('roit', 'nfe__items') }}

),

renamed as (

    select
        ---------- ids
        nfe_access_key as access_key,
        position,

        ---------- text
        product_code,
        description,
        ncm,
        cfop,
        unit,
        purchase_order as purchase_order_number,
        purchase_order_item,
        icms_cst,
        icms_csosn,
        ibs_cbs_cst,
        ibs_cbs_cclasstrib as cclasstrib,

        ---------- numerics
        item_number,
        quantity,
        unit_value,
        gross_value as gross_amount,
        discount_value as discount_amount,
        total_value as total_amount,
        icms_base as icms_base_amount,
        icms_rate as icms_percentage,
        icms_value as icms_amount,
        ipi_base as ipi_base_amount,
        ipi_rate as ipi_percentage,
        ipi_value as ipi_amount,
        pis_base as pis_base_amount,
        pis_rate as pis_percentage,
        pis_value as pis_amount,
        cofins_base as cofins_base_amount,
        cofins_rate as cofins_percentage,
        cofins_value as cofins_amount,
        ibs_cbs_base as ibs_cbs_base_amount,
        cbs_rate as cbs_percentage,
        cbs_value as cbs_amount,
        ibs_uf_rate as ibs_uf_percentage,
        ibs_uf_value as ibs_uf_amount,
        ibs_mun_rate as ibs_mun_percentage,
        ibs_mun_value as ibs_mun_amount,
        is_base as is_base_amount,
        is_rate as is_percentage,
        is_value as is_amount,

        ---------- booleans
        is_in_total,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
