-- Which payment each debit may be. A pair is only looked at where both have the same id, or the same day and party or
-- account and amount, so that there are a few for each. Never two currencies; a part of a line is one or none.
with

parts as (

    select * from {{ ref('int_bank__line_parts') }}
    where line_class not in ('fee', 'interest', 'reversal') and amount > 0

),

-- The day on which it should be booked: nobody knows that better than the status.
payments as (

    select
        payment_key,
        payment_request_reference_id,
        end_to_end_id,
        payment_information_id,
        debtor_account_key as account_key,
        creditor_account_key,
        creditor_name_key,
        coalesce(payment_method, '') as payment_method,
        currency_code,
        {{ money('amount') }} as amount,
        settled_on,
        coalesce(settled_on, execution_date, requested_on) as payment_day,
        settled_on is null and final_stage in ('rejected', 'cancelled') as has_failed
    from {{ ref('int_ap__payment_lifecycle') }}
    where amount > 0

),

tolerances as (

    select * from {{ ref('int_bank__tolerances') }}

),

----- 1. by what names the payment: the end-to-end id, or a reference in the text

texts as (

    select
        part_key,
        remittance_text
    from parts
    where remittance_text is not null

),

words as (

    select
        part_key,
        {{ plain_code('word') }} as reference
    from texts
    {{ join_words('remittance_text') }}
    where length({{ plain_code('word') }}) >= 6

),

references_of_payments as (

    select
        payment_key,
        {{ plain_code('payment_request_reference_id') }} as reference
    from payments

    union all

    select
        payment_key,
        {{ plain_code('end_to_end_id') }} as reference
    from payments

),

named as (

    select
        parts.part_key,
        payments.payment_key,
        1 as naming
    from parts
    inner join payments
        on
            parts.end_to_end_id = payments.end_to_end_id
            and parts.currency_code = payments.currency_code

    union all

    select
        words.part_key,
        references_of_payments.payment_key,
        2 as naming
    from words
    inner join references_of_payments on words.reference = references_of_payments.reference

),

named_pairs as (

    select
        parts.part_key,
        payments.payment_key,
        parts.currency_code,
        min(named.naming) as naming,
        min(parts.amount) as part_amount,
        min(payments.amount) as payment_amount
    from named
    inner join parts on named.part_key = parts.part_key
    inner join payments
        on
            named.payment_key = payments.payment_key
            and parts.currency_code = payments.currency_code
            and {{ same_or_unknown('parts.account_key', 'payments.account_key') }}
    group by parts.part_key, payments.payment_key, parts.currency_code

),

single_by_name as (

    select
        named_pairs.part_key,
        named_pairs.payment_key,
        {{ cast_as('null', 'text') }} as group_key,
        case
            when abs(named_pairs.part_amount - named_pairs.payment_amount) > tolerances.absolute_amount
                then 'end_to_end_id_other_amount'
            when named_pairs.naming = 1 then 'end_to_end_id'
            else 'reference_in_text'
        end as rule,
        named_pairs.part_amount - named_pairs.payment_amount as amount_gap
    from named_pairs
    inner join tolerances on named_pairs.currency_code = tolerances.currency_code
    where
        named_pairs.naming = 1
        or abs(named_pairs.part_amount - named_pairs.payment_amount) <= tolerances.absolute_amount

),

-- One payment that the bank made in several bookings: together they make its amount, and none of them does alone. One
-- that was debited twice is no payment in parts.
shares as (

    select
        named_pairs.*,
        sum(named_pairs.part_amount) over (partition by named_pairs.payment_key) as shared_amount,
        count(*) over (partition by named_pairs.payment_key) as share_count,
        min(abs(named_pairs.part_amount - named_pairs.payment_amount)) over (
            partition by named_pairs.payment_key
        ) as least_gap
    from named_pairs

),

split_by_name as (

    select
        shares.part_key,
        shares.payment_key,
        shares.payment_key as group_key,
        'split_by_reference' as rule,
        shares.shared_amount - shares.payment_amount as amount_gap
    from shares
    inner join tolerances on shares.currency_code = tolerances.currency_code
    where
        shares.share_count > 1
        and shares.least_gap > tolerances.absolute_amount
        and abs(shares.shared_amount - shares.payment_amount) <= tolerances.absolute_amount

),

----- 2. by party, day and amount, where nothing is named

named_parts as (

    select part_key from single_by_name
    union distinct
    select part_key from split_by_name

),

named_payments as (

    select payment_key from single_by_name
    union distinct
    select payment_key from split_by_name

),

offsets as (

    {{ number_rows(-10, 30) }}

),

