{#- The condition that puts an item into a row of seed_aging_buckets. A credit is never netted against what is
    owed: it has a bucket of its own. -#}
{% macro is_in_bucket(buckets, open_amount, days_past_due) -%}
    case
        when {{ open_amount }} < 0 then {{ buckets }}.bucket = 'credit'
        when {{ days_past_due }} is null then {{ buckets }}.bucket = 'no_due_date'
        when {{ buckets }}.from_days is null and {{ buckets }}.to_days is null then false
        else
            ({{ buckets }}.from_days is null or {{ days_past_due }} >= {{ buckets }}.from_days)
            and ({{ buckets }}.to_days is null or {{ days_past_due }} <= {{ buckets }}.to_days)
    end
{%- endmacro %}
