"""Google's own description of the BigQuery API, and what of a request it does not know."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import unquote

from bq_proxy import Request
from bq_server import EMULATOR

_DOCUMENT = "lib/python3*/site-packages/googleapiclient/discovery_cache/documents/bigquery.v2.json"
_BASE = re.compile(r"^(?:/resumable)?(?:/upload)?/bigquery/v2/")
_PLAIN = {
    "string": str,
    "boolean": bool,
    "integer": (int, str),
    "number": (int, float, str),
    "any": object,
}


@cache
def description() -> Any:
    [path] = EMULATOR.glob(_DOCUMENT)
    return json.loads(path.read_text(encoding="utf-8"))


def faults(request: Request) -> list[str]:
    """What the description does not know of a request, or knows to be otherwise; none when it is right."""
    path = unquote(request.path.partition("?")[0])
    method = _method(request.method, path)
    if method is None:
        return [f"{request.method} {path}: there is no such method"]
    body = request.json if request.method in ("POST", "PATCH", "PUT") and _describes(request) else None
    if body is None:
        return []
    if "request" not in method:
        return [f"{method['id']} takes no body"]
    return [f"{method['id']}: {fault}" for fault in _wrong(body, {"$ref": method["request"]["$ref"]}, "")]


def _describes(request: Request) -> bool:
    """Whether it has a JSON body; the bytes of an upload have none."""
    return "json" in request.content_type or request.content_type.startswith("multipart/")


def _method(verb: str, path: str) -> Any:
    for resource in description()["resources"].values():
        for method in resource["methods"].values():
            uploads = method.get("mediaUpload", {}).get("protocols", {}).values()
            paths = [method["path"], *(upload["path"] for upload in uploads)]
            # the bytes of a resumable upload follow by PUT
            verbs = {method["httpMethod"], "PUT"} if uploads else {method["httpMethod"]}
            if verb in verbs and any(_pattern(each).fullmatch(_BASE.sub("", path)) for each in paths):
                return method
    return None


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\\?\+?\w+\\\}", "[^/]+", re.escape(_BASE.sub("", path))))


def _wrong(value: Any, schema: Any, at: str) -> Iterator[str]:
    if "$ref" in schema:
        schema = description()["schemas"][schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object" or "properties" in schema:
        yield from _wrong_object(value, schema, at)
    elif kind == "array":
        if not isinstance(value, list):
            yield f"{at} is no list"
            return
        for number, each in enumerate(value):
            yield from _wrong(each, schema["items"], f"{at}[{number}]")
    elif value is not None and not isinstance(value, _PLAIN[kind]):
        yield f"{at} is no {kind}: {value!r}"
    elif "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"


def _wrong_object(value: Any, schema: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} is no object"
        return
    known = schema.get("properties", {})
    for name, inner in value.items():
        if name in known:
            yield from _wrong(inner, known[name], f"{at}.{name}")
        elif "additionalProperties" in schema:
            yield from _wrong(inner, schema["additionalProperties"], f"{at}.{name}")
        else:
            yield f"{at}.{name} is not known"
