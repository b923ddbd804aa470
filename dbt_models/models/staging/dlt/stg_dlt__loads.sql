with

source as (

    select
        'roit' as source_name,
        loads.*
    from ({{ load_rows('roit') }}) as loads

    union all

    select
        'tereina' as source_name,
        loads.*
    from ({{ load_rows('tereina') }}) as loads

    union all

    select
        'solvimon' as source_name,
        loads.*
    from ({{ load_rows('solvimon') }}) as loads

),

committed as (

    select
        ---------- ids
        load_id,

        ---------- text
        source_name,
        schema_name,

        ---------- timestamps
        inserted_at as committed_at
    from source
    where status = 0

)

select * from committed
