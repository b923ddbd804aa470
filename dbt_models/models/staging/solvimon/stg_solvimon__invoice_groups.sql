with

source as (

    {{ raw_rows('solvimon', 'invoices__periods__groups') }}

),

renamed as (

    select
        ---------- ids
        invoice_id,
        period_position,
        position,
        pricing_plan_subscription_id,
        pricing_plan_schedule_id,

        ---------- text
        type as group_type,
        description,

        ---------- timestamps
        start_at as started_at,
        end_at as ended_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
