with

source as (

    {{ raw_rows('roit', 'nfe__payments') }}

),

renamed as (

    select
        ---------- ids
        nfe_access_key as access_key,
        position,

        ---------- text
        term as payment_term,
        method as payment_method,
        method_description,

        ---------- numerics
        value as amount,

        ---------- dates
        paid_on,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
