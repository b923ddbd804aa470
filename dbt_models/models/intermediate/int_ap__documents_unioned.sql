with

versions as (

    select * from {{ ref('int_ap__document_versions') }}
    where is_current

),

links as (

    select * from {{ ref('int_ap__document_links') }}

),

deletions as (

    select
        'roit' as source_name,
        account_payable_id as source_document_id,
        deleted_at
    from {{ ref('stg_roit__accounts_payables') }}
    where deleted_at is not null

    union all

    select
        'tereina' as source_name,
        invoice_reference_id as source_document_id,
        deleted_at
    from {{ ref('stg_tereina__invoices') }}
    where deleted_at is not null

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
    left join deletions
        on
            versions.source_name = deletions.source_name
            and versions.source_document_id = deletions.source_document_id

)

select * from final
