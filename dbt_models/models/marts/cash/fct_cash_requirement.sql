{% set moments = ['expected', 'early', 'late'] %}

with

runs as (

    select * from {{ ref('int_cash__runs_dated') }}

),

scenarios as (

    select * from {{ ref('seed_cash_scenarios') }}

),

calendar as (

    select
        date_day,
        payment_day
    from {{ ref('int_calendar__days') }}

),

delays as (

    select * from {{ ref('int_cash__delays_learned') }}

),

-- Open items by their due date, and by how late such items are paid. A credit waits for no payment: it stands on its
-- day and in a column of its own.
owed as (

    select
        items.run_date,
        scenarios.scenario,
        scenarios.timing,
        items.tenant_id,
        items.company_key,
        items.currency_code,
        items.open_amount as amount,
        items.effective_due_date as due_on,
        {% for moment in moments %}
            scenarios.shift_days
            + case
                when items.open_amount > 0 then coalesce(own.{{ moment }}_days, companies.{{ moment }}_days, 0) else 0
            end as {{ moment }}_shift,
        {% endfor %}
        greatest(
            items.newest_known_at,
            coalesce(own.newest_known_at, companies.newest_known_at, items.newest_known_at)
        ) as newest_known_at
    from {{ ref('int_cash__items_open') }} as items
    cross join scenarios
    left join delays as own
        on
            items.run_date = own.run_date
            and scenarios.scenario = own.scenario
            and items.tenant_id = own.tenant_id
            and items.company_key = own.company_key
            and items.supplier_key = own.supplier_key
    left join delays as companies
        on
            items.run_date = companies.run_date
            and scenarios.scenario = companies.scenario
            and items.tenant_id = companies.tenant_id
            and items.company_key = companies.company_key
            and companies.supplier_key = '*'
    where scenarios.timing in ('due_date', 'history')

),

scheduled as (

    select
        payments.run_date,
        scenarios.scenario,
        scenarios.timing,
        payments.tenant_id,
        payments.company_key,
        payments.currency_code,
        payments.amount,
        payments.scheduled_on as due_on,
        {% for moment in moments %}
            scenarios.shift_days as {{ moment }}_shift,
        {% endfor %}
        payments.newest_known_at
    from {{ ref('int_cash__payments_scheduled') }} as payments
    cross join scenarios
    where scenarios.timing = 'payment_request'

),

items as (

    select * from owed
    union all
    select * from scheduled

),

-- Money is sent on business days, and what should have been sent is needed on the day of the run, as is what has no
-- date at all. By habit, though, what is later than payments ever are is waiting for something else than its day.
placed as (

    select
        items.*,
        {% for moment in moments %}
            {{ payment_moment(moment) }} as {{ moment }}_on,
        {% endfor %}
        items.timing = 'history'
        and items.amount > 0
        and coalesce(
            coalesce(late_days.payment_day, {{ add_days('items.due_on', 'items.late_shift') }}) < items.run_date,
            true
        ) as is_stalled
    from items
    {% for moment in moments %}
        left join calendar as {{ moment }}_days
            on {{ add_days('items.due_on', 'items.' ~ moment ~ '_shift') }} = {{ moment }}_days.date_day
    {% endfor %}
),

-- An item stands on the day it is expected on; what is to be paid also on the first and the last day that it may be.
on_days as (

    {% for moment in moments %}
        select
            placed.*,
            '{{ moment }}' as moment,
            {{ moment }}_on as due_date,
            amount > 0 and not is_stalled as is_required
        from placed
        {% if moment != 'expected' %}where amount > 0 and not is_stalled{% endif %}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}
),

summed as (

    select
        run_date,
        scenario,
        tenant_id,
        company_key,
        currency_code,
        due_date,
        sum(case when moment = 'expected' then 1 else 0 end) as item_count,
        {% for moment, amounts in [('expected', 'required'), ('early', 'early'), ('late', 'late')] %}
            sum(case when moment = '{{ moment }}' and is_required then amount else 0 end) as {{ amounts }}_amount,
        {% endfor %}
        sum(case
            when moment = 'expected' and is_required and due_on < run_date then amount else 0
        end) as overdue_amount,
        sum(case
            when moment = 'expected' and is_required and due_on is null then amount else 0
        end) as undated_amount,
        sum(case when moment = 'expected' and is_stalled then amount else 0 end) as stalled_amount,
        sum(case when moment = 'expected' and amount < 0 then amount else 0 end) as credit_amount,
        max(newest_known_at) as newest_known_at
    from on_days
    group by run_date, scenario, tenant_id, company_key, currency_code, due_date

),

final as (

    select
        {{ surrogate_key([
            'summed.run_date', 'summed.scenario', 'summed.tenant_id', 'summed.company_key', 'summed.currency_code',
            'summed.due_date',
        ]) }} as cash_requirement_key,
        summed.run_date,
        runs.known_at,
        runs.is_reconstructed,
        summed.scenario,
        summed.tenant_id,
        summed.company_key,
        summed.due_date,
        {{ days_between('summed.run_date', 'summed.due_date') }} as days_ahead,
        summed.currency_code,
        {{ cast_as('summed.item_count', 'bigint') }} as item_count,
        {{ money('summed.required_amount') }} as required_amount,
        {{ money('summed.overdue_amount') }} as overdue_amount,
        {{ money('summed.undated_amount') }} as undated_amount,
        {{ money('summed.stalled_amount') }} as stalled_amount,
        {{ money('summed.credit_amount') }} as credit_amount,
        {{ money('summed.early_amount') }} as early_amount,
        {{ money('summed.late_amount') }} as late_amount,
        summed.newest_known_at as _loaded_at
    from summed
    inner join runs on summed.run_date = runs.run_date

)

select * from final
