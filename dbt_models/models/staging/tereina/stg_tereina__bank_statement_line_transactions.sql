with

source as (

    {{ raw_rows('tereina', 'bank_statements__entries__transactions') }}

),

renamed as (

    select
        ---------- ids
        bank_statement_reference_id,
        entry_position,
        position,
        end_to_end_id,
        {{ account_key('counterparty_iban', cast_as('null', 'text')) }} as counterparty_account_key,
        {{ name_key('counterparty_name') }} as counterparty_name_key,

        ---------- text
        remittance_text,
        currency as currency_code,

        ---------- numerics
        amount,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
