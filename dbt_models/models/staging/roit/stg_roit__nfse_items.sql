with

source as (

    {{ raw_rows('roit', 'nfse__services') }}

),

renamed as (

    select
        ---------- ids
        nfse_id,
        position,

        ---------- text
        service_code,
        municipal_service_code,
        nbs_code,
        activity_code,
        description,
        service_municipality_code,
        iss_municipality_code,

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

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
