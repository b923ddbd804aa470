with

source as (

    {{ raw_rows('tereina', 'bank_statements') }}

),

renamed as (

    select
        ---------- ids
        reference_id as bank_statement_reference_id,
        {{ account_key('account_iban', 'account_number') }} as account_key,

        ---------- text
        statement_number,
        currency as currency_code,

        ---------- numerics
        opening_balance,
        closing_balance,
        version as version_number,

        ---------- dates
        from_date,
        to_date,

        ---------- timestamps
        created_date as created_at,
        last_updated_date as updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
