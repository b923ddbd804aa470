"""Annotations of a model's fields, taken apart."""

from __future__ import annotations

import types
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin


class ModelError(TypeError):
    """A model says something that has no column or table. Raised when the model is compiled."""


@dataclass(frozen=True)
class Unwrapped:
    inner: Any
    marks: tuple[Any, ...]
    nullable: bool


def unwrap(annotation: Any) -> Unwrapped:
    """The plain type inside ``Optional`` and ``Annotated`` in any order, with all the marks on the way.

    Pydantic's own ``FieldInfo.metadata`` loses marks that stand inside an ``Optional``.
    """
    marks: list[Any] = []
    nullable = False
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation, *more = get_args(annotation)
            marks += more
        elif origin in (Union, types.UnionType):
            others = [arg for arg in get_args(annotation) if arg is not type(None)]
            if len(others) != 1:
                raise ModelError(f"{annotation} has more than one type; use FreeForm or LooseText")
            nullable, annotation = True, others[0]
        else:
            return Unwrapped(annotation, tuple(marks), nullable)


def mark_of(marks: tuple[Any, ...], kind: type) -> Any:
    return next((mark for mark in marks if isinstance(mark, kind)), None)
