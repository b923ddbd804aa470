with

source as (

    {{ raw_rows('solvimon', 'pricing_plan_subscriptions') }}

),

renamed as (

    select
        ---------- ids
        id as pricing_plan_subscription_id,
        customer_id,
        pricing_plan_id,

        ---------- text
        reference as subscription_reference,
        status,

        ---------- timestamps
        created_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
