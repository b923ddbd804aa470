with

source as (

    {{ raw_rows('roit', 'accounts_payable__installments__history') }}

),

renamed as (

    select
        ---------- ids
        _version as version_id,
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

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from source

)

select * from renamed
