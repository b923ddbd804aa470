"""Google's SQL analyzer and reference executor, in this process: the ones that BigQuery's dialect is defined by.

``ZetaSql.analyze`` gives the resolved statement or says why BigQuery would refuse it; ``select`` runs a query on rows
that are handed in. Tables go by one name, ``project.dataset.table``, as one pair of backticks holds it.
"""

from __future__ import annotations

import ctypes
import os
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tzdata
import wasmtime
from zetasql.wasi import get_wasm_path
from zetasql.wasi._pb2.zetasql.local_service import local_service_pb2 as service
from zetasql.wasi._pb2.zetasql.proto import options_pb2, simple_catalog_pb2
from zetasql.wasi._pb2.zetasql.public import options_pb2 as features
from zetasql.wasi._pb2.zetasql.resolved_ast import resolved_node_kind_pb2 as node_kinds
from zetasql_values import Parameter, decode, encode, type_name, type_of

# The analyzer knows more than BigQuery takes. These are refused there; the list errs on the side of refusing.
NOT_IN_BIGQUERY = (
    "AGGREGATE_FILTERING",
    "FIRST_AND_LAST_N",
    "INLINE_LAMBDA_ARGUMENT",
    "INSERT_ON_CONFLICT_CLAUSE",
    "LATERAL_COLUMN_REFERENCES",
    "LATERAL_JOIN",
    "LIMIT_ALL",
    "MAP_TYPE",
    "MULTILEVEL_AGGREGATION",
    "NULLIFZERO_ZEROIFNULL",
    "TIMESTAMP_NANOS",
    "TIMESTAMP_PICOS",
    "UUID_TYPE",
    "WITH_GROUP_ROWS",
)
WORD = 4
# How many catalogues are kept in the engine.
MOST_CATALOGUES = 8
ROW_NUMBER = "_row_number_of_the_tests"


class Refused(Exception):
    """The analyzer refuses a statement, or the executor stopped at a value."""


@dataclass
class Table:
    """Columns by name and type, in order, and rows of Python values."""

    columns: list[tuple[str, str]]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    _encoded: Any = None

    def content(self) -> Any:
        """The rows as the executor reads them; made once."""
        if self._encoded is None:
            self._encoded = service.TableContent()
            self._encoded.table_data.SetInParent()
            kinds = [kind for _, kind in self.columns]
            for row in self.rows:
                cells = self._encoded.table_data.row.add().cell
                cells.extend(encode(value, kind) for value, kind in zip(row, kinds, strict=True))
        return self._encoded


Tables = Mapping[str, Table]


class ZetaSql:
    """One instance of the engine. It serves one call at a time."""

    def __init__(self, cache: Path) -> None:
        self._wasm = _Wasm(cache)
        self._registrations: OrderedDict[Any, tuple[int, list[Table]]] = OrderedDict()
        language = self._wasm.call(
            "GetLanguageOptions",
            service.LanguageOptionsRequest(maximum_features=True),
            options_pb2.LanguageOptionsProto,
        )
        language.product_mode = features.PRODUCT_EXTERNAL
        unwanted = {features.LanguageFeature.Value(f"FEATURE_{name}") for name in NOT_IN_BIGQUERY}
        language.enabled_language_features[:] = set(language.enabled_language_features) - unwanted
        language.reserved_keywords[:] = ["QUALIFY"]
        language.supported_statement_kinds[:] = [
            value
            for name, value in node_kinds.ResolvedNodeKind.items()
            if name.lower().replace("_", "").endswith("stmt")
        ]
        self._language = language

    def analyze(self, sql: str, tables: Tables, parameters: Sequence[Parameter] = ()) -> Any:
        """The resolved statement. Raises ``Refused`` with the analyzer's words."""
        request = service.AnalyzeRequest(
            options=self._options(parameters),
            registered_catalog_id=self._registered(tables),
            sql_statement=sql,
        )
        return self._wasm.call("Analyze", request, service.AnalyzeResponse).resolved_statement

    def select(self, sql: str, tables: Tables, parameters: Sequence[Parameter] = ()) -> Table:
        """The answer of a query on these tables."""
        request = service.EvaluateQueryRequest(
            sql=sql, options=self._options(parameters), registered_catalog_id=self._registered(tables)
        )
        request.params.extend(parameter.proto() for parameter in parameters)
        answer = self._wasm.call("EvaluateQuery", request, service.EvaluateQueryResponse)
        columns = [(column.name, type_name(column.type)) for column in answer.prepared.columns]
        kinds = [kind for _, kind in columns]
        rows = [
            tuple(decode(cell, kind) for cell, kind in zip(row.cell, kinds, strict=True))
            for row in answer.content.table_data.row
        ]
        return Table(columns, rows)

    def modify(
        self, sql: str, tables: Tables, parameters: Sequence[Parameter] = ()
    ) -> tuple[str, list[tuple[Any, ...]]]:
        """The table that a delete or an update changes, and the rows that it then has."""
        numbered = {name: _numbered(table) for name, table in tables.items()}
        request = service.EvaluateModifyRequest(
            sql=sql, options=self._options(parameters), simple_catalog=self._catalog(numbered)
        )
        for table in request.simple_catalog.table:
            # without a key the engine cannot say which row it has changed
            table.primary_key_column_index.append(len(table.column) - 1)
        request.params.extend(parameter.proto() for parameter in parameters)
        self._fill(request, numbered)
        answer = self._wasm.call("EvaluateModify", request, service.EvaluateModifyResponse)
        before = tables[answer.table_name]
        kinds = [kind for _, kind in before.columns]
        rows: list[tuple[Any, ...] | None] = list(before.rows)
        for changed in answer.content:
            gone = changed.operation == service.EvaluateModifyResponse.Row.DELETE
            cells = changed.cell[:-1]
            rows[changed.old_primary_key[0].int64_value] = (
                None if gone else tuple(decode(*pair) for pair in zip(cells, kinds, strict=True))
            )
        return answer.table_name, [row for row in rows if row is not None]

    def _fill(self, request: Any, tables: Tables) -> None:
        for name, table in tables.items():
            request.table_content[name].CopyFrom(table.content())

    def _options(self, parameters: Sequence[Parameter]) -> Any:
        options = options_pb2.AnalyzerOptionsProto(language_options=self._language, default_timezone="UTC")
        for each in parameters:
            options.query_parameters.add(name=each.name, type=type_of(each.kind))
        return options

    def _registered(self, tables: Tables) -> int:
        """The engine's number of these tables and their rows. To hand them over takes longer than most queries, and a
        statement is seldom alone in naming its tables."""
        key = tuple((name, id(tables[name])) for name in sorted(tables))
        if key in self._registrations:
            self._registrations.move_to_end(key)
            return self._registrations[key][0]
        if len(self._registrations) == MOST_CATALOGUES:
            _, (oldest, _) = self._registrations.popitem(last=False)
            gone = service.UnregisterRequest(registered_id=oldest)
            self._wasm.call("UnregisterCatalog", gone, service.UnregisterRequest)
        request = service.RegisterCatalogRequest(simple_catalog=self._catalog(tables))
        self._fill(request, tables)
        answer = self._wasm.call("RegisterCatalog", request, service.RegisterResponse)
        # with the tables, lest another one be where one of them was
        self._registrations[key] = int(answer.registered_id), list(tables.values())
        return self._registrations[key][0]

    def _catalog(self, tables: Tables) -> Any:
        catalog = simple_catalog_pb2.SimpleCatalogProto(name="project")
        catalog.builtin_function_options.language_options.CopyFrom(self._language)
        for name, table in tables.items():
            declared = catalog.table.add(name=name, full_name=name)
            for column, kind in table.columns:
                declared.column.add(name=column, type=type_of(kind), is_writable_column=True)
        return catalog


