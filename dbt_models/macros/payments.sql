{#- The versions of Tereina's payment requests, each with the time from which the next one was known. -#}
{% macro payment_request_versions() %}
    select
        *,
        lead(known_at) over (
            partition by payment_request_reference_id
            order by known_at, coalesce(version_number, 0), updated_at, version_id
        ) as superseded_at
    from {{ ref('stg_tereina__payment_request_versions') }}
{% endmacro %}

{#- What the bank said of payments, with request_id, the request that it was said of: pain.002 may name a payment by its
    end-to-end id only, which is looked up in the requests given. Null where nothing names one. -#}
{% macro payment_statuses(requests) %}
    select
        statuses.*,
        coalesce(
            statuses.payment_request_reference_id,
            requests_by_end_to_end_id.payment_request_reference_id
        ) as request_id
    from {{ ref('stg_tereina__payment_statuses') }} as statuses
    left join (
        select
            end_to_end_id,
            min(payment_request_reference_id) as payment_request_reference_id
        from {{ requests }}
        group by end_to_end_id
    ) as requests_by_end_to_end_id
        on statuses.end_to_end_id = requests_by_end_to_end_id.end_to_end_id
{% endmacro %}
