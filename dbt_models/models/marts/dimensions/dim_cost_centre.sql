with

allocations as (

    select
        allocations.cost_centre_id,
        allocations.cost_centre_name,
        payables.updated_at,
        allocations.account_payable_id,
        allocations.position,
        allocations.source_relation,
        allocations.tenant_id,
        allocations._dlt_load_id,
        allocations._loaded_at
    from {{ ref('stg_roit__accounts_payable_allocations') }} as allocations
    left join {{ ref('stg_roit__accounts_payables') }} as payables
        on allocations.account_payable_id = payables.account_payable_id
    where allocations.cost_centre_id is not null

),

-- The latest payable that has a name for it.
ranked as (

    select
        *,
        row_number() over (
            partition by cost_centre_id
            order by
                case when cost_centre_name is null then 1 else 0 end,
                updated_at desc,
                account_payable_id asc,
                position asc
        ) as preference
    from allocations

),

final as (

    select
        {{ surrogate_key(["'roit'", 'cost_centre_id']) }} as cost_centre_key,
        cost_centre_id,
        cost_centre_name,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from ranked
    where preference = 1

    union all

    select
        '-1' as cost_centre_key,
        {{ cast_as('null', 'text') }} as cost_centre_id,
        'unallocated' as cost_centre_name,
        {{ cast_as('null', 'text') }} as source_relation,
        '{{ var("default_tenant") }}' as tenant_id,
        {{ cast_as('null', 'text') }} as _dlt_load_id,
        {{ cast_as('null', 'timestamp') }} as _loaded_at

)

select * from final
