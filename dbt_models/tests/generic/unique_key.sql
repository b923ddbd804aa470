{#- A grain of several columns: no row twice, no part null. A composite key that is not unique doubles every sum
    that is joined over it. A part may be an expression, so the parts are named before they are grouped. -#}
{% test unique_key(model, columns) %}

select {% for column in columns %}part_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
from (
    select {% for column in columns %}{{ column }} as part_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
    from {{ model }}
) as keys
group by {% for column in columns %}part_{{ loop.index }}{{ ', ' if not loop.last }}{% endfor %}
having count(*) > 1{% for column in columns %} or part_{{ loop.index }} is null{% endfor %}

{% endtest %}
