with

source as (

    {{ raw_rows('tereina', 'payment_requests') }}

),

renamed as (

    select
        ---------- ids
        reference_id as payment_request_reference_id,
        company_code_reference_id,
        creditor__reference_id as creditor_reference_id,
        end_to_end_id,
        payment_information_id,
        {{ account_key('debtor_account__iban', cast_as('null', 'text')) }} as debtor_account_key,
        {{ account_key('creditor_account__iban', 'creditor_account__account_number') }} as creditor_account_key,
        {{ name_key('creditor__name') }} as creditor_name_key,

        ---------- text
        method as payment_method,
        currency as currency_code,

        ---------- numerics
        amount,
        version as version_number,

        ---------- dates
        execution_date,

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
