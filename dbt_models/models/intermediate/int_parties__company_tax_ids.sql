with

identifiers as (

    select
        company_reference_id,
        {{ plain_code('identifier') }} as tax_id,
        row_number() over (
            partition by company_reference_id
            -- CNPJ before CPF
            order by upper(identifier_type), position
        ) as preference
    from {{ ref('stg_tereina__company_corporate_identifiers') }}
    where upper(identifier_type) in ('CNPJ', 'CPF')

),

final as (

    select
        company_reference_id,
        tax_id
    from identifiers
    where preference = 1 and tax_id is not null

)

select * from final