def _numbered(table: Table) -> Table:
    """The table with the number of each row as its last column."""
    rows = [(*row, number) for number, row in enumerate(table.rows)]
    return Table([*table.columns, (ROW_NUMBER, "INT64")], rows)


def statement_of(message: Any) -> Any:
    """The statement itself, inside the layers of its family: a ``Resolved…StmtProto``."""
    while message.DESCRIPTOR.name.startswith("AnyResolved"):
        ((_, message),) = message.ListFields()
    return message


def nodes(message: Any, kind: str) -> Iterable[Any]:
    """Every node of a kind (``ResolvedJoinScanProto``) in a resolved statement."""
    if message.DESCRIPTOR.name == kind:
        yield message
    for descriptor, value in message.ListFields():
        if descriptor.message_type is None or descriptor.message_type.GetOptions().map_entry:
            continue
        for each in value if descriptor.is_repeated else (value,):
            yield from nodes(each, kind)


class _Wasm:
    """The module, and calls of its functions: a message in, a message out."""

    def __init__(self, cache: Path) -> None:
        config = wasmtime.Config()
        config.shared_memory = True
        engine = wasmtime.Engine(config)
        self._store = wasmtime.Store(engine)
        wasi = wasmtime.WasiConfig()
        wasi.inherit_stderr()
        wasi.preopen_dir(str(Path(tzdata.__file__).parent / "zoneinfo"), "/usr/share/zoneinfo")
        self._store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        module = _compiled(engine, cache)
        self._exports = linker.instantiate(self._store, module).exports(self._store)
        self._exports["_initialize"](self._store)
        self._memory = self._exports["memory"]

    def call(self, name: str, request: Any, answer: Any) -> Any:
        data = request.SerializeToString()
        place, size_place = self._run("wasm_malloc", len(data) + 1), self._run("wasm_malloc", WORD)
        try:
            ctypes.memmove(self._address + place, data, len(data))
            found = self._run(f"ZetaSqlLocalService_{name}", place, len(data), size_place)
            if not found:
                raise Refused(self._last_error())
            size = int.from_bytes(self._read(size_place, WORD), "little")
            encoded = self._read(found, size)
            self._run("wasm_free", found)
        finally:
            self._run("wasm_free", place)
            self._run("wasm_free", size_place)
        return answer.FromString(encoded)

    def _run(self, name: str, *arguments: int) -> Any:
        return self._exports[name](self._store, *arguments)

    def _last_error(self) -> str:
        size = self._run("wasm_get_last_error_size")
        text = self._read(self._run("wasm_get_last_error"), size).decode()
        return text.partition("Message: ")[2] or text

    def _read(self, place: int, size: int) -> bytes:
        return ctypes.string_at(self._address + place, size)

    @property
    def _address(self) -> int:
        """Where the module's memory lies now: it moves when it grows."""
        return ctypes.addressof(self._memory.data_ptr().contents)


def _compiled(engine: Any, cache: Path) -> Any:
    """The module as machine code: half a minute the first time, a third of a second from then on."""
    path = cache / f"zetasql-{version('zetasql')}-{version('wasmtime')}.cwasm"
    if path.exists():
        try:
            return wasmtime.Module.deserialize_file(engine, str(path))
        except wasmtime.WasmtimeError:
            path.unlink()
    module = wasmtime.Module.from_file(engine, str(get_wasm_path()))
    # another process may be at it too
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(module.serialize())
    partial.replace(path)
    return module
