with

named as (

    select * from {{ ref('seed_currencies') }}

),

used as (

    select currency_code
    from {{ ref('int_ap__document_versions') }}
    union distinct
    select currency_code
    from {{ ref('stg_tereina__payment_requests') }}
    union distinct
    select currency_code
    from {{ ref('int_bank__statement_lines_classified') }}
    union distinct
    select currency_code
    from {{ ref('int_revenue__invoices_unioned') }}

),

final as (

    select
        coalesce(named.currency_code, used.currency_code) as currency_code,
        named.currency_name,
        named.minor_units,
        coalesce(named.currency_code, used.currency_code) = '{{ var("reporting_currency") }}'
            as is_reporting_currency
    from named
    full outer join used on named.currency_code = used.currency_code
    where coalesce(named.currency_code, used.currency_code) is not null

)

select * from final
