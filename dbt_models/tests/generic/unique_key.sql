{#- A grain of several columns: no row twice, no part null. A composite key that is not unique doubles every sum
    that is joined over it. -#}
{% test unique_key(model, columns) %}

select {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having count(*) > 1{% for column in columns %} or {{ column }} is null{% endfor %}

{% endtest %}
