"""A stand-in for ``google.cloud.bigquery.Client``: what dbt asks for is answered by Google's analyzer and executor.

Every statement is analyzed as BigQuery would and held against its further rules; then a query is run on the rows of
the tables that it names, and what a statement makes is kept. A view is kept as the rows that it has when it is made.
"""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from google.api_core.exceptions import BadRequest, NotFound
from google.cloud import bigquery
from google.cloud.bigquery.table import Row
from zetasql_engine import Refused, Table, ZetaSql, nodes, statement_of
from zetasql_rules import broken_rule
from zetasql_values import Parameter, plain_type, type_name

# As dbt writes the statement that replaces rows: what goes, what takes its place.
MERGE = re.compile(
    r"merge into (?P<target>`[^`]+`) as (?P<alias>\w+)\s+using (?P<source>\(.*\)) as \w+\s+on FALSE\s+"
    r"when not matched by source\s+and (?P<stale>.*?)\s+then delete\s+"
    r"when not matched then insert\s+\((?P<columns>[^)]*)\)\s+values\s+\((?P=columns)\)",
    re.DOTALL,
)
INSERT = re.compile(
    r"insert into (?P<target>`[^`]+`) \((?P<columns>[^)]*)\)\s+(?P<query>select.*)", re.DOTALL
)
NO_ROWS = re.compile(r"\blimit 0\s*\)?$")
PATH = re.compile(r"`([\w-]+)`\.`([\w-]+)`\.`([\w-]+)`")
NAME = re.compile(r"`([\w-]+\.[\w-]+\.[\w-]+)`")
# What must be passed over to find a keyword: texts, names and comments.
OPAQUE = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|"(?:[^"\\]|\\.)*"' r"|'(?:[^'\\]|\\.)*'|`[^`]*`|--[^\n]*|/\*.*?\*/",
    re.DOTALL,
)


@dataclass
class Stored:
    """A table or a view, and how BigQuery was told to lay it out."""

    table: Table
    kind: str = "TABLE"
    is_partitioned: bool = False
    clustered_by: tuple[str, ...] = ()


class Warehouse:
    """The tables of one project, by ``project.dataset.table``."""

    def __init__(self, engine: ZetaSql, project: str) -> None:
        self.engine = engine
        self.project = project
        self.tables: dict[str, Stored] = {}
        self.datasets: set[str] = set()
        self.statements: list[str] = []
        self._lock = threading.RLock()

    def client(self) -> Client:
        return Client(self)

    def add(self, dataset: str, name: str, table: Table) -> None:
        self.datasets.add(dataset)
        self.tables[f"{self.project}.{dataset}.{name}"] = Stored(table)

    def rows(self, dataset: str, name: str) -> Table:
        return self.tables[f"{self.project}.{dataset}.{name}"].table

    def run(self, sql: str, parameters: Sequence[Parameter] = ()) -> tuple[str, Table, str | None]:
        """The kind of a statement, what it answers, and the table that it made."""
        with self._lock:
            self.statements.append(sql)
            text = PATH.sub(r"`\1.\2.\3`", sql).strip().rstrip(";")
            named = {name: self.tables[name].table for name in NAME.findall(text) if name in self.tables}
            resolved = self.engine.analyze(text, named, parameters)
            if problem := broken_rule(resolved):
                raise Refused(problem)
            statement = statement_of(resolved)
            return self._execute(text, statement, named, parameters)

    def _execute(
        self, text: str, statement: Any, named: dict[str, Table], parameters: Sequence[Parameter]
    ) -> tuple[str, Table, str | None]:
        kind = statement.DESCRIPTOR.name.removeprefix("Resolved").removesuffix("StmtProto")
        if kind == "Query":
            return "SELECT", self.engine.select(text, named, parameters), None
        if kind == "CreateSchema":
            self.datasets.add(statement.parent.parent.name_path[-1])
            return "CREATE_SCHEMA", Table([]), None
        if kind == "AlterTableSetOptions":
            return "ALTER_TABLE", Table([]), None
        if kind == "CreateTable":
            (name,) = next(nodes(statement, "ResolvedCreateStatementProto")).name_path
            self.tables.setdefault(name, Stored(Table(_declared(statement))))
            return "CREATE_TABLE", Table([]), None
        if kind in ("Insert", "Merge"):
            return kind.upper(), self._replace(kind, text, named), None
        if kind not in ("CreateTableAsSelect", "CreateView"):
            raise NotImplementedError(f"{kind}: {text[:200]}")
        # dbt asks so for the columns of a unit test's model; to run it for no rows takes as long as for its rows
        empty = kind == "CreateTableAsSelect" and NO_ROWS.search(text)
        answer = Table([]) if empty else self.engine.select(query_of(text), named)
        (name,) = next(nodes(statement, "ResolvedCreateStatementProto")).name_path
        self.tables[name] = _stored(statement, answer)
        return "CREATE_VIEW" if kind == "CreateView" else "CREATE_TABLE_AS_SELECT", answer, name

    def _replace(self, kind: str, text: str, named: dict[str, Table]) -> Table:
        """The executor runs queries only: it is asked for the rows that stay, and for those that come."""
        found = (INSERT if kind == "Insert" else MERGE).search(text)
        if found is None:
            raise NotImplementedError(f"{kind}: {text[:200]}")
        name = found["target"].strip("`")
        stored = self.tables[name]
        rows = stored.table.rows
        source = found["query"] if kind == "Insert" else f"select {found['columns']} from {found['source']}"
        if kind == "Merge":
            stays = f"select * from {found['target']} as {found['alias']} where not coalesce({found['stale']}, false)"
            rows = self.engine.select(stays, named).rows
        added = self.engine.select(source, named)
        places = {column: place for place, (column, _) in enumerate(added.columns)}
        added.rows = [
            tuple(row[places[column]] if column in places else None for column, _ in stored.table.columns)
            for row in added.rows
        ]
        self.tables[name] = replace(stored, table=Table(stored.table.columns, [*rows, *added.rows]))
        return added


