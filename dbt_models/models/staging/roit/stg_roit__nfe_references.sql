with

source as (

    {{ raw_rows('roit', 'nfe__references') }}

),

renamed as (

    select
        ---------- ids
        nfe_access_key as access_key,
        position,
        referenced_access_key,
        issuer_tax_id,

        ---------- text
        model,
        series,
        number,
        issue_month,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
