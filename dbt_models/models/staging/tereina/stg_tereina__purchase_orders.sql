with

source as (

    {{ raw_rows('tereina', 'purchase_orders') }}

),

renamed as (

    select
        ---------- ids
        reference_id as purchase_order_reference_id,
        company_code_reference_id,
        supplier_reference_id,

        ---------- text
        number as purchase_order_number,
        status,
        currency as currency_code,

        ---------- numerics
        total_amount,
        version as version_number,

        ---------- dates
        order_date,

        ---------- timestamps
        created_date as created_at,
        last_updated_date as updated_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
