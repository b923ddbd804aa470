"""Small faults put into a model's SQL, one at a time: each is a mistake that somebody could make.

A fault is found by its kind and its place among those of the kind, so that the same one can be made again. What reads
the same but for its digits, as the rounds of a loop and the uses of a macro do, is one place: it was written once, and
so the fault is in all of it.

Not made is what changes nothing wherever rows have a key: a ``union all`` that drops doubles. A branch of it is dropped
instead. Nor is the ``coalesce`` of each part of a key touched, which is the macro's and has a test of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

_OTHER_COMPARISON = {exp.LTE: exp.LT, exp.GTE: exp.GT, exp.LT: exp.LTE, exp.GT: exp.GTE}
_OTHER_FUNCTION = {
    exp.Min: exp.Max,
    exp.Max: exp.Min,
    exp.Least: exp.Greatest,
    exp.Greatest: exp.Least,
    exp.Lag: exp.Lead,
    exp.Lead: exp.Lag,
}
_NOT_NULL_SAFE = {exp.NullSafeEQ: exp.EQ, exp.NullSafeNEQ: exp.NEQ}

_FAULTY = (
    *_OTHER_COMPARISON,
    *_OTHER_FUNCTION,
    *_NOT_NULL_SAFE,
    *(exp.EQ, exp.NEQ, exp.Where, exp.Having, exp.And, exp.Or, exp.Not, exp.Join, exp.Union, exp.Coalesce),
    *(exp.Neg, exp.Add, exp.Sub, exp.Case, exp.Ordered, exp.Window, exp.Select, exp.Count, exp.Literal),
)
_WITH_CONSTANTS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Add, exp.Sub, exp.In)
_KEY_PART = "_null_"


@dataclass(frozen=True)
class Mutant:
    """A model's SQL with one fault in it."""

    model: str
    kind: str
    place: int
    before: str
    after: str
    sql: str

    def __str__(self) -> str:
        return f"{self.model}: {self.kind} [{self.place}]: {_short(self.before)}  ->  {_short(self.after)}"


def regenerated(sql: str) -> str:
    """The SQL as it is written after it was read, without a fault."""
    return _parse(sql).sql(dialect="duckdb")


def places(sql: str) -> list[tuple[str, int]]:
    """Kind and place of every fault that the SQL can have."""
    return [(kind, place) for kind, place, _ in readings(sql, FAULTS)]


def readings(sql: str, kinds: Iterable[str]) -> Iterator[tuple[str, int, str]]:
    """Kind, place and text of every place for faults of these kinds, of which none is made."""
    tree = _parse(sql)
    for kind in kinds:
        for place, group in enumerate(_faulty(tree, kind)):
            yield kind, place, group[0][0].sql(dialect="duckdb")


def mutant(model: str, sql: str, kind: str, place: int) -> Mutant | None:
    """The SQL with one fault; None where it would read the same."""
    tree = _parse(sql)
    original = tree.sql(dialect="duckdb")
    group = list(_faulty(tree, kind))[place]
    before, after = (node.sql(dialect="duckdb") for node in group[0])
    for node, _ in group:
        changed = _changed(node, kind)
        assert changed is not None
        tree = changed if node is tree else tree
        node.replace(changed)
    sql = tree.sql(dialect="duckdb")
    return None if sql == original else Mutant(model, kind, place, before, after, sql)


def in_variant(one: Mutant, sql: str, variant: str) -> Mutant | None:
    """The fault of a mutant of ``sql`` in the model as other variables compile it; None where it has no such place."""
    read = list(_groups(_parse(sql), one.kind))[one.place]
    places = list(_groups(_parse(variant), one.kind))
    return mutant(one.model, variant, one.kind, places.index(read)) if read in places else None


def _faulty(tree: exp.Expression, kind: str) -> list[list[tuple[exp.Expression, exp.Expression]]]:
    """Each node that can have the fault, and what it becomes: together those that read the same but for digits."""
    return list(_groups(tree, kind).values())


def _groups(tree: exp.Expression, kind: str) -> dict[str, list[tuple[exp.Expression, exp.Expression]]]:
    groups: dict[str, list[tuple[exp.Expression, exp.Expression]]] = {}
    for node in tree.walk():
        if isinstance(node, _FAULTY) and (changed := _changed(node, kind)) is not None:
            read = node.parent if isinstance(node, exp.Literal) and node.parent else node
            groups.setdefault(_without_digits(read), []).append((node, changed))
    return groups


def _changed(node: exp.Expression, kind: str) -> exp.Expression | None:
    # some ask what the node is part of, which a copy is not
    return FAULTS[kind](node if isinstance(node, exp.Literal) else _copy(node))


def _copy(node: exp.Expression) -> exp.Expression:
    copy = node.copy()
    copy.parent = node.parent
    return copy


def _without_digits(node: exp.Expression) -> str:
    return re.sub(r"\d+", "#", node.sql(dialect="duckdb"))


def _parse(sql: str) -> exp.Expression:
    return sqlglot.parse_one(sql, dialect="duckdb")


def _short(text: str) -> str:
    return text if len(text) <= 110 else f"{text[:70]} ... {text[-35:]}"


def _comparison(node: exp.Expression) -> exp.Expression | None:
    other = _OTHER_COMPARISON.get(type(node))
    return other(this=node.this, expression=node.expression) if other else None


def _equality(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.EQ):
        return exp.NEQ(this=node.this, expression=node.expression)
    if isinstance(node, exp.NEQ):
        return exp.EQ(this=node.this, expression=node.expression)
    return None


