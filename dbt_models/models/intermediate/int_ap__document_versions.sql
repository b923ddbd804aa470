with

payables as (

    select * from {{ ref('stg_roit__accounts_payable_versions') }}
    where {{ is_changed(surrogate_key(["'roit'", 'account_payable_id']), changes='int_ap__documents_told') }}

),

withheld as (

    select
        account_payable_id,
        version_id,
        sum(amount) as withheld_amount
    from {{ ref('stg_roit__accounts_payable_tax_versions') }}
    where
        is_withheld
        and {{ is_changed(surrogate_key(["'roit'", 'account_payable_id']), changes='int_ap__documents_told') }}
    group by account_payable_id, version_id

),

invoices as (

    select * from {{ ref('stg_tereina__invoice_versions') }}
    where {{ is_changed(surrogate_key(["'tereina'", 'invoice_reference_id']), changes='int_ap__documents_told') }}

),

tax_ids as (

    select * from {{ ref('int_parties__company_tax_ids') }}

),

companies as (

    select
        companies.company_reference_id,
        companies.name,
        tax_ids.tax_id
    from {{ ref('stg_tereina__companies') }} as companies
    left join tax_ids on companies.company_reference_id = tax_ids.company_reference_id

),

company_codes as (

    select
        company_codes.company_code_reference_id,
        company_codes.name,
        companies.tax_id
    from {{ ref('stg_tereina__company_codes') }} as company_codes
    left join companies on company_codes.company_reference_id = companies.company_reference_id

),

canonical_payables as (

    select
        'roit' as source_name,
        payables.account_payable_id as source_document_id,
        payables.version_id,
        payables.known_at,
        payables.updated_at as source_updated_at,
        {{ cast_as('null', 'bigint') }} as source_version_number,
        payables.document_number,
        payables.document_type,
        payables.access_key,
        payables.status as source_status,
        payables.is_open as is_open_at_source,
        {{ plain_code('payables.supplier_tax_id') }} as supplier_tax_id,
        {{ cast_as('null', 'text') }} as supplier_reference_id,
        payables.supplier_name,
        {{ plain_code('payables.company_tax_id') }} as company_tax_id,
        {{ cast_as('null', 'text') }} as company_code_reference_id,
        payables.company_name,
        payables.payment_method,
        payables.currency_code,
        payables.exchange_rate,
        coalesce(
            payables.gross_amount,
            payables.net_amount
            + coalesce(payables.discount_amount, 0)
            - coalesce(payables.interest_amount, 0)
            - coalesce(payables.fine_amount, 0)
        ) as gross_amount,
        coalesce(payables.discount_amount, 0) as discount_amount,
        coalesce(payables.interest_amount, 0) as interest_amount,
        coalesce(payables.fine_amount, 0) as fine_amount,
        payables.net_amount,
        coalesce(withheld.withheld_amount, 0) as withheld_amount,
        {{ cast_as('null', 'decimal') }} as open_amount_at_source,
        payables.issue_date,
        payables.entry_date as posting_date,
        payables.due_date,
        {{ cast_as('null', 'date') }} as baseline_date,
        {{ cast_as('null', 'text') }} as payment_term_reference_id,
        {{ local_date('payables.paid_at') }} as paid_on,
        {{ local_date('payables.canceled_at') }} as cancelled_on,
        payables.source_relation,
        payables.tenant_id,
        payables._dlt_load_id
    from payables
    left join withheld
        on
            payables.account_payable_id = withheld.account_payable_id
            and payables.version_id = withheld.version_id

),

canonical_invoices as (

    select
        'tereina' as source_name,
        invoices.invoice_reference_id as source_document_id,
        invoices.version_id,
        invoices.known_at,
        coalesce(invoices.updated_at, invoices.created_at) as source_updated_at,
        invoices.version_number as source_version_number,
        invoices.invoice_number as document_number,
        {{ cast_as('null', 'text') }} as document_type,
        invoices.access_key,
        invoices.status as source_status,
        invoices.open_amount != 0 as is_open_at_source,
        suppliers.tax_id as supplier_tax_id,
        invoices.supplier_reference_id,
        suppliers.name as supplier_name,
        company_codes.tax_id as company_tax_id,
        invoices.company_code_reference_id,
        company_codes.name as company_name,
        {{ cast_as('null', 'text') }} as payment_method,
        invoices.currency_code,
        {{ cast_as('null', 'decimal') }} as exchange_rate,
        coalesce(
            invoices.gross_amount,
            invoices.net_amount + coalesce(invoices.tax_amount, 0),
            0
        ) as gross_amount,
        -- an early-payment discount is an offer: it lowers the payable when it is taken, not before
        {{ money('0') }} as discount_amount,
        {{ money('0') }} as interest_amount,
        {{ money('0') }} as fine_amount,
        -- Tereina's own net amount is the amount without tax; the supplier is owed the gross amount
        coalesce(
            invoices.gross_amount,
            invoices.net_amount + coalesce(invoices.tax_amount, 0),
            0
        ) as net_amount,
        {{ money('0') }} as withheld_amount,
        invoices.open_amount as open_amount_at_source,
        invoices.issue_date,
        invoices.posting_date,
        invoices.due_date,
        coalesce(invoices.baseline_date, invoices.issue_date) as baseline_date,
        invoices.payment_term_reference_id,
        {{ cast_as('null', 'date') }} as paid_on,
        {{ cast_as('null', 'date') }} as cancelled_on,
        invoices.source_relation,
        invoices.tenant_id,
        invoices._dlt_load_id
    from invoices
    left join companies as suppliers
        on invoices.supplier_reference_id = suppliers.company_reference_id
    left join company_codes
        on invoices.company_code_reference_id = company_codes.company_code_reference_id

),

