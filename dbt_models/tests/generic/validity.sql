{#- SCD2: of each key exactly one version on every day since 1900. An overlap doubles every fact that is joined by
    day, a gap loses it, and two current versions double all of them. -#}
{% test versions_are_gapless(model, key) %}

with

versions as (

    select
        {{ key }},
        valid_from,
        valid_to,
        is_current,
        lead(valid_from) over version_in_order as next_valid_from,
        row_number() over version_in_order as place
    from {{ model }}
    window version_in_order as (partition by {{ key }} order by valid_from)

)

select
    {{ key }},
    valid_from
from versions
where
    (place = 1 and valid_from != {{ beginning_of_time() }})
    or (next_valid_from is not null and (valid_to is null or valid_to != next_valid_from or is_current))
    or (next_valid_from is null and (valid_to is not null or not is_current))
    or valid_to <= valid_from

{% endtest %}

{#- Two periods of one key on one day double what is joined by day. -#}
{% test periods_do_not_overlap(model, key) %}

with

periods as (

    select
        {{ key }},
        valid_from,
        valid_to,
        lead(valid_from) over (partition by {{ key }} order by valid_from) as next_valid_from
    from {{ model }}

)

select
    {{ key }},
    valid_from
from periods
where next_valid_from is not null and (valid_to is null or valid_to > next_valid_from)

{% endtest %}
