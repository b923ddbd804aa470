{#- The day from which the first version of anything holds: before it was first spoken of it was, as far as anybody
    knows, what it was then. So a fact of any day finds a version. -#}
{% macro beginning_of_time() -%}
    cast('1900-01-01' as date)
{%- endmacro %}

{#- What was said of parties over time, as versions: for each key no day without one and none with two. The last word
    of a day holds from that day until the next different one; a word without an attribute leaves it as it was, and
    what only became known later is taken to have been so before. Spellings that differ in case are the same.

    relation has a row per mention: the key, said_at (timestamp), mention_id (breaks ties), the attributes. The
    result has the columns of the mention that began each version, its attributes filled, and valid_from, valid_to
    (without that day; null for the current one), is_current, version_number. -#}
{% macro valid_versions(relation, key, attributes) %}
    select
        days.*,
        row_number() over version_in_order as version_number,
        case
            when row_number() over version_in_order = 1 then {{ beginning_of_time() }}
            else said_on
        end as valid_from,
        lead(said_on) over version_in_order as valid_to,
        lead(said_on) over version_in_order is null as is_current
    from (
        select
            last_words.*,
            coalesce(fingerprint != lag(fingerprint) over day_in_order, true) as is_change
        from (
            select
                filled.*,
                {{ local_date('filled.said_at') }} as said_on,
                {{ surrogate_key(_folded(attributes)) }} as fingerprint,
                row_number() over (
                    partition by filled.{{ key }}, {{ local_date('filled.said_at') }}
                    order by filled.said_at desc, filled.mention_id desc
                ) as lateness
            from (
                select
                    mentions.*,
                    {%- for attribute in attributes %}
                    coalesce(
                        last_value(mentions.{{ attribute }} ignore nulls) over so_far,
                        first_value(mentions.{{ attribute }} ignore nulls) over from_here
                    ) as {{ attribute }}_then{{ ',' if not loop.last }}
                    {%- endfor %}
                from {{ relation }} as mentions
                window
                    so_far as (
                        partition by mentions.{{ key }}
                        order by mentions.said_at, mentions.mention_id
                        rows between unbounded preceding and current row
                    ),
                    from_here as (
                        partition by mentions.{{ key }}
                        order by mentions.said_at, mentions.mention_id
                        rows between current row and unbounded following
                    )
            ) as filled
        ) as last_words
        where lateness = 1
        window day_in_order as (partition by {{ key }} order by said_on)
    ) as days
    where is_change
    window version_in_order as (partition by {{ key }} order by said_on)
{% endmacro %}

{% macro _folded(attributes) %}
    {%- set columns = [] -%}
    {%- for attribute in attributes -%}
        {%- do columns.append('upper(trim(filled.' ~ attribute ~ '_then))') -%}
    {%- endfor -%}
    {{ return(columns) }}
{% endmacro %}

{#- A tax id as a mart shows it. The eleven digits of a CPF name a person: only the middle ones are shown, unless
    the variable show_personal_tax_ids says otherwise. Joins go by key, so nothing is lost. -#}
{% macro shown_tax_id(tax_id) -%}
    {% if var('show_personal_tax_ids') -%}
        {{ tax_id }}
    {%- else -%}
        case
            when length({{ tax_id }}) = 11 then '***' || substr({{ tax_id }}, 4, 6) || '**'
            else {{ tax_id }}
        end
    {%- endif %}
{%- endmacro %}
