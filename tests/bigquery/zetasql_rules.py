"""What BigQuery refuses though its analyzer has no objection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from zetasql_engine import nodes, statement_of
from zetasql_values import type_name

# Functions of the analyzer are `ZetaSQL:name`; operators begin with a dollar sign. BigQuery has all of these.
# One that is missing here: look it up in BigQuery's reference of functions, then add it.
_FUNCTIONS = """
$add $and $between $case_no_value $case_with_value $concat_op $count_star $divide $equal $extract $extract_date
$extract_datetime $extract_time $greater $greater_or_equal $in $in_array $is_false $is_null $is_true $less
$less_or_equal $like $like_any $like_all $make_array $multiply $not $not_equal $or $subtract $unary_minus
$array_at_offset $array_at_ordinal $safe_array_at_offset $safe_array_at_ordinal
abs any_value approx_count_distinct array_agg array_concat array_length array_reverse array_to_string avg
bit_and bit_or bit_xor byte_length cast ceil ceiling char_length character_length chr code_points_to_string
coalesce concat contains_substr corr count countif cume_dist current_date current_datetime current_timestamp
date date_add date_diff date_from_unix_date date_sub date_trunc datetime datetime_add datetime_diff
datetime_sub datetime_trunc dense_rank div ends_with error exp farm_fingerprint first_value floor format
format_date format_datetime format_timestamp from_base64 from_hex generate_array generate_date_array
generate_timestamp_array greatest ieee_divide if ifnull instr is_inf is_nan json_query json_query_array
json_value json_value_array lag last_day last_value lead least left length ln log log10 logical_and logical_or
lower lpad ltrim max max_by md5 min min_by mod normalize nth_value ntile nullif parse_date parse_datetime
parse_json parse_timestamp percent_rank percentile_cont percentile_disc pow power rand rank regexp_contains
regexp_extract regexp_extract_all regexp_instr regexp_replace regexp_substr repeat replace reverse right round
row_number rpad rtrim safe_add safe_cast safe_divide safe_multiply safe_negate safe_subtract sha1 sha256
sha512 sign split sqrt starts_with stddev stddev_pop stddev_samp string string_agg strpos substr substring sum
time timestamp timestamp_add timestamp_diff timestamp_micros timestamp_millis timestamp_seconds timestamp_sub
timestamp_trunc to_base64 to_hex to_json_string translate trim trunc unicode unix_date unix_micros unix_millis
unix_seconds upper var_pop var_samp variance
"""
FUNCTIONS = frozenset(_FUNCTIONS.split())
OUTER = ("LEFT", "RIGHT", "FULL")
# Types that the engines write differently: `40` and `40.0000000000`, `.5` and `.500`.
WRITTEN_DIFFERENTLY = ("NUMERIC", "BIGNUMERIC", "FLOAT64", "TIMESTAMP")


def broken_rule(statement: Any) -> str | None:
    """The first rule that a resolved statement breaks, in BigQuery's words where it has any."""
    found = _found(statement)
    return next((problem for kind, rule in RULES.items() for problem in rule(found[kind])), None)


def _found(statement: Any) -> Mapping[str, list[Any]]:
    """The nodes that there are rules for. A statement is walked once: it has tens of thousands of messages."""
    found: dict[str, list[Any]] = {kind: [] for kind in RULES}
    waiting = [statement]
    while waiting:
        message = waiting.pop()
        if message.DESCRIPTOR.name in found:
            found[message.DESCRIPTOR.name].append(message)
        for descriptor, value in message.ListFields():
            if descriptor.message_type is not None and _leads_to_rules(descriptor.message_type):
                waiting.extend(value if descriptor.is_repeated else (value,))
    return found


