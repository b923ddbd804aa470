{#- C4: a forecast that loses an item on the way to its day, or counts it twice: whenever the money is expected to go,
    on every run it is what the ledger says is open by the run's two clocks, and so are both ends of the band; by contract
    nothing is set aside as stalled. -#}
{% test c4_every_run_is_the_ledger(model) %}

with

ledger as (

    select
        runs.run_date,
        events.currency_code,
        sum(events.amount) as open_amount
    from {{ ref('int_cash__runs_dated') }} as runs
    inner join {{ ref('fct_payable_event') }} as events
        on runs.run_date >= events.effective_date and runs.known_at >= events.known_at
    group by runs.run_date, events.currency_code

),

shown as (

    select
        requirements.run_date,
        requirements.scenario,
        requirements.currency_code,
        sum(requirements.stalled_amount) as stalled_amount,
        sum(requirements.required_amount + requirements.stalled_amount) as owed_amount,
        sum(requirements.required_amount + requirements.stalled_amount + requirements.credit_amount) as open_amount,
        sum(requirements.early_amount + requirements.stalled_amount) as early_amount,
        sum(requirements.late_amount + requirements.stalled_amount) as late_amount
    from {{ model }} as requirements
    group by requirements.run_date, requirements.scenario, requirements.currency_code

)

select
    ledger.run_date,
    ledger.currency_code,
    scenarios.scenario
from ledger
cross join {{ ref('seed_cash_scenarios') }} as scenarios
left join shown
    on
        ledger.run_date = shown.run_date
        and ledger.currency_code = shown.currency_code
        and scenarios.scenario = shown.scenario
where
    scenarios.timing in ('due_date', 'history')
    and (
        ledger.open_amount != coalesce(shown.open_amount, 0)
        or shown.owed_amount != shown.early_amount
        or shown.owed_amount != shown.late_amount
        or (scenarios.timing = 'due_date' and shown.stalled_amount != 0)
    )

{% endtest %}

{#- C4: a back-test against payments that some join has dropped or doubled: for every run and horizon each scenario is
    held against all that the ledger says was paid on those days. -#}
{% test c4_paid_is_the_ledger(model) %}

with

shown as (

    select
        run_date,
        scenario,
        horizon_end_date,
        currency_code,
        sum(paid_amount) as paid_amount
    from {{ model }}
    group by run_date, scenario, horizon_end_date, currency_code

)

select
    shown.run_date,
    shown.scenario,
    shown.horizon_end_date,
    shown.currency_code
from shown
left join {{ ref('fct_payable_event') }} as events
    on
        shown.currency_code = events.currency_code
        and events.event_type in ('PAYMENT_APPLIED', 'PAYMENT_RETURNED')
        and events.known_at <= {{ known_at() }}
group by shown.run_date, shown.scenario, shown.horizon_end_date, shown.currency_code, shown.paid_amount
having
    shown.paid_amount != -sum(case
        when events.effective_date > shown.run_date and events.effective_date <= shown.horizon_end_date
            then events.amount
        else 0
    end)

{% endtest %}
