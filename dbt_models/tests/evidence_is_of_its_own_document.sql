-- A row of the payables' facts rests on one version of its own document, and on nothing that was not known when it
-- was. Guards against a join of the evidence that matches too much: it would explain a number by somebody else's
-- records, or by later ones.
with

rows_of_facts as (

    select
        'fct_payable_document' as mart_name,
        document_key as mart_key,
        document_key,
        {{ cast_as('null', 'timestamp') }} as known_at
    from {{ ref('fct_payable_document') }}

    union all

    select
        'fct_payable_installment' as mart_name,
        installment_key as mart_key,
        document_key,
        {{ cast_as('null', 'timestamp') }} as known_at
    from {{ ref('fct_payable_installment') }}

    union all

    select
        'fct_ap_open_item' as mart_name,
        installment_key as mart_key,
        document_key,
        known_at
    from {{ ref('fct_ap_open_item') }}

    union all

    select
        'fct_payable_event' as mart_name,
        event_key as mart_key,
        document_key,
        known_at
    from {{ ref('fct_payable_event') }}

    union all

    select
        'fct_withheld_tax' as mart_name,
        withheld_tax_key as mart_key,
        document_key,
        {{ cast_as('null', 'timestamp') }} as known_at
    from {{ ref('fct_withheld_tax') }}

),

evidence as (

    select
        rows_of_facts.mart_name,
        rows_of_facts.mart_key,
        evidence.evidence_role,
        versions.document_key is not null as is_of_document,
        coalesce(evidence._loaded_at > rows_of_facts.known_at, false) as is_from_later
    from rows_of_facts
    inner join {{ ref('fct_record_evidence') }} as evidence
        on
            rows_of_facts.mart_name = evidence.mart_name
            and rows_of_facts.mart_key = evidence.mart_key
    left join {{ ref('int_ap__document_versions') }} as versions
        on
            rows_of_facts.document_key = versions.document_key
            and evidence.record_id = versions.source_document_id
            and evidence.version_id = versions.version_id

)

select
    mart_name,
    mart_key
from evidence
group by mart_name, mart_key
having
    sum(case when evidence_role = 'document' then 1 else 0 end) != 1
    or sum(case when evidence_role = 'document' and is_of_document then 1 else 0 end) != 1
    or sum(case when is_from_later then 1 else 0 end) > 0
