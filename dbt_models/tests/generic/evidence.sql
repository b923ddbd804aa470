{#- A number that nobody can trace: a row of a fact without a source record behind it, which is what a join that
    invents rows, or a key that no longer fits, looks like. -#}
{% test has_evidence(model, key, mart) %}

select rows_of_mart.{{ key }}
from {{ model }} as rows_of_mart
left join (
    select distinct mart_key
    from {{ ref('fct_record_evidence') }}
    where mart_name = '{{ mart }}'
) as evidence on rows_of_mart.{{ key }} = evidence.mart_key
where evidence.mart_key is null

{% endtest %}
