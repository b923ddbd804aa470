-- The row budget of the matching: a few candidates for each line and payment. Guards against a rule whose pairs are not
-- bounded by a key, which is quick on a test's rows and never ends on a year's.
with

counted as (

    select
        (select count(*) from {{ ref('int_bank__candidates_scored') }}) as candidate_count,
        (select count(*) from {{ ref('int_bank__line_parts') }})
        + (select count(*) from {{ ref('int_ap__payment_lifecycle') }}) as record_count

)

select *
from counted
where candidate_count > 20 * record_count
