with

named as (

    select * from {{ ref('seed_payment_methods') }}

),

used as (

    select payment_method
    from {{ ref('int_ap__document_versions') }}
    union distinct
    select payment_method
    from {{ ref('stg_tereina__payment_requests') }}

),

final as (

    select
        coalesce(named.payment_method, used.payment_method) as payment_method,
        named.payment_method_name,
        coalesce(named.family, 'unknown') as family,
        coalesce(named.is_collected_by_state, false) as is_collected_by_state
    from named
    full outer join used on named.payment_method = used.payment_method
    where coalesce(named.payment_method, used.payment_method) is not null

)

select * from final
