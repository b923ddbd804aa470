with

source as (

    {{ raw_rows('roit', 'accounts_payable__history') }}

),

renamed as (

    select
        ---------- ids
        _version as version_id,
        id as account_payable_id,
        document_id,
        access_key,
        provider__national_register as supplier_tax_id,
        company__national_register as company_tax_id,
        holder__national_register as holder_tax_id,

        ---------- text
        reference as erp_reference,
        document_number,
        document_type,
        description,
        status,
        provider__name as supplier_name,
        provider__type as supplier_type,
        company__name as company_name,
        holder__name as holder_name,
        payment_purpose__code as payment_purpose_code,
        payment_detail__type as payment_method,
        payment_detail__barcode as barcode,
        payment_detail__digitable_line as digitable_line,
        payment_detail__revenue_code as revenue_code,
        canceled__reason as cancellation_reason,
        integration__status as integration_status,
        integration__entry_reference as entry_reference,
        currency__code as currency_code,

        ---------- numerics
        currency__rate as exchange_rate,
        value__gross as gross_amount,
        value__discount as discount_amount,
        value__interest as interest_amount,
        value__fine as fine_amount,
        value__net as net_amount,

        ---------- booleans
        is_open,
        is_locked__locked as is_locked,

        ---------- dates
        issue_date,
        entry_date,
        due_date,
        scheduled_date,
        integration__entry_date as erp_entry_date,

        ---------- timestamps
        paid_at,
        canceled__at as canceled_at,
        created_at,
        updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from source

)

select * from renamed
