{#- What bank lines and payments are compared by. -#}

{#- An account by a hash of its number, so that no number leaves the raw table; null when there is none. -#}
{% macro account_key(iban, account_number) -%}
    case
        when {{ plain_code('coalesce(' ~ iban ~ ', ' ~ account_number ~ ')') }} is not null
            then {{ surrogate_key([plain_code('coalesce(' ~ iban ~ ', ' ~ account_number ~ ')')]) }}
    end
{%- endmacro %}

{#- A party by a hash of its name, whatever its case, accents and punctuation; null when there is none. -#}
{% macro name_key(name) -%}
    case when {{ plain_name(name) }} is not null then {{ surrogate_key([plain_name(name)]) }} end
{%- endmacro %}

{% macro plain_name(expression) -%}
    {{ plain_code(without_accents(expression)) }}
{%- endmacro %}

{% macro without_accents(expression) -%}
    {{ return(adapter.dispatch('without_accents', 'ledgerhouse')(expression)) }}
{%- endmacro %}

{% macro default__without_accents(expression) -%}
    strip_accents({{ expression }})
{%- endmacro %}

{% macro bigquery__without_accents(expression) -%}
    regexp_replace(normalize({{ expression }}, nfd), r'\pM', '')
{%- endmacro %}

{#- An id that identifies: not empty, and not what senders write where the standard wants one and they have none. -#}
{% macro real_id(expression) -%}
    nullif(nullif(trim({{ expression }}), ''), 'NOTPROVIDED')
{%- endmacro %}

{#- Two things that may be unknown do not contradict each other. -#}
{% macro same_or_unknown(one, other) -%}
    ({{ one }} = {{ other }} or {{ one }} is null or {{ other }} is null)
{%- endmacro %}

{#- The words of a text, one row each, as the column `word`: comes after the `from` of the relation that has the text. -#}
{% macro join_words(text) -%}
    {{ return(adapter.dispatch('join_words', 'ledgerhouse')(text)) }}
{%- endmacro %}

{% macro default__join_words(text) -%}
    cross join unnest(regexp_extract_all(upper({{ text }}), '[0-9A-Z._-]+')) as words (word)
{%- endmacro %}

{% macro bigquery__join_words(text) -%}
    cross join unnest(regexp_extract_all(upper({{ text }}), '[0-9A-Z._-]+')) as word
{%- endmacro %}

{#- Whole numbers from the first to the last, as `number`. -#}
{% macro number_rows(first, last) -%}
    {%- for number in range(first, last + 1) %}
    select {{ cast_as(number, 'bigint') }} as number{{ ' union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- Candidates chosen greedily, the least `preference` first, so that no row's left or right key is in two of them.

    relation has a row per candidate_key, left key and right key; a candidate of several rows (one line for many
    payments) has the same preference in each and is taken whole or not at all. preference is unique to a candidate.
    In each round every candidate that both of its sides prefer to all others is taken, and those that share a side
    with it are dropped. That gives what taking one after the other would give, once the rounds are enough; each
    reads the one before only once, so that no engine evaluates anything twice. -#}
{% macro choose_greedily(relation, left_key, right_key, rounds) %}
round_0 as (

    select
        candidates_of_round_0.*,
        false as is_chosen,
        true as is_open
    from {{ relation }} as candidates_of_round_0

),
{% for number in range(1, rounds + 1) %}
round_{{ number }}_agreed as (

    select
        *,
        min(case when is_agreed then 1 else 0 end) over (partition by candidate_key) = 1 as is_taken
    from (
        select
            *,
            is_open
            and preference = min(case when is_open then preference end) over (partition by {{ left_key }})
            and preference = min(case when is_open then preference end) over (partition by {{ right_key }})
                as is_agreed
        from round_{{ number - 1 }}
    ) as preferred_{{ number }}

),

round_{{ number }} as (

    select
        * {{ columns_but(['is_agreed', 'is_taken', 'is_chosen', 'is_open', 'is_blocked']) }},
        is_chosen or is_taken as is_chosen,
        is_open
        and not is_taken
        and max(case when is_blocked then 1 else 0 end) over (partition by candidate_key) = 0 as is_open
    from (
        select
            *,
            max(case when is_taken then 1 else 0 end) over (partition by {{ left_key }}) = 1
            or max(case when is_taken then 1 else 0 end) over (partition by {{ right_key }}) = 1 as is_blocked
        from round_{{ number }}_agreed
    ) as blocked_{{ number }}

),
{% endfor %}
chosen as (

    select * {{ columns_but(['is_chosen', 'is_open']) }}
    from round_{{ rounds }}
    where is_chosen

),
{% endmacro %}

{#- `select *` without some columns. -#}
{% macro columns_but(columns) -%}
    {{ return(adapter.dispatch('columns_but', 'ledgerhouse')(columns)) }}
{%- endmacro %}

{% macro default__columns_but(columns) -%}
    exclude ({{ columns | join(', ') }})
{%- endmacro %}

{% macro bigquery__columns_but(columns) -%}
    except ({{ columns | join(', ') }})
{%- endmacro %}
