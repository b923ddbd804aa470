-- A fiscal document is evidence of a payable, not a payable of its own: what is owed stands in ROIT's payables and
-- the ERP's invoices, and a note that is in neither is not in the books. So notes are linked and never added.
with

fiscal_documents as (

    select * from {{ ref('int_fiscal__documents_unioned') }}

),

documents as (

    select * from {{ ref('int_ap__documents_unioned') }}

),

-- Also by what the other system's record of the same document says.
known_as as (

    select
        coalesce(survivor_document_key, document_key) as document_key,
        access_key,
        supplier_tax_id,
        document_number,
        gross_amount,
        currency_code
    from documents

),

by_access_key as (

    select distinct
        fiscal_documents.fiscal_document_key,
        known_as.document_key,
        'access_key' as link_rule
    from fiscal_documents
    inner join known_as on fiscal_documents.access_key = known_as.access_key

),

-- What is linked by its key is not looked for by its number, from either side.
loose_documents as (

    select known_as.*
    from known_as
    left join by_access_key on known_as.document_key = by_access_key.document_key
    where by_access_key.document_key is null

),

loose_fiscal_documents as (

    select fiscal_documents.*
    from fiscal_documents
    left join by_access_key on fiscal_documents.fiscal_document_key = by_access_key.fiscal_document_key
    where by_access_key.fiscal_document_key is null

),

by_number as (

    select distinct
        loose_fiscal_documents.fiscal_document_key,
        loose_documents.document_key,
        'supplier_number_amount' as link_rule
    from loose_fiscal_documents
    inner join loose_documents
        on
            loose_fiscal_documents.supplier_tax_id = loose_documents.supplier_tax_id
            and ltrim({{ plain_code('loose_fiscal_documents.document_number') }}, '0')
            = ltrim({{ plain_code('loose_documents.document_number') }}, '0')
            and loose_fiscal_documents.gross_amount = loose_documents.gross_amount
            and loose_fiscal_documents.currency_code = loose_documents.currency_code
    where loose_fiscal_documents.gross_amount != 0

),

unioned as (

    select * from by_access_key
    union all
    select * from by_number

),

final as (

    select
        {{ surrogate_key(['unioned.fiscal_document_key', 'unioned.document_key']) }} as fiscal_document_link_key,
        unioned.fiscal_document_key,
        unioned.document_key,
        unioned.link_rule,
        -- of several payables of one note, the one that stands: not cancelled, not deleted, the latest
        row_number() over (
            partition by unioned.fiscal_document_key
            order by
                case
                    when documents.stage in ('cancelled', 'rejected') or documents.deleted_at is not null then 1
                    else 0
                end,
                documents.known_at desc,
                unioned.document_key asc
        ) as preference
    from unioned
    inner join documents on unioned.document_key = documents.document_key

)

select * from final
