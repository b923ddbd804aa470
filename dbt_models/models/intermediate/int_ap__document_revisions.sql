with

versions as (

    select * from {{ ref('int_ap__document_versions') }}
    where {{ is_changed() }}

),

documents as (

    select * from {{ ref('int_ap__documents_unioned') }}

),

settlements as (

    select * from {{ ref('int_ap__invoice_settlements') }}
    where {{ is_changed() }}

),

-- Every moment at which something new was known of a document.
moments as (

    select
        document_key,
        known_at
    from versions
    union distinct
    select
        document_key,
        request_known_at as known_at
    from settlements
    union distinct
    select
        document_key,
        status_known_at as known_at
    from settlements
    where status_known_at is not null
    union distinct
    select
        document_key,
        linked_at as known_at
    from documents
    where linked_at is not null
    union distinct
    select
        document_key,
        deleted_at as known_at
    from documents
    where deleted_at is not null

),

revisions as (

    select
        versions.document_key,
        versions.version_id,
        moments.known_at,
        versions.source_name,
        coalesce(documents.linked_at <= moments.known_at, false)
        or coalesce(documents.deleted_at <= moments.known_at, false) as is_void
    from moments
    inner join versions
        on
            moments.document_key = versions.document_key
            and {{ is_version_known('versions', 'moments.known_at') }}
    inner join documents on moments.document_key = documents.document_key

),

-- After the first void revision nothing more is said: the document is gone, or another one stands for it.
live as (

    select
        *,
        sum(case when is_void then 1 else 0 end) over (
            partition by document_key
            order by known_at
            rows between unbounded preceding and current row
        ) as void_count
    from revisions

),

final as (

    select
        document_key,
        version_id,
        row_number() over document_in_order as revision_number,
        known_at,
        lead(known_at) over document_in_order as superseded_at,
        source_name,
        is_void
    from live
    where void_count <= 1
    window document_in_order as (partition by document_key order by known_at)

)

select * from final
