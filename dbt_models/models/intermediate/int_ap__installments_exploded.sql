with

documents as (

    select * from {{ ref('int_ap__document_versions') }}
    where {{ is_changed() }}

),

stated as (

    select
        documents.document_key,
        documents.version_id,
        installments.position,
        installments.installment_number as stated_number,
        installments.due_date,
        coalesce(installments.amount, 0) as stated_amount,
        installments.paid_at is not null
        or coalesce(upper(installments.status) = 'PAID', false) as is_paid_at_source,
        {{ local_date('installments.paid_at') }} as paid_on
    from documents
    inner join {{ ref('stg_roit__accounts_payable_installment_versions') }} as installments
        on
            documents.source_document_id = installments.account_payable_id
            and documents.version_id = installments.version_id
    where documents.source_name = 'roit'

),

-- The source's own numbers where they tell the installments apart, else their places.
numbering as (

    select
        document_key,
        version_id,
        count(distinct stated_number) = count(*) as is_numbered
    from stated
    group by document_key, version_id

),

explicit_installments as (

    select
        stated.document_key,
        stated.version_id,
        case
            when numbering.is_numbered then stated.stated_number
            else stated.position + 1
        end as installment_number,
        stated.due_date,
        stated.stated_amount,
        stated.is_paid_at_source,
        stated.paid_on,
        'explicit' as installment_origin
    from stated
    inner join numbering
        on
            stated.document_key = numbering.document_key
            and stated.version_id = numbering.version_id

),

terms as (

    select
        relations.payment_term_reference_id,
        relations.company_reference_id,
        relations.is_asap,
        row_number() over (
            partition by relations.payment_term_reference_id, relations.company_reference_id
            order by relations.position
        ) as preference,
        relations.position as relation_position
    from {{ ref('stg_tereina__company_relations') }} as relations
    where relations.payment_term_reference_id is not null

),

parts as (

    select
        *,
        count(*) over (partition by company_reference_id, relation_position) as part_count,
        sum(percentage) over (partition by company_reference_id, relation_position) as total_percentage,
        row_number() over (
            partition by company_reference_id, relation_position
            order by coalesce(installment_number, position + 1), position
        ) as part_number
    from {{ ref('stg_tereina__payment_terms') }}

),

term_parts as (

    select
        documents.document_key,
        documents.version_id,
        parts.part_number as installment_number,
        parts.part_count,
        case
            when parts.part_count = 1 and documents.due_date is not null then documents.due_date
            when terms.is_asap then documents.baseline_date
            when parts.fixed_day_of_month is not null
                then {{ add_days(
                    add_months(month_start('documents.baseline_date'), 'coalesce(parts.months_shift, 0)'),
                    'parts.fixed_day_of_month - 1',
                ) }}
            else {{ add_days(
                add_months('documents.baseline_date', 'coalesce(parts.months_shift, 0)'),
                'coalesce(parts.due_days, 0)',
            ) }}
        end as due_date,
        {{ money_multiply('documents.payable_amount', 'parts.percentage * 0.01') }} as exact_amount
    from documents
    inner join terms
        on
            documents.payment_term_reference_id = terms.payment_term_reference_id
            and documents.supplier_reference_id = terms.company_reference_id
            and terms.preference = 1
    inner join parts
        on
            terms.company_reference_id = parts.company_reference_id
            and terms.relation_position = parts.relation_position
    where documents.source_name = 'tereina' and parts.total_percentage = 100

),

term_installments as (

    select
        document_key,
        version_id,
        installment_number,
        due_date,
        -- to the cent; what that leaves over or short comes to the last installment, below
        round(exact_amount, 2) as stated_amount,
        false as is_paid_at_source,
        {{ cast_as('null', 'date') }} as paid_on,
        'payment_term' as installment_origin
    from term_parts

),

several as (

    select * from explicit_installments
    union all
    select * from term_installments

),

known as (

    select
        document_key,
        version_id
    from several

),

