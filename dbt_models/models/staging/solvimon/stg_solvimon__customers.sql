with

source as (

    {{ raw_rows('solvimon', 'customers') }}

),

renamed as (

    select
        ---------- ids
        id as customer_id,
        parent_customer_id,
        organization__tax_id as tax_id,

        ---------- text
        reference as customer_reference,
        status,
        type as customer_type,
        email,
        organization__legal_name as legal_name,
        organization__registered_address__country as country_code,
        coalesce(organization__registered_address__city, individual__residential_address__city) as city,

        ---------- booleans
        organization__tax_exempt as is_tax_exempt,

        ---------- timestamps
        created_at,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
