-- No candidate is left whose line and payments are all free: with more rounds it would be a match. Only long chains of
-- records that each prefer another's partner need many.
{{ config(severity = 'warn') }}

with

matches as (

    select * from {{ ref('int_bank__matches_resolved') }}

),

matched_parts as (

    select distinct part_key
    from matches

),

matched_payments as (

    select distinct payment_key
    from matches

),

candidates as (

    select
        candidates.candidate_key,
        max(
            case when matched_parts.part_key is not null or matched_payments.payment_key is not null then 1 else 0 end
        ) as is_taken
    from {{ ref('int_bank__candidates_scored') }} as candidates
    left join matched_parts on candidates.part_key = matched_parts.part_key
    left join matched_payments on candidates.payment_key = matched_payments.payment_key
    group by candidates.candidate_key

)

select candidate_key
from candidates
where is_taken = 0
