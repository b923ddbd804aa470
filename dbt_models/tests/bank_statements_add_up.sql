-- Opening balance plus credits less debits is the closing balance. Guards against entries of a statement that were lost
-- on the way, and against pending ones that are counted.
with

moved as (

    select
        bank_statement_reference_id,
        sum(movement_amount) as movement_amount
    from {{ ref('fct_bank_statement_line') }}
    group by bank_statement_reference_id

)

select
    statements.bank_statement_reference_id,
    statements.opening_balance,
    moved.movement_amount,
    statements.closing_balance
from {{ ref('stg_tereina__bank_statements') }} as statements
left join moved on statements.bank_statement_reference_id = moved.bank_statement_reference_id
where statements.opening_balance + coalesce(moved.movement_amount, 0) != statements.closing_balance
