with

versions as (

    select * from {{ ref('int_ap__document_versions') }}
    where is_current

),

links as (

    select * from {{ ref('int_ap__document_links') }}

),

payable_ids as (

    select * from {{ ref('stg_roit__accounts_payable_ids') }}

),

-- Payables that are gone are marked. Where they were taken away instead, that was a full refresh, which brought
-- every other one again: no row that is left is older than it, so that the oldest one tells when. (Tereina's
-- tables are never emptied: it sends each object once.)
refreshes as (

    select min(_loaded_at) as refreshed_at
    from payable_ids
    where deleted_at is null

),

deletions as (

    select
        versions.document_key,
        coalesce(payable_ids.deleted_at, greatest(versions.known_at, refreshes.refreshed_at)) as deleted_at
    from versions
    cross join refreshes
    left join payable_ids on versions.source_document_id = payable_ids.account_payable_id
    where
        versions.source_name = 'roit'
        and (
            payable_ids.deleted_at is not null
            or (payable_ids.account_payable_id is null and refreshes.refreshed_at is not null)
        )

),

final as (

    select
        versions.*,
        links.survivor_document_key,
        links.link_rule,
        links.linked_at,
        absorbed.absorbed_document_key,
        deletions.deleted_at,
        links.survivor_document_key is null as is_survivor
    from versions
    left join links on versions.document_key = links.absorbed_document_key
    left join links as absorbed on versions.document_key = absorbed.survivor_document_key
    left join deletions on versions.document_key = deletions.document_key

)

select * from final
