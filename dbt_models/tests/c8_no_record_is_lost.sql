-- C8: every payable, invoice and revenue invoice in staging is in its fact, or stands behind the one that survives
-- it. Guards against an inner join or a filter that drops records in silence.
with

counts as (

    select
        'payable documents' as what,
        (select count(*) from {{ ref('stg_roit__accounts_payables') }})
        + (select count(*) from {{ ref('stg_tereina__invoices') }}) as received,
        (select count(*) from {{ ref('fct_payable_document') }})
        + (select count(*) from {{ ref('int_ap__documents_unioned') }} where not is_survivor) as shown

    union all

    select
        'payments' as what,
        (select count(*) from {{ ref('stg_tereina__payment_requests') }}) as received,
        (select count(*) from {{ ref('fct_payment') }} where source_name = 'tereina') as shown

    union all

    select
        'revenue invoices' as what,
        (select count(*) from {{ ref('stg_solvimon__invoices') }}) as received,
        (select count(*) from {{ ref('fct_revenue_invoice') }} where invoice_origin = 'api') as shown

    union all

    select
        'rejects' as what,
        (select count(*) from {{ ref('stg_roit__rejects') }})
        + (select count(*) from {{ ref('stg_tereina__rejects') }})
        + (select count(*) from {{ ref('stg_solvimon__rejects') }}) as received,
        (select count(*) from {{ ref('fct_rejected_record') }}) as shown

)

select *
from counts
where received != shown
