with

source as (

    -- a load under way has taken the old row away: that is no deletion
    {{ raw_rows('roit', 'accounts_payable', committed_only=false) }}

),

renamed as (

    select
        ---------- ids
        id as account_payable_id,

        ---------- timestamps
        _deleted_at as deleted_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
