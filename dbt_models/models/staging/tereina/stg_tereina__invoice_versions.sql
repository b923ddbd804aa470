with

source as (

    {{ raw_rows('tereina', 'invoices__history') }}

),

renamed as (

    select
        ---------- ids
        _version as version_id,
        reference_id as invoice_reference_id,
        company_code_reference_id,
        supplier_reference_id,
        purchase_order_reference_id,
        payment_term_reference_id,
        {{ json_text('_extra', 'accessKey') }} as access_key,

        ---------- text
        number as invoice_number,
        status,
        payment_block,
        currency as currency_code,

        ---------- numerics
        gross_amount,
        net_amount,
        tax_amount,
        discount_amount,
        open_amount,
        version as version_number,

        ---------- dates
        issue_date,
        posting_date,
        due_date,
        baseline_date,
        discount_due_date,

        ---------- timestamps
        created_date as created_at,
        last_updated_date as updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from source

)

select * from renamed
