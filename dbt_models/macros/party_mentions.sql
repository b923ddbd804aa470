{#- The versions of ROIT's payables that say something of a party: the first one, and each that says something else than
    the one before. Not each time that a payable is paid: an old document would bring an old name back. The columns of
    the versions, changed_at, and said_at, when it was said. -#}
{% macro payables_that_say_else(columns) %}
    select
        *,
        case when version_place = 1 then coalesce(created_at, changed_at) else changed_at end as said_at
    from (
        select
            *,
            row_number() over payable_in_order as version_place,
            {%- for column in columns %}
            lag({{ column }}) over payable_in_order as told_{{ column }}{{ ',' if not loop.last }}
            {%- endfor %}
        from (
            select
                *,
                coalesce(updated_at, known_at) as changed_at
            from {{ ref('stg_roit__accounts_payable_versions') }}
        ) as payables
        window payable_in_order as (partition by account_payable_id order by changed_at, version_id)
    ) as told
    where
        version_place = 1
        {%- for column in columns %}
        or coalesce({{ column }}, '') != coalesce(told_{{ column }}, '')
        {%- endfor %}
{% endmacro %}

{#- Parties that Tereina's invoices and payments name by a reference: they say nothing but that there is one. The
    columns are those of the reference in each; it is party_reference_id here. -#}
{% macro parties_referred_to(invoice_column, payment_column) %}
    select
        {{ invoice_column }} as party_reference_id,
        coalesce(updated_at, created_at, known_at) as said_at,
        'invoice|' || invoice_reference_id || '|' || version_id as mention_id,
        source_relation,
        tenant_id,
        _dlt_load_id,
        known_at
    from {{ ref('stg_tereina__invoice_versions') }}

    union all

    select
        {{ payment_column }} as party_reference_id,
        coalesce(updated_at, created_at, _loaded_at) as said_at,
        'payment|' || payment_request_reference_id as mention_id,
        source_relation,
        tenant_id,
        _dlt_load_id,
        _loaded_at as known_at
    from {{ ref('stg_tereina__payment_requests') }}
{% endmacro %}
