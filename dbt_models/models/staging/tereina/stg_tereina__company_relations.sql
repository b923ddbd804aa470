with

source as (

    {{ raw_rows('tereina', 'companies__relations') }}

),

renamed as (

    select
        ---------- ids
        company_reference_id,
        position,
        reference_id as relation_reference_id,
        related_company_reference_id,
        payment_term__reference_id as payment_term_reference_id,

        ---------- text
        relationship_type,
        payment_method,
        payment_term__name as payment_term_name,
        payment_term__description as payment_term_description,
        payment_term__baseline_type as baseline_type,

        ---------- booleans
        payment_term__asap as is_asap,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
