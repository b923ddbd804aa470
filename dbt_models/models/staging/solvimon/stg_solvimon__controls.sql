with

source as (

    {{ noted_rows('solvimon', '_controls') }}

),

renamed as (

    select
        ---------- text
        table_name,
        currency as currency_code,
        status,

        ---------- numerics
        source_rows,
        warehouse_rows,
        rejected_rows,
        source_sum as source_amount,
        warehouse_sum as warehouse_amount,

        ---------- timestamps
        window_from,
        window_to,
        checked_at,

        ---------- lineage
        source_relation
    from source

)

select * from renamed
