with

named as (

    select * from {{ ref('seed_tribute_map') }}

),

used as (

    select distinct tribute_code
    from {{ ref('stg_roit__accounts_payable_tax_versions') }}

),

final as (

    select
        coalesce(named.tribute_code, used.tribute_code) as tribute_code,
        named.tribute_name,
        coalesce(named.family, 'unknown') as family,
        named.level,
        named.is_withholdable,
        named.darf_code,
        named.due_rule
    from named
    full outer join used on named.tribute_code = used.tribute_code
    where coalesce(named.tribute_code, used.tribute_code) is not null

)

select * from final