def _leads_to_rules(descriptor: Any) -> bool:
    """Whether a message of a type may hold a node that there is a rule for: types, columns and values do not."""
    if descriptor.full_name not in _LEADING:
        seen, waiting = {descriptor.full_name}, [descriptor]
        while waiting:
            each = waiting.pop()
            inner = [f.message_type for f in each.fields if f.message_type is not None]
            waiting += [one for one in inner if one.full_name not in seen]
            seen |= {one.full_name for one in inner}
        _LEADING[descriptor.full_name] = any(name.rpartition(".")[2] in RULES for name in seen)
    return _LEADING[descriptor.full_name]


def _unknown_functions(calls: Iterable[Any]) -> Iterator[str]:
    for call in calls:
        name = call.name.rpartition(":")[2].lower()
        if name not in FUNCTIONS:
            yield f"Function not found: {name}"


def _outer_joins(joins: Iterable[Any]) -> Iterator[str]:
    """An outer join needs an equality between its two sides: BigQuery joins by hash and has no other way."""
    for join in joins:
        kinds = join.DESCRIPTOR.fields_by_name["join_type"].enum_type.values_by_number
        kind = kinds[join.join_type].name
        if kind not in OUTER or not join.HasField("join_expr"):
            continue
        left, right = (_columns(side) for side in (join.left_scan, join.right_scan))
        if not any(_compares(call, left, right) for call in _conjuncts(join.join_expr)):
            yield (
                f"{kind} OUTER JOIN cannot be used without a condition that is an equality of fields"
                " from both sides of the join."
            )


def _correlated(subqueries: Iterable[Any]) -> Iterator[str]:
    """A subquery that reads a table may name columns from outside in equalities only: those become a join."""
    for subquery in subqueries:
        if not subquery.parameter_list or not any(nodes(subquery.subquery, "ResolvedTableScanProto")):
            continue
        equalities = [
            call
            for scan in nodes(subquery.subquery, "ResolvedFilterScanProto")
            for call in _conjuncts(scan.filter_expr)
            if _function(call) == "$equal"
        ]
        if _outside(subquery.subquery) != sum(_outside(call) for call in equalities):
            yield (
                "Correlated subqueries that reference other tables are not supported unless they can be"
                " de-correlated, such as by transforming them into an efficient JOIN."
            )


def _outside(message: Any) -> int:
    return sum(node.is_correlated for node in nodes(message, "ResolvedColumnRefProto"))


def _engine_texts(casts: Iterable[Any]) -> Iterator[str]:
    """Not BigQuery's rule but ours: the text of such a value would be another key on another engine."""
    for cast in casts:
        source = next(nodes(statement_of(cast.expr), "ResolvedExprProto")).type
        if type_name(cast.parent.type) == "STRING" and type_name(source) in WRITTEN_DIFFERENTLY:
            yield f"a {type_name(source)} cast to text is written differently by DuckDB: money_text, timestamp_text"


def _conjuncts(expression: Any) -> Iterator[Any]:
    """The function calls that must all be true for an expression to be."""
    call = statement_of(expression)
    if call.DESCRIPTOR.name != "ResolvedFunctionCallProto":
        return
    if _function(call) == "$and":
        for each in call.parent.argument_list:
            yield from _conjuncts(each)
    else:
        yield call


def _compares(call: Any, left: frozenset[int], right: frozenset[int]) -> bool:
    if _function(call) != "$equal":
        return False
    first, second = (
        {node.column.column_id for node in nodes(side, "ResolvedColumnRefProto")}
        for side in call.parent.argument_list
    )
    return bool(first and second) and (
        (first <= left and second <= right) or (first <= right and second <= left)
    )


def _columns(scan: Any) -> frozenset[int]:
    return frozenset(column.column_id for column in next(iter(nodes(scan, "ResolvedScanProto"))).column_list)


def _function(call: Any) -> str:
    return str(call.parent.function.name.rpartition(":")[2])


RULES: Mapping[str, Callable[[Iterable[Any]], Iterator[str]]] = {
    "FunctionRefProto": _unknown_functions,
    "ResolvedJoinScanProto": _outer_joins,
    "ResolvedSubqueryExprProto": _correlated,
    "ResolvedCastProto": _engine_texts,
}
_LEADING: dict[str, bool] = {}
