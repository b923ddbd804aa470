with

statements as (

    select
        account_key,
        min(from_date) as first_day,
        max(to_date) as last_day
    from {{ ref('stg_tereina__bank_statements') }}
    where account_key is not null
    group by account_key

),

payers as (

    select
        debtor_account_key as account_key,
        min(company_code_reference_id) as company_code_reference_id
    from {{ ref('int_ap__payment_lifecycle') }}
    where debtor_account_key is not null
    group by debtor_account_key

),

final as (

    select
        coalesce(statements.account_key, payers.account_key) as account_key,
        payers.company_code_reference_id,
        tax_ids.tax_id as company_tax_id,
        statements.first_day,
        statements.last_day
    from statements
    full outer join payers on statements.account_key = payers.account_key
    left join {{ ref('stg_tereina__company_codes') }} as company_codes
        on payers.company_code_reference_id = company_codes.company_code_reference_id
    left join {{ ref('int_parties__company_tax_ids') }} as tax_ids
        on company_codes.company_reference_id = tax_ids.company_reference_id

)

select * from final
