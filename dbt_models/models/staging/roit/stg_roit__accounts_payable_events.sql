with

source as (

    {{ raw_rows('roit', 'accounts_payable_events') }}

),

renamed as (

    select
        ---------- ids
        id as event_id,
        account_payable_id,
        user__id as actor_id,

        ---------- text
        type as event_type,
        message,

        ---------- timestamps
        created_at as occurred_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
