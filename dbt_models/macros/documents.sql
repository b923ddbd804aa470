{#- Whether a version of a record is the one that was known at a time: the last one before it. -#}
{% macro is_version_known(alias, at) -%}
    {{ alias }}.known_at <= {{ at }} and ({{ alias }}.superseded_at is null or {{ alias }}.superseded_at > {{ at }})
{%- endmacro %}

{#- The documents as they were known at a time, with the keys of who is owed and who owes: one version each. -#}
{% macro documents_known(at) %}
    select
        versions.*,
        {{ supplier_key('versions') }} as supplier_key,
        {{ company_key('versions') }} as company_key
    from {{ ref('int_ap__document_versions') }} as versions
    where {{ is_version_known('versions', at) }}
{% endmacro %}