def _null_safety(node: exp.Expression) -> exp.Expression | None:
    other = _NOT_NULL_SAFE.get(type(node))
    return other(this=node.this, expression=node.expression) if other else None


def _function(node: exp.Expression) -> exp.Expression | None:
    other = _OTHER_FUNCTION.get(type(node))
    return other(**node.args) if other else None


def _filter_dropped(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Where | exp.Having) and not isinstance(node.this, exp.And):
        return type(node)(this=exp.true())
    return None


def _condition_dropped(node: exp.Expression) -> exp.Expression | None:
    return node.this if isinstance(node, exp.And) else None


def _other_condition_dropped(node: exp.Expression) -> exp.Expression | None:
    return node.expression if isinstance(node, exp.And) else None


def _or_for_and(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Or):
        return exp.And(this=node.this, expression=node.expression)
    return None


def _not_dropped(node: exp.Expression) -> exp.Expression | None:
    return node.this if isinstance(node, exp.Not) else None


def _join(node: exp.Expression) -> exp.Expression | None:
    if not isinstance(node, exp.Join) or not node.args.get("on"):
        return None
    if node.side == "LEFT":
        node.set("side", None)
        node.set("kind", "INNER")
    elif node.kind == "INNER":
        node.set("side", "LEFT")
        node.set("kind", None)
    else:
        return None
    return node


def _union(node: exp.Expression) -> exp.Expression | None:
    """Doubles are kept. Not inside of another union, which drops them all the same."""
    if isinstance(node, exp.Union) and node.args.get("distinct") and not isinstance(node.parent, exp.Union):
        node.set("distinct", False)
        return node
    return None


def _second_of_union_dropped(node: exp.Expression) -> exp.Expression | None:
    return node.this if isinstance(node, exp.Union) and not node.ctes else None


def _first_of_union_dropped(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Union) and not node.ctes and not isinstance(node.this, exp.Union):
        return node.expression
    return None


def _distinct_dropped(node: exp.Expression) -> exp.Expression | None:
    """The Distinct of a select or of an aggregate; both are nodes of the same name."""
    if isinstance(node, exp.Select) and node.args.get("distinct"):
        node.set("distinct", None)
        return node
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Distinct):
        return exp.Count(this=node.this.expressions[0])
    return None


def _constant(node: exp.Expression) -> exp.Expression | None:
    """A whole number that is compared or added is one more: what a case answers is mostly a rank."""
    if isinstance(node, exp.Literal) and node.is_int and isinstance(node.parent, _WITH_CONSTANTS):
        return exp.Literal.number(int(node.name) + 1)
    return None


def _coalesce_removed(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Coalesce) and node.expressions[-1].name != _KEY_PART:
        return node.this
    return None


def _coalesce_turned(node: exp.Expression) -> exp.Expression | None:
    """The second choice first."""
    if isinstance(node, exp.Coalesce) and not isinstance(node.expressions[0], exp.Literal | exp.Cast):
        first, second, *others = node.this, *node.expressions
        return exp.Coalesce(this=second, expressions=[first, *others])
    return None


def _sign(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Neg):
        return node.this
    if isinstance(node, exp.Sub):
        return exp.Add(this=node.this, expression=node.expression)
    if isinstance(node, exp.Add):
        return exp.Sub(this=node.this, expression=node.expression)
    return None


def _swapped(node: exp.Expression) -> exp.Expression | None:
    """Two dates or amounts the wrong way round."""
    if isinstance(node, exp.Sub) and not isinstance(node.parent, exp.Abs):
        return exp.Sub(this=node.expression, expression=node.this)
    return None


def _branch_dropped(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Case) and len(node.args["ifs"]) > 1:
        node.set("ifs", node.args["ifs"][1:])
        return node
    return None


def _case_turned(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Case) and len(node.args["ifs"]) == 1 and node.args.get("default"):
        first, otherwise = node.args["ifs"][0], node.args["default"]
        return exp.Case(ifs=[exp.If(this=first.this, true=otherwise)], default=first.args["true"])
    return None


def _order(node: exp.Expression) -> exp.Expression | None:
    if not isinstance(node, exp.Ordered):
        return None
    node.set("desc", not node.args.get("desc"))
    node.set("nulls_first", None)
    return node


def _partition(node: exp.Expression) -> exp.Expression | None:
    if isinstance(node, exp.Window) and len(node.args.get("partition_by") or []) > 1:
        node.set("partition_by", node.args["partition_by"][1:])
        return node
    return None


FAULTS: dict[str, Callable[[exp.Expression], exp.Expression | None]] = {
    "comparison": _comparison,
    "equality": _equality,
    "null safety": _null_safety,
    "other function": _function,
    "filter dropped": _filter_dropped,
    "second condition dropped": _condition_dropped,
    "first condition dropped": _other_condition_dropped,
    "and for or": _or_for_and,
    "not dropped": _not_dropped,
    "other join": _join,
    "other union": _union,
    "second of union dropped": _second_of_union_dropped,
    "first of union dropped": _first_of_union_dropped,
    "distinct dropped": _distinct_dropped,
    "constant": _constant,
    "coalesce removed": _coalesce_removed,
    "coalesce turned round": _coalesce_turned,
    "sign": _sign,
    "swapped": _swapped,
    "branch dropped": _branch_dropped,
    "case turned round": _case_turned,
    "order": _order,
    "partition": _partition,
}