single_installments as (

    select
        documents.document_key,
        documents.version_id,
        {{ cast_as('1', 'bigint') }} as installment_number,
        coalesce(
            documents.due_date,
            case when terms.is_asap then documents.baseline_date end
        ) as due_date,
        documents.payable_amount as stated_amount,
        false as is_paid_at_source,
        {{ cast_as('null', 'date') }} as paid_on,
        'single' as installment_origin
    from documents
    left join terms
        on
            documents.payment_term_reference_id = terms.payment_term_reference_id
            and documents.supplier_reference_id = terms.company_reference_id
            and terms.preference = 1
    left join known
        on
            documents.document_key = known.document_key
            and documents.version_id = known.version_id
    where known.document_key is null

),

installments as (

    select * from several
    union all
    select * from single_installments

),

-- A source may state its installments before or after the withheld tributes: their sum tells which.
placed as (

    select
        *,
        sum(stated_amount) over version_parts as stated_total,
        count(*) over version_parts as installment_count,
        row_number() over installment_in_order as place,
        sum(stated_amount) over so_far as stated_so_far
    from installments
    window
        version_parts as (partition by document_key, version_id),
        installment_in_order as (partition by document_key, version_id order by installment_number),
        so_far as (
            partition by document_key, version_id
            order by installment_number
            rows between unbounded preceding and current row
        )

),

weighed as (

    select
        placed.*,
        placed.stated_so_far - placed.stated_amount as stated_before,
        documents.currency_code,
        documents.net_amount,
        documents.payable_amount as document_payable_amount,
        documents.discount_amount,
        documents.interest_amount,
        documents.fine_amount,
        documents.withheld_amount,
        documents.known_at,
        documents.superseded_at,
        documents.source_relation,
        documents.tenant_id,
        documents._dlt_load_id,
        documents.withheld_amount != 0
        and placed.stated_total = documents.net_amount as is_stated_before_withholding
    from placed
    inner join documents
        on
            placed.document_key = documents.document_key
            and placed.version_id = documents.version_id

),

split as (

    select
        *,
        {{ share_so_far('withheld_amount') }} - {{ share_before('withheld_amount') }} as withheld_share,
        {{ share_so_far('discount_amount') }} - {{ share_before('discount_amount') }} as discount_share,
        {{ share_so_far('interest_amount') }} - {{ share_before('interest_amount') }} as interest_share,
        {{ share_so_far('fine_amount') }} - {{ share_before('fine_amount') }} as fine_share
    from weighed

),

payable as (

    select
        *,
        document_payable_amount
        - stated_total
        + case when is_stated_before_withholding then withheld_amount else 0 end as difference,
        stated_amount
        - case when is_stated_before_withholding then withheld_share else 0 end as payable_before_adjustment
    from split

),

final as (

    select
        {{ surrogate_key(['payable.document_key', 'payable.installment_number']) }} as installment_key,
        payable.document_key,
        payable.version_id,
        payable.installment_number,
        payable.installment_count,
        payable.installment_origin,
        payable.known_at,
        payable.superseded_at,
        payable.superseded_at is null as is_current,
        payable.due_date,
        coalesce(days.payment_day, payable.due_date) as effective_due_date,
        payable.paid_on,
        payable.is_paid_at_source,
        payable.currency_code,
        payable.withheld_share as withheld_amount,
        payable.discount_share as discount_amount,
        payable.interest_share as interest_amount,
        payable.fine_share as fine_amount,
        payable.payable_before_adjustment
        + case
            when payable.place = payable.installment_count then payable.difference else 0
        end as payable_amount,
        -- the cent that a term's percentages leave over is no contradiction of the source
        payable.installment_origin = 'explicit'
        and payable.place = payable.installment_count
        and payable.difference != 0 as is_adjusted,
        payable.source_relation,
        payable.tenant_id,
        payable._dlt_load_id
    from payable
    left join {{ ref('int_calendar__days') }} as days on payable.due_date = days.date_day

)

select * from final