def query_of(text: str) -> str:
    """What a CREATE ... AS makes its table or view of."""
    plain = OPAQUE.sub(lambda found: "x" * len(found[0]), text)
    depth = 0
    for found in re.finditer(r"[()]|\bas\b", plain, re.IGNORECASE):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0 and found[0].lower() == "as":
            return text[found.end() :]
    raise ValueError(f"no query in {text[:200]}")


class Client:
    """What dbt-bigquery calls of a client."""

    location = "US"

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse
        self.project = warehouse.project

    def query(self, query: str, **_: Any) -> Job:
        try:
            kind, answer, made = self._warehouse.run(query)
        except Refused as error:
            raise BadRequest(
                str(error), errors=[{"message": str(error), "reason": "invalidQuery"}]
            ) from error
        return Job(kind, answer, made)

    def get_table(self, reference: Any) -> Any:
        if isinstance(reference, Table):
            return _described("anonymous.result.rows", Stored(reference))
        name = f"{reference.project}.{reference.dataset_id}.{reference.table_id}"
        if name not in self._warehouse.tables:
            raise NotFound(f"Not found: Table {name}")
        return _described(name, self._warehouse.tables[name])

    def list_tables(self, dataset: Any, **_: Any) -> Iterator[Any]:
        """As the library: a dataset that is not there is found out by whoever reads the list."""
        if dataset.dataset_id not in self._warehouse.datasets:
            raise NotFound(f"Not found: Dataset {dataset.dataset_id}")
        prefix = f"{dataset.project}.{dataset.dataset_id}."
        for name, stored in list(self._warehouse.tables.items()):
            if name.startswith(prefix):
                yield _described(name, stored)

    def list_datasets(self, **_: Any) -> list[Any]:
        return [bigquery.DatasetReference(self.project, name) for name in sorted(self._warehouse.datasets)]

    def delete_table(self, reference: Any, **_: Any) -> None:
        name = f"{reference.project}.{reference.dataset_id}.{reference.table_id}"
        self._warehouse.tables.pop(name, None)

    def load_table_from_file(self, file: Any, reference: Any, *, job_config: Any, **_: Any) -> Job:
        columns = [(each.name, plain_type(each.field_type)) for each in job_config.schema]
        _, *lines = csv.reader(io.TextIOWrapper(file, "utf-8"), delimiter=job_config.field_delimiter or ",")
        kinds = [kind for _, kind in columns]
        rows = [tuple(_from_text(*pair) for pair in zip(line, kinds, strict=True)) for line in lines]
        self._warehouse.add(reference.dataset_id, reference.table_id, Table(columns, rows))
        return Job("LOAD", Table([]), None)

    def close(self) -> None: ...


class Job:
    """A statement that is done."""

    state = "DONE"
    error_result = errors = None
    location = job_id = project = None
    total_bytes_processed = total_bytes_billed = slot_millis = 0

    def __init__(self, kind: str, answer: Table, made: str | None) -> None:
        self.statement_type = kind
        self.num_dml_affected_rows = len(answer.rows)
        self.destination = bigquery.TableReference.from_string(made) if made else answer
        self._answer = answer

    def result(self, **_: Any) -> Any:
        return self if self.statement_type == "LOAD" else Rows(self._answer)


class Rows:
    """An answer, as the library hands it over."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.schema = _schema(table)

    def __iter__(self) -> Iterator[Row]:
        places = {name: place for place, (name, _) in enumerate(self._table.columns)}
        return (Row(row, places) for row in self._table.rows)


def _schema(table: Table) -> list[Any]:
    return [bigquery.SchemaField(name, kind) for name, kind in table.columns]


def _described(name: str, stored: Stored) -> Any:
    table = bigquery.Table(name, schema=_schema(stored.table))
    table._properties |= {"type": stored.kind, "numRows": str(len(stored.table.rows))}
    if stored.clustered_by:
        table.clustering_fields = list(stored.clustered_by)
    return table


def _declared(statement: Any) -> list[tuple[str, str]]:
    return [(column.name, type_name(column.type)) for column in statement.parent.column_definition_list]


def _stored(statement: Any, answer: Table) -> Stored:
    """The rows in the columns that the statement declares: that is what a contract adds to a query."""
    if statement.DESCRIPTOR.name == "ResolvedCreateViewStmtProto":
        return Stored(answer, "VIEW")
    columns = _declared(statement)
    clustered_by = [
        node.column.name
        for each in statement.cluster_by_list
        for node in nodes(each, "ResolvedColumnRefProto")
    ]
    return Stored(
        Table(columns, answer.rows), "TABLE", bool(statement.partition_by_list), tuple(clustered_by)
    )


def _from_text(text: str, kind: str) -> Any:
    """A field of a CSV file; an empty one is null."""
    if not text:
        return None
    if kind == "BOOL":
        return text.lower() == "true"
    makers: dict[str, Any] = {
        "INT64": int,
        "DATE": date.fromisoformat,
        "BIGNUMERIC": Decimal,
        "NUMERIC": Decimal,
    }
    return makers.get(kind, str)(text)
