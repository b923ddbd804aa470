with

statements as (

    select * from {{ ref('stg_tereina__bank_statements') }}

),

lines as (

    select
        lines.bank_statement_reference_id,
        lines.position,
        statements.account_key,
        statements.statement_number,
        coalesce(lines.currency_code, statements.currency_code) as currency_code,
        coalesce(lines.booking_date, lines.value_date, statements.to_date) as booking_date,
        lines.value_date,
        case
            when lines.credit_debit in ('CRDT', 'DBIT') then lines.credit_debit
            when lines.amount < 0 then 'DBIT'
            else 'CRDT'
        end as credit_debit,
        case
            when lines.credit_debit in ('CRDT', 'DBIT') then coalesce(lines.amount, 0)
            else abs(coalesce(lines.amount, 0))
        end as amount,
        coalesce(upper(lines.status), 'BOOK') not in ('PDNG', 'PENDING', 'INFO', 'FUTR') as is_booked,
        coalesce(lines.is_reversal, false) as is_reversal,
        {{ real_id('lines.end_to_end_id') }} as end_to_end_id,
        lines.entry_reference,
        lines.bank_transaction_code,
        lines.remittance_text,
        lines.counterparty_account_key,
        lines.counterparty_name_key,
        coalesce(lines.counterparty_account_key, lines.counterparty_name_key) as counterparty_key,
        lines.source_relation,
        lines.tenant_id,
        lines._dlt_load_id,
        lines._loaded_at
    from {{ ref('stg_tereina__bank_statement_lines') }} as lines
    inner join statements on lines.bank_statement_reference_id = statements.bank_statement_reference_id

),

-- Its words with one space before each, so that a word is found by its beginning.
readable as (

    select
        bank_statement_reference_id,
        position,
        upper(bank_transaction_code) as code,
        regexp_extract(upper(bank_transaction_code), '[^-]+$') as sub_family,
        ' ' || regexp_replace(
            upper({{ without_accents("coalesce(remittance_text, '')") }}), '[^0-9A-Z]+', ' '{{ regexp_all() }}
        ) as plain_text
    from lines

),

signs as (

    select
        readable.bank_statement_reference_id,
        readable.position,
        classes.line_class,
        row_number() over (
            partition by readable.bank_statement_reference_id, readable.position
            order by classes.priority
        ) as preference
    from readable
    inner join {{ ref('seed_bank_line_classes') }} as classes
        on
            case classes.match_on
                when 'code' then readable.code = classes.pattern
                when 'sub_family' then readable.sub_family = classes.pattern
                else readable.plain_text like '% ' || classes.pattern || '%'
            end

),

own_accounts as (

    select distinct account_key
    from statements
    where account_key is not null

),

final as (

    select
        {{ surrogate_key(["'tereina'", 'lines.bank_statement_reference_id', 'lines.position']) }} as line_key,
        lines.bank_statement_reference_id,
        lines.position,
        lines.account_key,
        lines.statement_number,
        lines.entry_reference,
        lines.end_to_end_id,
        lines.counterparty_account_key,
        lines.counterparty_name_key,
        lines.counterparty_key,
        lines.bank_transaction_code,
        lines.remittance_text,
        lines.credit_debit,
        case
            when lines.is_reversal then 'reversal'
            when signs.line_class is not null then signs.line_class
            when own_accounts.account_key is not null then 'transfer'
            when lines.credit_debit = 'DBIT' then 'payment'
            else 'receipt'
        end as line_class,
        lines.is_booked,
        lines.currency_code,
        {{ money('lines.amount') }} as amount,
        lines.booking_date,
        lines.value_date,
        lines.source_relation,
        lines.tenant_id,
        lines._dlt_load_id,
        lines._loaded_at
    from lines
    left join signs
        on
            lines.bank_statement_reference_id = signs.bank_statement_reference_id
            and lines.position = signs.position
            and signs.preference = 1
    left join own_accounts
        on
            lines.counterparty_account_key = own_accounts.account_key
            and lines.account_key != own_accounts.account_key

)

select * from final