-- Each payment on every day on which it may be booked. Equal ones are numbered: only near numbers are compared.
expected_days as (

    select
        payments.*,
        tolerances.absolute_amount,
        {{ add_days('payments.payment_day', 'offsets.number') }} as expected_day,
        row_number() over (
            partition by
                payments.currency_code,
                payments.account_key,
                payments.amount,
                payments.payment_day,
                offsets.number
            order by payments.payment_key
        ) as place_in_account,
        row_number() over (
            partition by
                payments.currency_code,
                payments.account_key,
                payments.amount,
                payments.payment_day,
                offsets.number,
                payments.creditor_account_key
            order by payments.payment_key
        ) as place_in_party_account,
        row_number() over (
            partition by
                payments.currency_code,
                payments.account_key,
                payments.amount,
                payments.payment_day,
                offsets.number,
                payments.creditor_name_key
            order by payments.payment_key
        ) as place_in_party_name
    from payments
    inner join tolerances on payments.currency_code = tolerances.currency_code
    inner join offsets
        on offsets.number between -tolerances.days_before and tolerances.days_after
    left join named_payments on payments.payment_key = named_payments.payment_key
    where not payments.has_failed and named_payments.payment_key is null

),

placed_parts as (

    select
        parts.*,
        row_number() over (
            partition by parts.currency_code, parts.account_key, parts.amount, parts.booking_date
            order by parts.part_key
        ) as place_in_account,
        row_number() over (
            partition by
                parts.currency_code,
                parts.account_key,
                parts.amount,
                parts.booking_date,
                parts.counterparty_account_key
            order by parts.part_key
        ) as place_in_party_account,
        row_number() over (
            partition by
                parts.currency_code,
                parts.account_key,
                parts.amount,
                parts.booking_date,
                parts.counterparty_name_key
            order by parts.part_key
        ) as place_in_party_name
    from parts
    left join named_parts on parts.part_key = named_parts.part_key
    where parts.line_class in ('payment', 'tax', 'transfer') and named_parts.part_key is null

),

by_party as (

    select
        placed_parts.part_key,
        expected_days.payment_key,
        {{ cast_as('null', 'text') }} as group_key,
        case
            when placed_parts.amount = expected_days.amount then 'amount_and_party'
            else 'near_amount_and_party'
        end as rule,
        placed_parts.amount - expected_days.amount as amount_gap
    from placed_parts
    inner join expected_days
        on
            placed_parts.currency_code = expected_days.currency_code
            and placed_parts.booking_date = expected_days.expected_day
            and placed_parts.counterparty_account_key = expected_days.creditor_account_key
            and {{ same_or_unknown('placed_parts.account_key', 'expected_days.account_key') }}
    where
        abs(placed_parts.amount - expected_days.amount) <= expected_days.absolute_amount
        and abs(placed_parts.place_in_party_account - expected_days.place_in_party_account) <= 10

    union distinct

    select
        placed_parts.part_key,
        expected_days.payment_key,
        {{ cast_as('null', 'text') }} as group_key,
        case
            when placed_parts.amount = expected_days.amount then 'amount_and_party'
            else 'near_amount_and_party'
        end as rule,
        placed_parts.amount - expected_days.amount as amount_gap
    from placed_parts
    inner join expected_days
        on
            placed_parts.currency_code = expected_days.currency_code
            and placed_parts.booking_date = expected_days.expected_day
            and placed_parts.counterparty_name_key = expected_days.creditor_name_key
            and {{ same_or_unknown('placed_parts.account_key', 'expected_days.account_key') }}
    where
        abs(placed_parts.amount - expected_days.amount) <= expected_days.absolute_amount
        and abs(placed_parts.place_in_party_name - expected_days.place_in_party_name) <= 10

),

----- 3. one line for many payments, which no line explains alone

explained as (

    select
        part_key,
        payment_key
    from by_party
    where rule = 'amount_and_party'

),

explained_parts as (

    select part_key
    from explained

),

explained_payments as (

    select payment_key
    from explained

),

unexplained_payments as (

    select payments.*
    from payments
    left join explained_payments on payments.payment_key = explained_payments.payment_key
    left join named_payments on payments.payment_key = named_payments.payment_key
    where
        payments.settled_on is not null
        and payments.account_key is not null
        and explained_payments.payment_key is null
        and named_payments.payment_key is null

),

-- What a bank books as one: the group that the order names, else one method's payments of a day, else all of a day.
members as (

    select
        *,
        'batch_of_order' as rule,
        {{ surrogate_key(["'order'", 'account_key', 'currency_code', 'settled_on', 'payment_information_id']) }}
            as group_key
    from unexplained_payments
    where payment_information_id is not null

    union all

    select
        *,
        'batch_of_method' as rule,
        {{ surrogate_key(["'method'", 'account_key', 'currency_code', 'settled_on', 'payment_method']) }} as group_key
    from unexplained_payments

    union all

    select
        *,
        'batch_of_day' as rule,
        {{ surrogate_key(["'day'", 'account_key', 'currency_code', 'settled_on']) }} as group_key
    from unexplained_payments

),

batches as (

    select
        members.group_key,
        members.rule,
        members.account_key,
        members.currency_code,
        members.settled_on,
        {{ add_days('members.settled_on', 'offsets.number') }} as expected_day,
        tolerances.absolute_amount,
        sum(members.amount) as amount
    from members
    inner join tolerances on members.currency_code = tolerances.currency_code
    inner join offsets
        on offsets.number between -tolerances.days_before and tolerances.days_after
    group by
        members.group_key,
        members.rule,
        members.account_key,
        members.currency_code,
        members.settled_on,
        offsets.number,
        tolerances.absolute_amount
    having count(*) > 1

),

