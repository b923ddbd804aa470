"""The statements and scripts of loads and commands, on Google's analyzer and reference executor.

BigQuery runs several statements as one script; the engine takes one at a time. So a script is taken apart, its
variables become parameters, and each statement is analyzed on the tables as the earlier ones have left them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bq_proxy import Request
from zetasql_client import NAME, OPAQUE, PATH
from zetasql_engine import Refused, Table, ZetaSql, nodes, statement_of
from zetasql_rules import broken_rule
from zetasql_values import Parameter, plain_type, type_name

DECLARED = re.compile(r"DECLARE (\w+) (ARRAY<\w+>)$", re.IGNORECASE)
ASSIGNED = re.compile(r"SET (\w+) = (.*)$", re.IGNORECASE | re.DOTALL)
INSERTED = re.compile(
    r"INSERT INTO `([\w.-]+)`\s*\(([^)]*)\)\s*((?:SELECT|VALUES)\b.*)$", re.IGNORECASE | re.DOTALL
)
MERGED = re.compile(
    r"MERGE INTO `([\w.-]+)` d USING `([\w.-]+)` s\s+ON (.*?)\s+WHEN NOT MATCHED\s+THEN INSERT \(([^)]*)\)"
    r" VALUES \((.*)\)$",
    re.DOTALL,
)
TRANSACTION = re.compile(r"(BEGIN|COMMIT) TRANSACTION$", re.IGNORECASE)
# Where a condition of a statement stands in its resolved form.
CONDITIONS = {
    "ResolvedFilterScanProto": "filter_expr",
    "ResolvedDeleteStmtProto": "where_expr",
    "ResolvedUpdateStmtProto": "where_expr",
    "ResolvedMergeStmtProto": "merge_expr",
}


@dataclass
class Scripts:
    """Tables by ``project.dataset.table``, as the statements that were told have made them.

    Args:
        engine: analyzes, and executes where asked.
        tables: what is there.
        months: the column by whose month a table lies, of those that lie by one.
        unfiltered: statements that read such a table and name no condition on that column.
    """

    engine: ZetaSql
    tables: dict[str, Table] = field(default_factory=dict)
    months: dict[str, str] = field(default_factory=dict)
    unfiltered: list[str] = field(default_factory=list)

    def analyze(self, script: str, parameters: Sequence[Parameter] = ()) -> None:
        """Analyzes every statement of a script. Raises ``Refused`` for one that BigQuery would refuse."""
        self._run(script, parameters, executed=False)

    def execute(self, script: str, parameters: Sequence[Parameter] = ()) -> None:
        """The same, and changes the rows of the tables. It knows the statements that loads are made of."""
        self._run(script, parameters, executed=True)

    def _run(self, script: str, parameters: Sequence[Parameter], *, executed: bool) -> None:
        variables: dict[str, Parameter] = {each.name: each for each in parameters}
        for text in statements(script):
            declared, assigned = DECLARED.match(text), ASSIGNED.match(text)
            if declared:
                variables[declared[1]] = Parameter(declared[1], declared[2].upper(), [])
            elif assigned:
                variable = variables[assigned[1]]
                found = self._statement(f"SELECT {assigned[2]} AS value", variables, executed=executed)
                if found is not None:
                    variables[assigned[1]] = Parameter(variable.name, variable.kind, found.rows[0][0])
            elif not TRANSACTION.match(text):
                self._statement(text, variables, executed=executed)

    def _statement(self, text: str, variables: dict[str, Parameter], *, executed: bool) -> Table | None:
        for name in variables:
            text = re.sub(rf"(?<![@\w`.]){name}\b", f"@{name}", text)
        used = [each for name, each in variables.items() if re.search(rf"@`?{name}\b", text)]
        named = {name: self.tables[name] for name in NAME.findall(text) if name in self.tables}
        try:
            resolved = self.engine.analyze(text, named, used)
        except Refused as error:
            raise Refused(f"{error}\n{text[:2000]}") from error
        if problem := broken_rule(resolved):
            raise Refused(f"{problem}\n{text[:2000]}")
        statement = statement_of(resolved)
        if self.months.keys() & named.keys() and any(self._reads_all_months(statement)):
            self.unfiltered.append(text)
        self._note(statement)
        return self._change(text, statement, named, used) if executed else None

    def _note(self, statement: Any) -> None:
        """What a statement makes of the tables that there are."""
        kind = statement.DESCRIPTOR.name
        if kind in ("ResolvedCreateTableStmtProto", "ResolvedCreateTableAsSelectStmtProto"):
            name = next(nodes(statement, "ResolvedCreateStatementProto")).name_path[0]
            columns = statement.parent.column_definition_list
            self.tables[name] = Table([(column.name, type_name(column.type)) for column in columns])
            for each in statement.partition_by_list:
                self.months[name] = next(iter(nodes(each, "ResolvedColumnRefProto"))).column.name
        elif kind == "ResolvedAlterTableStmtProto":
            name = next(nodes(statement, "ResolvedAlterObjectStmtProto")).name_path[0]
            for added in nodes(statement, "ResolvedColumnDefinitionProto"):
                self.tables[name].columns.append((added.name, type_name(added.type)))

    def _reads_all_months(self, resolved: Any) -> Iterator[bool]:
        if resolved.DESCRIPTOR.name == "ResolvedInsertStmtProto":
            resolved = resolved.query  # what is inserted into is not read
        held = {
            reference.column.column_id
            for kind, condition in CONDITIONS.items()
            for node in nodes(resolved, kind)
            for reference in nodes(getattr(node, condition), "ResolvedColumnRefProto")
        }
        for scan in nodes(resolved, "ResolvedTableScanProto"):
            column = self.months.get(scan.table.name)
            if column is not None:
                ids = {each.column_id for each in scan.parent.column_list if each.name == column}
                yield not ids & held

    def _change(
        self, text: str, statement: Any, named: dict[str, Table], used: Sequence[Parameter]
    ) -> Table | None:
        kind = statement.DESCRIPTOR.name
        if kind == "ResolvedQueryStmtProto":
            return self.engine.select(text, named, used)
        if kind in ("ResolvedDeleteStmtProto", "ResolvedUpdateStmtProto"):
            changed, rows = self.engine.modify(text, named, used)
            self.tables[changed] = Table(self.tables[changed].columns, rows)
        elif inserted := INSERTED.match(text):
            # the engine stops at an insert: its rows are those of its query, once its types were found to fit
            name, listed, query = inserted.groups()
            into = self.tables[name]
            places = [column.strip(" `\n") for column in listed.split(",")]
            found = [row for each in queries(query) for row in self.engine.select(each, named, used).rows]
            told = [dict(zip(places, row, strict=True)) for row in found]
            added = [tuple(row.get(column) for column, _ in into.columns) for row in told]
            self.tables[name] = Table(into.columns, [*into.rows, *added])
        elif merged := MERGED.match(text):
            # nor does it know merges; one that only inserts is the insert of what is not there
            into, of, on, listed, values = merged.groups()
            absent = f"SELECT {values} FROM `{of}` s WHERE NOT EXISTS (SELECT 1 FROM `{into}` d WHERE {on})"
            self._change(f"INSERT INTO `{into}` ({listed}) {absent}", statement, named, used)
        elif kind != "ResolvedCreateTableStmtProto":
            raise NotImplementedError(f"{kind}: {text[:200]}")
        return None


def sent(request: Request) -> Iterator[tuple[str, list[Parameter]]]:
    """The script of a request that has one, and its parameters; those without a name get one."""
    if request.method != "POST" or "json" not in request.content_type:
        return
    body = request.json or {}
    query = body.get("configuration", {}).get("query", body)
    if not isinstance(query, dict) or not isinstance(query.get("query"), str):
        return
    text, parameters = query["query"], []
    for number, given in enumerate(query.get("queryParameters", [])):
        name = given.get("name") or f"q{number}"
        if "name" not in given:
            text = text.replace("?", f"@{name}", 1)
        parameters.append(Parameter(name, plain_type(given["parameterType"]["type"]), None))
    yield text, parameters


def queries(text: str) -> list[str]:
    """What an insert takes its rows from: a query, or one for each of its values."""
    if text.lower().startswith("select"):
        return [text]
    plain, depth, begin, found = OPAQUE.sub(lambda each: "x" * len(each[0]), text), 0, 0, []
    for at, sign in enumerate(plain):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "(" and depth == 1:
            begin = at + 1
        elif sign == ")" and depth == 0:
            found.append(f"SELECT {text[begin:at]}")
    return found


def statements(script: str) -> list[str]:
    """The statements of a script, each table by one name."""
    plain = OPAQUE.sub(lambda found: "x" * len(found[0]), script)
    ends = [found.start() for found in re.finditer(";", plain)]
    texts = [
        script[start:end] for start, end in zip([0, *(end + 1 for end in ends)], [*ends, None], strict=True)
    ]
    return [PATH.sub(r"`\1.\2.\3`", text.strip()) for text in texts if text.strip()]
