with

source as (

    {{ raw_rows('tereina', 'companies__relations__payment_term_installments') }}

),

renamed as (

    select
        ---------- ids
        company_reference_id,
        relation_position,
        position,

        ---------- text
        due_date_type,

        ---------- numerics
        sequence as installment_number,
        percentage,
        due_days,
        fixed_day_of_month,
        months_shift,

        ---------- lineage
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at
    from source

)

select * from renamed