unioned as (

    select * from canonical_payables
    union all
    select * from canonical_invoices

),

-- Only what orders the versions goes through the windows below: they hold and sort every column that they are given.
timeline as (

    select
        source_name,
        source_document_id,
        version_id,
        known_at,
        source_version_number,
        source_updated_at,
        source_status,
        open_amount_at_source
    from unioned

),

-- A version that came after a newer one is old news: a backfill may bring it, the books do not go back to it.
ordered as (

    select
        *,
        max(source_version_number) over earlier as newest_version_number,
        max(source_updated_at) over earlier as newest_updated_at
    from timeline
    window earlier as (
        partition by source_name, source_document_id
        order by known_at, coalesce(source_version_number, 0), source_updated_at, version_id
        rows between unbounded preceding and 1 preceding
    )

),

fresh as (

    select
        *,
        row_number() over (
            partition by source_name, source_document_id
            order by known_at, coalesce(source_version_number, 0), source_updated_at, version_id
        ) as version_order
    from ordered
    where
        (
            newest_version_number is null
            or coalesce(source_version_number, newest_version_number) >= newest_version_number
        )
        and (
            newest_updated_at is null
            or coalesce(source_version_number, 0) > coalesce(newest_version_number, 0)
            or source_updated_at is null
            or source_updated_at >= newest_updated_at
        )

),

staged as (

    select
        fresh.source_name,
        fresh.source_document_id,
        fresh.version_id,
        fresh.version_order,
        fresh.known_at,
        fresh.open_amount_at_source,
        coalesce(stages.stage, 'unknown') as stage,
        {{ local_date('coalesce(fresh.source_updated_at, fresh.known_at)') }} as updated_on
    from fresh
    left join {{ ref('seed_payment_status_map') }} as stages
        on
            fresh.source_name = stages.source_name
            and fresh.source_status = stages.source_status
            and stages.entity = 'payable'

),

-- Since when the stage and the amount left open are what they are: the first version of the unbroken run.
changes as (

    select
        *,
        lead(known_at) over versions as superseded_at,
        case when stage = lag(stage) over versions then 0 else 1 end as stage_changed,
        case
            when open_amount_at_source = lag(open_amount_at_source) over versions then 0
            else 1
        end as open_amount_changed
    from staged
    window versions as (partition by source_name, source_document_id order by version_order)

),

runs as (

    select
        *,
        sum(stage_changed) over versions as stage_run,
        sum(open_amount_changed) over versions as open_amount_run
    from changes
    window versions as (
        partition by source_name, source_document_id
        order by version_order
        rows between unbounded preceding and current row
    )

),

placed as (

    select
        *,
        min(updated_on) over (partition by source_name, source_document_id, stage_run) as stage_since,
        min(updated_on) over (partition by source_name, source_document_id, open_amount_run) as open_amount_since
    from runs

),

final as (

    select
        {{ surrogate_key(['unioned.source_name', 'unioned.source_document_id']) }} as document_key,
        unioned.version_id,
        placed.version_order,
        unioned.known_at,
        placed.superseded_at,
        placed.superseded_at is null as is_current,
        unioned.source_name,
        unioned.source_document_id,
        unioned.source_updated_at,
        placed.updated_on,
        unioned.document_number,
        unioned.document_type,
        unioned.access_key,
        unioned.source_status,
        placed.stage,
        unioned.is_open_at_source,
        unioned.supplier_tax_id,
        unioned.supplier_reference_id,
        unioned.supplier_name,
        unioned.company_tax_id,
        unioned.company_code_reference_id,
        unioned.company_name,
        unioned.payment_method,
        unioned.currency_code,
        {{ money('unioned.exchange_rate') }} as exchange_rate,
        {{ money('unioned.gross_amount') }} as gross_amount,
        {{ money('unioned.discount_amount') }} as discount_amount,
        {{ money('unioned.interest_amount') }} as interest_amount,
        {{ money('unioned.fine_amount') }} as fine_amount,
        {{ money('unioned.net_amount') }} as net_amount,
        {{ money('unioned.withheld_amount') }} as withheld_amount,
        {{ money('unioned.net_amount - unioned.withheld_amount') }} as payable_amount,
        {{ money('unioned.open_amount_at_source') }} as open_amount_at_source,
        unioned.issue_date,
        -- a document counts from the day it is in the books; before it is entered, from the day it was issued
        coalesce(unioned.posting_date, unioned.issue_date, placed.updated_on) as posting_date,
        unioned.due_date,
        unioned.baseline_date,
        unioned.payment_term_reference_id,
        unioned.paid_on,
        unioned.cancelled_on,
        placed.stage_since,
        placed.open_amount_since,
        unioned.source_relation,
        unioned.tenant_id,
        unioned._dlt_load_id
    from unioned
    inner join placed
        on
            unioned.source_name = placed.source_name
            and unioned.source_document_id = placed.source_document_id
            and unioned.version_id = placed.version_id
            and unioned.known_at = placed.known_at

)

select * from final
