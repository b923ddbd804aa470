with

source as (

    {{ raw_rows('tereina', 'bank_statements__entries') }}

),

renamed as (

    select
        ---------- ids
        bank_statement_reference_id,
        position,
        end_to_end_id,

        ---------- text
        entry_reference,
        credit_debit,
        status,
        bank_transaction_code,

        ---------- numerics
        amount,

        ---------- dates
        booking_date,
        value_date,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
