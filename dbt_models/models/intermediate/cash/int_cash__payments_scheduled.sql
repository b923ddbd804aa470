with

runs as (

    select * from {{ ref('int_cash__runs_dated') }}

),

tax_ids as (

    select * from {{ ref('int_parties__company_tax_ids') }}

),

company_codes as (

    select
        company_codes.company_code_reference_id,
        tax_ids.tax_id as company_tax_id
    from {{ ref('stg_tereina__company_codes') }} as company_codes
    left join tax_ids on company_codes.company_reference_id = tax_ids.company_reference_id

),

versions as (

    {{ payment_request_versions() }}
),

requests as (

    select
        runs.run_date,
        runs.known_at,
        versions.version_id,
        versions.payment_request_reference_id,
        versions.company_code_reference_id,
        company_codes.company_tax_id,
        versions.execution_date,
        versions.currency_code,
        versions.amount,
        versions.tenant_id,
        versions.known_at as newest_known_at
    from runs
    inner join versions on {{ is_version_known('versions', 'runs.known_at') }}
    left join company_codes on versions.company_code_reference_id = company_codes.company_code_reference_id
    where coalesce({{ local_date('versions.created_at') }} <= runs.run_date, true)

),

named_statuses as (

    {{ payment_statuses('versions') }}
),

-- When a payment came to an end: settled, rejected, cancelled.
ends as (

    select
        statuses.request_id as payment_request_reference_id,
        {{ local_date('statuses.status_at') }} as ended_on,
        statuses.known_at
    from named_statuses as statuses
    inner join {{ ref('seed_payment_status_map') }} as stages
        on
            statuses.status = stages.source_status
            and stages.source_name = 'tereina'
            and stages.entity = 'payment'
            and stages.is_final

),

ended as (

    select
        runs.run_date,
        ends.payment_request_reference_id
    from runs
    inner join ends on runs.run_date >= ends.ended_on and runs.known_at >= ends.known_at

),

under_way as (

    select requests.*
    from requests
    left join ended
        on
            requests.run_date = ended.run_date
            and requests.payment_request_reference_id = ended.payment_request_reference_id
    where ended.payment_request_reference_id is null and requests.amount > 0

),

requested as (

    select
        under_way.run_date,
        under_way.known_at,
        {{ surrogate_key(["'tereina'", 'under_way.payment_request_reference_id']) }} as item_key,
        'tereina' as source_name,
        under_way.tenant_id,
        {{ company_key('under_way') }} as company_key,
        under_way.execution_date as scheduled_on,
        under_way.currency_code,
        under_way.amount,
        under_way.newest_known_at
    from under_way

),

-- An invoice that ROIT holds too is paid by the request and not once more by ROIT's schedule.
requested_documents as (

    select
        under_way.run_date,
        links.survivor_document_key as document_key
    from under_way
    inner join {{ ref('stg_tereina__payment_request_remittance_versions') }} as remittances
        on
            under_way.payment_request_reference_id = remittances.payment_request_reference_id
            and under_way.version_id = remittances.version_id
    inner join {{ ref('int_ap__document_links') }} as links
        on
            {{ surrogate_key(["'tereina'", 'remittances.invoice_reference_id']) }} = links.absorbed_document_key
            and under_way.known_at >= links.linked_at

),

-- ROIT keeps no requests: what it says is scheduled, on the day that it says.
scheduled_items as (

    select
        items.run_date,
        items.known_at,
        items.installment_key as item_key,
        items.source_name,
        items.tenant_id,
        items.company_key,
        payables.scheduled_date as scheduled_on,
        items.currency_code,
        items.open_amount as amount,
        items.newest_known_at
    from {{ ref('int_cash__items_open') }} as items
    inner join {{ ref('stg_roit__accounts_payable_versions') }} as payables
        on items.version_id = payables.version_id
    left join requested_documents
        on
            items.run_date = requested_documents.run_date
            and items.document_key = requested_documents.document_key
    where
        items.source_name = 'roit'
        and items.stage = 'scheduled'
        and items.open_amount > 0
        and requested_documents.document_key is null

),

unioned as (

    select * from requested
    union all
    select * from scheduled_items

),

final as (

    select
        run_date,
        known_at,
        item_key,
        source_name,
        tenant_id,
        company_key,
        scheduled_on,
        currency_code,
        {{ money('amount') }} as amount,
        newest_known_at
    from unioned

)

select * from final
