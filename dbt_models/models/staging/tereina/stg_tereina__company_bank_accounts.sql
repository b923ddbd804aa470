with

source as (

    {{ raw_rows('tereina', 'companies__bank_accounts') }}

),

renamed as (

    select
        ---------- ids
        company_reference_id,
        position,
        reference_id as bank_account_reference_id,

        ---------- text
        bic,
        bank_code,
        currency as currency_code,
        country as country_code,

        ---------- booleans
        is_primary,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
