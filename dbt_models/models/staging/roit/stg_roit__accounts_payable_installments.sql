with

source as (

    {{ raw_rows('roit', 'accounts_payable__installments') }}

),

renamed as (

    select
        ---------- ids
        account_payable_id,
        position,

        ---------- text
        status,
        barcode as digitable_line,

        ---------- numerics
        number as installment_number,
        value as amount,

        ---------- dates
        due_date,

        ---------- timestamps
        paid_at,
        _deleted_at as deleted_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
