"""Small faults put into a model's SQL, one at a time: each is a mistake that somebody could make.

A fault is found by its kind and its place among those of the kind, so that the same one can be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

_FAULTY = (
    *_OTHER_COMPARISON,
    *_OTHER_FUNCTION,
    *(exp.EQ, exp.NEQ, exp.Where, exp.Having, exp.And, exp.Or, exp.Not, exp.Join, exp.Union, exp.Coalesce),
    *(exp.Neg, exp.Add, exp.Sub, exp.Case, exp.Ordered, exp.Window),
)


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
        return f"{self.model}: {self.kind} [{self.place}]: {self.before}  ->  {self.after}"


def regenerated(sql: str) -> str:
    """The SQL as it is written after it was read, without a fault."""
    return _parse(sql).sql(dialect="duckdb")


def places(sql: str) -> list[tuple[str, int]]:
    """Kind and place of every fault that the SQL can have."""
    tree = _parse(sql)
    return [(kind, place) for kind in FAULTS for place, _ in enumerate(_faulty(tree, kind))]


def mutant(model: str, sql: str, kind: str, place: int) -> Mutant | None:
    """The SQL with one fault; None where it would read the same."""
    tree = _parse(sql)
    original = tree.sql(dialect="duckdb")
    node, changed = list(_faulty(tree, kind))[place]
    before = node.sql(dialect="duckdb")
    tree = changed if node is tree else tree
    node.replace(changed)
    after = tree.sql(dialect="duckdb")
    if after == original:
        return None
    return Mutant(model, kind, place, _short(before), _short(changed.sql(dialect="duckdb")), after)


def _faulty(tree: exp.Expression, kind: str) -> Iterator[tuple[exp.Expression, exp.Expression]]:
    """Each node that can have the fault, and what it becomes."""
    fault = FAULTS[kind]
    for node in tree.walk():
        if isinstance(node, _FAULTY):
            changed = fault(node.copy())
            if changed is not None:
                yield node, changed


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
    if not isinstance(node, exp.Union):
        return None
    node.set("distinct", not node.args.get("distinct"))
    return node


def _coalesce_removed(node: exp.Expression) -> exp.Expression | None:
    return node.this if isinstance(node, exp.Coalesce) else None


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
    return exp.Sub(this=node.expression, expression=node.this) if isinstance(node, exp.Sub) else None


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
    "other function": _function,
    "filter dropped": _filter_dropped,
    "second condition dropped": _condition_dropped,
    "first condition dropped": _other_condition_dropped,
    "and for or": _or_for_and,
    "not dropped": _not_dropped,
    "other join": _join,
    "other union": _union,
    "coalesce removed": _coalesce_removed,
    "sign": _sign,
    "swapped": _swapped,
    "branch dropped": _branch_dropped,
    "case turned round": _case_turned,
    "order": _order,
    "partition": _partition,
}
