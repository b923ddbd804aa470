{#- The sums of signed entries as they stood at each run of the forecast: what counted by the run's day and was known
    by its time. Entries that every run sees are summed once and not once for each run, so that the cost follows what
    has moved since the first of them and not how old the books are.

    relation has effective_date, known_at, the keys, and the amount; runs has run_date and known_at. -#}
{% macro sums_at_each_run(relation, runs, keys, amount) %}
    {%- set earliest = '(select min(run_date) as run_date, min(known_at) as known_at from ' ~ runs ~ ')' %}
    select
        run_date,
        {% for key in keys %}
            {{ key }},
        {% endfor %}
        sum(run_amount) as {{ amount }},
        max(entry_known_at) as newest_known_at
    from (
        select
            runs.run_date,
            {% for key in keys %}
                openings.{{ key }},
            {% endfor %}
            openings.run_amount,
            openings.entry_known_at
        from (
            select
                {% for key in keys %}
                    entries.{{ key }},
                {% endfor %}
                sum(entries.{{ amount }}) as run_amount,
                max(entries.known_at) as entry_known_at
            from {{ relation }} as entries
            cross join {{ earliest }} as earliest
            where entries.effective_date <= earliest.run_date and entries.known_at <= earliest.known_at
            group by {% for key in keys %}entries.{{ key }}{{ ', ' if not loop.last }}{% endfor %}
            having sum(entries.{{ amount }}) != 0
        ) as openings
        cross join {{ runs }} as runs

        union all

        select
            runs.run_date,
            {% for key in keys %}
                entries.{{ key }},
            {% endfor %}
            entries.{{ amount }} as run_amount,
            entries.known_at as entry_known_at
        from {{ relation }} as entries
        cross join {{ earliest }} as earliest
        inner join {{ runs }} as runs
            on entries.effective_date <= runs.run_date and entries.known_at <= runs.known_at
        where entries.effective_date > earliest.run_date or entries.known_at > earliest.known_at
    ) as moved
    group by run_date, {{ keys | join(', ') }}
    having sum(run_amount) != 0
{% endmacro %}

{#- How many days after its due date a payment of a history is expected: the percentile of the supplier's own
    payments, drawn towards the company's by as many payments as the scenario wants, to the whole day. -#}
{% macro credible_days(percentile) -%}
    cast(round({{ money_divide(
        money('own.payment_count * own.' ~ percentile ~ '_days + own.prior_payments * companies.' ~ percentile ~ '_days'),
        money('own.payment_count + own.prior_payments'),
    ) }}) as {{ column_type('bigint') }})
{%- endmacro %}

{#- A percentile of the days late by nearest rank: the first number of days by which that share of the payments had
    been made. No days in between are made up, and nothing is divided. -#}
{% macro nearest_rank(percentile) -%}
    max(case
        when
            ranked.payments_so_far * 100 >= scenarios.{{ percentile }}_percentile * ranked.payments_in_all
            and (ranked.payments_so_far - ranked.payment_count) * 100
            < scenarios.{{ percentile }}_percentile * ranked.payments_in_all
            then ranked.days_late
    end)
{%- endmacro %}

{#- The business day on which an item is paid that moves by so many days, and not before the run; the run's day where
    no day is known. -#}
{% macro payment_moment(name) -%}
    greatest(
        items.run_date,
        coalesce({{ name }}_days.payment_day, {{ add_days('items.due_on', 'items.' ~ name ~ '_shift') }}, items.run_date)
    )
{%- endmacro %}
