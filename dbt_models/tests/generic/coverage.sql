{#- More rows than the source gave: a load that was counted or merged twice. -#}
{% test nothing_appears_from_nowhere(model) %}

select coverage_key
from {{ model }}
where loaded_rows + rejected_rows > expected_rows

{% endtest %}

{#- What a load lacks and no later one brought. Such a load fails when it runs; this says so as long as it is true. -#}
{% test nothing_is_missing(model) %}

select
    source_name,
    table_name,
    window_from
from {{ model }}
where state = 'incomplete'

{% endtest %}