batch_pairs as (

    select
        placed_parts.part_key,
        members.payment_key,
        {{ surrogate_key(['placed_parts.part_key', 'batches.group_key']) }} as group_key,
        batches.rule,
        placed_parts.amount - batches.amount as amount_gap
    from placed_parts
    inner join batches
        on
            placed_parts.account_key = batches.account_key
            and placed_parts.currency_code = batches.currency_code
            and placed_parts.booking_date = batches.expected_day
            and abs(placed_parts.amount - batches.amount) <= batches.absolute_amount
    inner join members on batches.group_key = members.group_key
    left join explained_parts on placed_parts.part_key = explained_parts.part_key
    where explained_parts.part_key is null and placed_parts.is_whole_line

),

----- 4. by account, day and amount alone, where the parties do not contradict each other

by_account as (

    select
        placed_parts.part_key,
        expected_days.payment_key,
        {{ cast_as('null', 'text') }} as group_key,
        'amount_and_account' as rule,
        placed_parts.amount - expected_days.amount as amount_gap
    from placed_parts
    inner join expected_days
        on
            placed_parts.account_key = expected_days.account_key
            and placed_parts.currency_code = expected_days.currency_code
            and placed_parts.booking_date = expected_days.expected_day
            and placed_parts.amount = expected_days.amount
    where
        abs(placed_parts.place_in_account - expected_days.place_in_account) <= 10
        and (placed_parts.end_to_end_id is null or expected_days.end_to_end_id is null)
        and {{ same_or_unknown('placed_parts.counterparty_account_key', 'expected_days.creditor_account_key') }}
        and {{ same_or_unknown('placed_parts.counterparty_name_key', 'expected_days.creditor_name_key') }}

),

unioned as (

    select * from single_by_name
    union all
    select * from split_by_name
    union all
    select * from by_party
    union all
    select * from batch_pairs
    union all
    select * from by_account

),

scored as (

    select
        unioned.part_key,
        unioned.payment_key,
        unioned.rule,
        unioned.amount_gap,
        parts.line_key,
        parts.currency_code,
        {{ days_between('payments.payment_day', 'parts.booking_date') }} as day_gap,
        {{ surrogate_key([
            'unioned.rule', 'coalesce(unioned.group_key, unioned.part_key)',
            'case when unioned.group_key is null then unioned.payment_key end',
        ]) }} as candidate_key,
        case unioned.rule
            when 'end_to_end_id' then 10
            when 'split_by_reference' then 20
            when 'reference_in_text' then 30
            when 'end_to_end_id_other_amount' then 40
            when 'amount_and_party' then 50
            when 'near_amount_and_party' then 60
            when 'batch_of_order' then 70
            when 'batch_of_method' then 71
            when 'batch_of_day' then 72
            else 90
        end as rule_rank,
        coalesce(parts.account_key, '') as account_key,
        parts.booking_date,
        payments.payment_day,
        parts.amount as part_amount,
        payments.amount as payment_amount
    from unioned
    inner join parts on unioned.part_key = parts.part_key
    inner join payments on unioned.payment_key = payments.payment_key

),

-- Equal pairs go by their number among their equals; a booking on the day or after it before one that came early.
placed as (

    select
        *,
        dense_rank() over (
            partition by rule, currency_code, account_key, part_amount, booking_date
            order by part_key
        ) as part_place,
        dense_rank() over (
            partition by rule, currency_code, account_key, payment_amount, payment_day
            order by payment_key
        ) as payment_place
    from scored

),

distances as (

    select
        *,
        min(abs(part_place - payment_place)) over (partition by candidate_key) as place_gap,
        coalesce(max(abs(day_gap)) over (partition by candidate_key), 999) as greatest_day_gap,
        min(day_gap) over (partition by candidate_key) as least_day_gap
    from placed

),

preferences as (

    select
        *,
        lpad({{ cast_as('rule_rank', 'text') }}, 3, '0')
        || case when amount_gap = 0 then '0' else '1' end
        || lpad({{ cast_as('least(greatest_day_gap, 999)', 'text') }}, 3, '0')
        || case when least_day_gap >= 0 then '0' else '1' end
        || lpad({{ cast_as('least(place_gap, 999)', 'text') }}, 3, '0')
        || min(part_key) over (partition by candidate_key)
        || min(payment_key) over (partition by candidate_key)
        || rule as preference
    from distances

),

final as (

    select
        candidate_key,
        part_key,
        line_key,
        payment_key,
        rule,
        {{ cast_as('rule_rank', 'bigint') }} as rule_rank,
        rule_rank >= 50 as is_inferred,
        {{ cast_as('greatest(100 - rule_rank - least(greatest_day_gap, 9), 0)', 'bigint') }} as score,
        {{ cast_as('day_gap', 'bigint') }} as day_gap,
        {{ cast_as('place_gap', 'bigint') }} as place_gap,
        currency_code,
        {{ money('amount_gap') }} as amount_gap,
        preference
    from preferences

)

select * from final
