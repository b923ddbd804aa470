with

source as (

    {{ raw_rows('roit', 'documents__installments') }}

),

renamed as (

    select
        ---------- ids
        document_id,
        position,

        ---------- text
        status,
        barcode,

        ---------- numerics
        number as installment_number,
        value as amount,

        ---------- dates
        due_date,

        ---------- timestamps
        paid_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
