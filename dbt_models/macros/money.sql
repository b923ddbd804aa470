{#- Money is decimal(38,10) from the wire to the mart. On DuckDB decimal / decimal and avg() give DOUBLE, so money
    is divided, multiplied by a rate and averaged here only. -#}

{% macro money(expression) -%}
    cast({{ expression }} as {{ money_type() }})
{%- endmacro %}

{#- numerator / denominator, rounded half away from zero to 10 decimals; null when the denominator is null or 0.
    Exact for numerators and quotients below 10^17. -#}
{% macro money_divide(numerator, denominator) -%}
    {{ return(adapter.dispatch('money_divide', 'ledgerhouse')(numerator, denominator)) }}
{%- endmacro %}

{#- Long division on 128-bit integers: 2n·10^10 is divided by 2d after d is added or taken away, which rounds. -#}
{% macro default__money_divide(numerator, denominator) -%}
    case
        when ({{ denominator }}) != 0 then cast(
            cast(
                (
                    abs({{ _unscaled(numerator) }}) * 20000000000
                    + abs({{ _unscaled(denominator) }})
                ) // (2 * abs({{ _unscaled(denominator) }})) as decimal(38, 0)
            ) * cast(0.0000000001 as decimal(11, 10)) as {{ money_type() }}
        ) * cast(sign({{ numerator }}) * sign({{ denominator }}) as decimal(1, 0))
    end
{%- endmacro %}

{% macro bigquery__money_divide(numerator, denominator) -%}
    cast(
        round(
            safe_divide(cast({{ numerator }} as bignumeric), cast({{ denominator }} as bignumeric)), 10
        ) as {{ money_type() }}
    )
{%- endmacro %}

{% macro _unscaled(expression) -%}
    cast(cast({{ expression }} as decimal(38, 10)) * cast(10000000000 as decimal(11, 0)) as hugeint)
{%- endmacro %}

{#- An amount by a rate or a share, to 10 decimals. Exact for products below 10^18 and rates below 10^8. -#}
{% macro money_multiply(amount, rate) -%}
    {{ return(adapter.dispatch('money_multiply', 'ledgerhouse')(amount, rate)) }}
{%- endmacro %}

{% macro default__money_multiply(amount, rate) -%}
    cast(cast({{ amount }} as decimal(38, 10)) * cast({{ rate }} as decimal(18, 10)) as {{ money_type() }})
{%- endmacro %}

{% macro bigquery__money_multiply(amount, rate) -%}
    cast(round(cast({{ amount }} as bignumeric) * cast({{ rate }} as bignumeric), 10) as {{ money_type() }})
{%- endmacro %}

{#- The mean of the amounts that are not null, to 10 decimals; null when there are none. -#}
{% macro money_avg(expression) -%}
    {{ money_divide('sum(' ~ expression ~ ')', money('count(' ~ expression ~ ')')) }}
{%- endmacro %}
