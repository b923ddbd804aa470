-- The columns of each tribute are a row of their own; a tribute that the item does not have has none.
with

source as (

    {{ raw_rows('roit', 'nfe__items') }}

),

renamed as (

    {% for tribute_code, prefix, base in [
        ('ICMS', 'icms', 'icms_base'),
        ('IPI', 'ipi', 'ipi_base'),
        ('PIS', 'pis', 'pis_base'),
        ('COFINS', 'cofins', 'cofins_base'),
        ('IBS_UF', 'ibs_uf', 'ibs_cbs_base'),
        ('IBS_MUN', 'ibs_mun', 'ibs_cbs_base'),
        ('CBS', 'cbs', 'ibs_cbs_base'),
        ('IS', 'is', 'is_base'),
    ] %}
        select
            ---------- ids
            nfe_access_key as access_key,
            position,
            '{{ tribute_code }}' as tribute_code,

            ---------- text
            ibs_cbs_cclasstrib as cclasstrib,

            ---------- numerics
            {{ base }} as base_amount,
            {{ prefix }}_rate as rate_percentage,
            {{ prefix }}_value as amount,

            ---------- lineage
            source_relation,
            tenant_id,
            _dlt_load_id,
            _loaded_at
        from source
        where {{ prefix }}_value is not null or {{ prefix }}_rate is not null
        {{ 'union all' if not loop.last }}
    {% endfor %}

)

select * from renamed
