-- A statement opens with what the one before closed with. Guards against a statement that never came: its payments
-- would look as if they were missing in the bank.
{{ config(severity = 'warn') }}

with

statements as (

    select
        *,
        lag(closing_balance) over (
            partition by account_key, currency_code
            order by from_date, to_date, statement_number, bank_statement_reference_id
        ) as closed_before
    from {{ ref('stg_tereina__bank_statements') }}
    where account_key is not null

)

select
    account_key,
    bank_statement_reference_id,
    closed_before,
    opening_balance
from statements
where opening_balance != closed_before
