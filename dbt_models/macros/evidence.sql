{#- The record that stands behind a row of a mart, as columns of fct_record_evidence: those that do not apply are null.

    `of` is the alias of the record's relation, where there are several; source_name the system, where the relation
    does not say it; position the record's place in its list. With has_version the record is kept in versions and the
    relation says which, with has_file it came in a file. -#}
{% macro evidence_of(record_id, of=none, source_name=none, position=none, has_version=false, has_file=false) -%}
    {%- set in_record = of ~ '.' if of else '' -%}
    {%- set no_text = cast_as('null', 'text') -%}
    {{ "'" ~ source_name ~ "'" if source_name else in_record ~ 'source_name' }} as source_name,
    {{ in_record }}source_relation as source_relation,
    {{ record_id }} as record_id,
    {{ position or cast_as('null', 'bigint') }} as record_position,
    {{ in_record ~ 'version_id' if has_version else no_text }} as version_id,
    {{ in_record ~ 'path' if has_file else no_text }} as path,
    {{ in_record ~ 'sha256' if has_file else no_text }} as sha256,
    {{ in_record }}tenant_id as tenant_id,
    {{ in_record }}_dlt_load_id as _dlt_load_id
{%- endmacro %}
