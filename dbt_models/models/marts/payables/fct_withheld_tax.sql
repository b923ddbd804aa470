with

documents as (

    select
        unioned.*,
        {{ supplier_key('unioned') }} as supplier_key,
        {{ company_key('unioned') }} as company_key
    from {{ ref('int_ap__documents_unioned') }} as unioned
    where unioned.is_survivor and unioned.source_name = 'roit'

),

taxes as (

    select * from {{ ref('stg_roit__accounts_payable_tax_versions') }}
    where is_withheld

),

final as (

    select
        {{ surrogate_key(['documents.document_key', 'taxes.position']) }} as withheld_tax_key,
        documents.document_key,
        taxes.position as line_position,
        documents.supplier_key,
        documents.company_key,
        taxes.tribute_code,
        tributes.family as tribute_family,
        tributes.level as tribute_level,
        tributes.darf_code,
        documents.stage,
        {{ month_start('documents.issue_date') }} as competence_month,
        documents.issue_date,
        taxes.collection_due_date,
        documents.currency_code,
        taxes.base_amount,
        taxes.rate_percentage,
        {{ money('coalesce(taxes.amount, 0)') }} as withheld_amount,
        taxes.source_relation,
        documents.tenant_id,
        taxes._dlt_load_id,
        documents.known_at as _loaded_at
    from documents
    inner join taxes
        on
            documents.source_document_id = taxes.account_payable_id
            and documents.version_id = taxes.version_id
    left join {{ ref('seed_tribute_map') }} as tributes on taxes.tribute_code = tributes.tribute_code

)

select * from final
