with

versions as (

    select * from {{ ref('int_ap__document_versions') }}

),

-- Every value by which a document was ever known, with the time it first was: a link once made stays, so that
-- what was owed as known at a time never changes.
marks as (

    select
        document_key,
        source_name,
        source_document_id,
        'access_key' as link_rule,
        1 as rule_rank,
        access_key as link_value,
        known_at
    from versions

    union all

    select
        document_key,
        source_name,
        source_document_id,
        'supplier_number_amount' as link_rule,
        2 as rule_rank,
        supplier_tax_id
        || '|' || ltrim({{ plain_code('document_number') }}, '0')
        || '|' || currency_code
        || '|' || {{ money_text('gross_amount') }} as link_value,
        known_at
    from versions
    where gross_amount != 0

),

first_marks as (

    select
        document_key,
        source_name,
        source_document_id,
        link_rule,
        rule_rank,
        link_value,
        min(known_at) as known_at
    from marks
    -- most of ROIT's documents have no partner: the windows below are about the few that may have one
    where
        marks.link_value in (
            select tereinas.link_value
            from marks as tereinas
            where tereinas.source_name = 'tereina'
        )
    group by document_key, source_name, source_document_id, link_rule, rule_rank, link_value

),

-- The first document of one system goes with the first of the other, the second with the second: one to one.
placed as (

    select
        *,
        row_number() over (
            partition by source_name, link_rule, link_value
            order by known_at, source_document_id
        ) as place
    from first_marks

),

pairs as (

    select
        absorbed.document_key as absorbed_document_key,
        survivors.document_key as survivor_document_key,
        survivors.link_rule,
        survivors.rule_rank,
        greatest(absorbed.known_at, survivors.known_at) as linked_at
    from placed as survivors
    inner join placed as absorbed
        on
            survivors.link_rule = absorbed.link_rule
            and survivors.link_value = absorbed.link_value
            and survivors.place = absorbed.place
    where survivors.source_name = 'roit' and absorbed.source_name = 'tereina'

),

ranked as (

    select
        *,
        row_number() over (
            partition by absorbed_document_key
            order by linked_at, rule_rank, survivor_document_key
        ) as rank_of_absorbed,
        row_number() over (
            partition by survivor_document_key
            order by linked_at, rule_rank, absorbed_document_key
        ) as rank_of_survivor
    from pairs

),

final as (

    select
        absorbed_document_key,
        survivor_document_key,
        link_rule,
        linked_at
    from ranked
    where rank_of_absorbed = 1 and rank_of_survivor = 1

)

select * from final
