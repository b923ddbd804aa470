with

source as (

    {{ raw_rows('roit', 'nfe__installments') }}

),

renamed as (

    select
        ---------- ids
        nfe_access_key as access_key,
        position,

        ---------- text
        number as installment_number,

        ---------- numerics
        value as amount,

        ---------- dates
        due_date,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
