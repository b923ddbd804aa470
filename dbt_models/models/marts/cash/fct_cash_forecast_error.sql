with

-- Only what has come to pass: a horizon whose last day is over.
horizons as (

    {% for days in var('forecast_horizons') %}
        select
            runs.run_date,
            runs.known_at,
            runs.is_reconstructed,
            {{ cast_as(days, 'bigint') }} as horizon_days,
            {{ add_days('runs.run_date', days) }} as horizon_end
        from {{ ref('int_cash__runs_dated') }} as runs
        where {{ add_days('runs.run_date', days) }} <= {{ as_of_date() }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

scenarios as (

    select scenario from {{ ref('seed_cash_scenarios') }}

),

forecasts as (

    select
        horizons.run_date,
        horizons.horizon_days,
        requirements.scenario,
        requirements.tenant_id,
        requirements.company_key,
        requirements.currency_code,
        sum(requirements.required_amount) as forecast_amount,
        sum(requirements.early_amount) as early_amount,
        sum(requirements.late_amount) as late_amount,
        max(requirements._loaded_at) as newest_known_at
    from horizons
    inner join {{ ref('fct_cash_requirement') }} as requirements
        on horizons.run_date = requirements.run_date and horizons.horizon_end >= requirements.due_date
    group by
        horizons.run_date,
        horizons.horizon_days,
        requirements.scenario,
        requirements.tenant_id,
        requirements.company_key,
        requirements.currency_code

),

documents as (

    {{ documents_known(known_at()) }}
),

-- What left the account for payables and did not come back, day by day, as it is known now.
payments as (

    select
        events.installment_key,
        events.document_key,
        events.currency_code,
        events.effective_date,
        sum(-events.amount) as paid_amount
    from {{ ref('int_ap__payable_events') }} as events
    where
        events.event_type in ('PAYMENT_APPLIED', 'PAYMENT_RETURNED')
        and events.known_at <= {{ known_at() }}
        and events.effective_date <= {{ as_of_date() }}
    group by events.installment_key, events.document_key, events.currency_code, events.effective_date

),

foreseeable as (

    select
        run_date,
        installment_key,
        currency_code
    from {{ ref('int_cash__items_open') }}
    where open_amount > 0

),

outcomes as (

    select
        horizons.run_date,
        horizons.horizon_days,
        documents.tenant_id,
        documents.company_key,
        payments.currency_code,
        sum(payments.paid_amount) as paid_amount,
        sum(case
            when foreseeable.installment_key is not null then payments.paid_amount else 0
        end) as paid_foreseen_amount
    from horizons
    inner join payments
        on horizons.run_date < payments.effective_date and horizons.horizon_end >= payments.effective_date
    inner join documents on payments.document_key = documents.document_key
    left join foreseeable
        on
            horizons.run_date = foreseeable.run_date
            and payments.installment_key = foreseeable.installment_key
            and payments.currency_code = foreseeable.currency_code
    group by
        horizons.run_date,
        horizons.horizon_days,
        documents.tenant_id,
        documents.company_key,
        payments.currency_code

),

-- A scenario that foresaw nothing of what was paid is wrong by all of it.
members as (

    select
        run_date,
        horizon_days,
        tenant_id,
        company_key,
        currency_code
    from outcomes

    union distinct

    select
        run_date,
        horizon_days,
        tenant_id,
        company_key,
        currency_code
    from forecasts

),

compared as (

    select
        members.*,
        scenarios.scenario,
        horizons.known_at,
        horizons.is_reconstructed,
        horizons.horizon_end,
        coalesce(forecasts.forecast_amount, 0) as forecast_amount,
        coalesce(forecasts.early_amount, 0) as early_amount,
        coalesce(forecasts.late_amount, 0) as late_amount,
        coalesce(outcomes.paid_amount, 0) as paid_amount,
        coalesce(outcomes.paid_foreseen_amount, 0) as paid_foreseen_amount,
        forecasts.newest_known_at
    from members
    cross join scenarios
    inner join horizons
        on members.run_date = horizons.run_date and members.horizon_days = horizons.horizon_days
    left join forecasts
        on
            members.run_date = forecasts.run_date
            and members.horizon_days = forecasts.horizon_days
            and members.tenant_id = forecasts.tenant_id
            and members.company_key = forecasts.company_key
            and members.currency_code = forecasts.currency_code
            and scenarios.scenario = forecasts.scenario
    left join outcomes
        on
            members.run_date = outcomes.run_date
            and members.horizon_days = outcomes.horizon_days
            and members.tenant_id = outcomes.tenant_id
            and members.company_key = outcomes.company_key
            and members.currency_code = outcomes.currency_code

),

final as (

    select
        {{ surrogate_key([
            'run_date', 'scenario', 'tenant_id', 'company_key', 'currency_code', 'horizon_days',
        ]) }} as cash_forecast_error_key,
        run_date,
        known_at,
        is_reconstructed,
        scenario,
        horizon_days,
        horizon_end as horizon_end_date,
        tenant_id,
        company_key,
        currency_code,
        {{ money('forecast_amount') }} as forecast_amount,
        {{ money('early_amount') }} as forecast_early_amount,
        {{ money('late_amount') }} as forecast_late_amount,
        {{ money('paid_amount') }} as paid_amount,
        {{ money('paid_foreseen_amount') }} as paid_foreseen_amount,
        {{ money('forecast_amount - paid_amount') }} as error_amount,
        {{ money('abs(forecast_amount - paid_amount)') }} as absolute_error_amount,
        {{ money_divide('abs(forecast_amount - paid_amount)', 'abs(paid_amount)') }} as error_share,
        paid_amount >= late_amount and paid_amount <= early_amount as is_within_band,
        newest_known_at as _loaded_at
    from compared

)

select * from final
