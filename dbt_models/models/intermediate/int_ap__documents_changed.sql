with

told as (

    select
        told.*,
        -- what a run left out of the versions is another change when a later one puts it in
        coalesce(told.changed_at <= versions.changed_until, false) as is_in_versions
    from {{ ref('int_ap__documents_told') }} as told
    cross join {{ seen_by('int_ap__document_versions') }} as versions
    where told.fingerprint is not null

),

documents as (

    select * from {{ ref('int_ap__documents_unioned') }}

),

settlements as (

    select
        document_key,
        {{ row_fingerprint([
            'settlement_key', 'payment_key', 'amount', 'currency_code', 'request_known_at', 'request_superseded_at',
            'stage', 'status_at', 'status_known_at',
        ]) }} as word
    from {{ ref('int_ap__invoice_settlements') }}

),

settlement_words as (

    select
        document_key,
        {{ fingerprint_of_rows('word') }} as word
    from settlements
    group by document_key

),

weighed as (

    select
        told.document_key,
        told.source_name,
        told.source_document_id,
        {{ cast_as(row_fingerprint([
            'told.fingerprint', 'told.is_in_versions', 'settlement_words.word', 'documents.survivor_document_key',
            'documents.link_rule', 'documents.linked_at', 'documents.absorbed_document_key', 'documents.deleted_at',
        ]), 'text') }} as fingerprint
    from told
    left join documents on told.document_key = documents.document_key
    left join settlement_words on told.document_key = settlement_words.document_key

),

final as (

    {{ dated_changes('weighed') }}

)

select * from final
