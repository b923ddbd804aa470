"""What stands before the emulator: keeps what is sent, and answers failed queries as BigQuery does.

The emulator answers a query that failed with 200 and a list of errors, which Google's client takes for warnings,
so that every failure would pass. BigQuery answers with the error's status. For a dataset that is not there the
emulator says that access is denied, where BigQuery says, to who may see the project, that it was not found.
Parameters of a script the emulator does not know: they are written into its text here. It adds columns
one by one, and tells them only to who selects them; and it forgets that a table lies by month. Its reader of CSV
files knows no BIGNUMERIC: such columns get their type once they are loaded.

Where it would do otherwise than BigQuery, our SQL is said to it in other words. It forgets how many decimals a
BIGNUMERIC inside a cast has, but not inside a safe cast: so what BigQuery could not cast, and would fail on, is null
here. Its quotients have nine decimals: they are those of floats, rounded to ten. An amount is made a text by way of a
float: a cast does not. The month of a date is a time. A struct has no literal: its JSON stands for it. And it makes no
table of columns and a query in brackets: it is not told the columns, which dbt has compared with the contract by then.
"""

from __future__ import annotations

import http.client
import json
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

_STATUS = {"notFound": 404, "accessDenied": 403, "duplicate": 409}
_ALTERED = re.compile(r"^.*?ALTER TABLE `[^`]+`\.`([^`]+)`\.`([^`]+)`", re.DOTALL)
_MONTHS = re.compile(
    r"CREATE TABLE `[^`]+`\.`([^`]+)`\.`([^`]+)`(?:(?!CREATE TABLE ).)*?"
    r"PARTITION BY (?:DATE|TIMESTAMP)_TRUNC\(`([^`]+)`, MONTH\)",
    re.DOTALL,
)
_TABLE = re.compile(r"/datasets/([^/?]+)/tables/([^/?]+)(?:\?|$)")
_BIGNUMERIC_FIELD = re.compile(rb'("type": ?)"BIGNUMERIC"', re.IGNORECASE)
_MADE_WITH_COLUMNS = re.compile(r"create or replace table \S+\s*(\((?=\s))")
# What is said in other words, so that the emulator does as BigQuery does.
_WORDS = [
    (re.compile(r"\bas bignumeric\b(?! *\()"), "as bignumeric(38, 10)"),
    (
        re.compile(r"(?<!partition by )\bdate_trunc\(((?:[^()]|\([^()]*\))*), month\)"),
        r"cast(date_trunc(\1, month) as date)",
    ),
    (re.compile(r"\bformat\('%T', struct\("), "to_json_string(struct("),
    (re.compile(r"\bcast\("), "safe_cast("),
]
_HOP = ("host", "connection", "transfer-encoding", "content-length", "accept-encoding", "content-encoding")


@dataclass(frozen=True)
class Request:
    """One request as it was sent."""

    method: str
    path: str
    content_type: str
    body: bytes

    @property
    def json(self) -> Any:
        """The body of a request that has JSON; of an upload in parts, the part that describes it."""
        if self.content_type.startswith("multipart/"):
            boundary = self.content_type.partition("boundary=")[2].strip('"').encode()
            first = self.body.split(b"--" + boundary)[1]
            return json.loads(first.partition(b"\r\n\r\n")[2])
        return json.loads(self.body) if self.body else None


@dataclass
class Recorder:
    """Every request that passed, in order."""

    requests: list[Request] = field(default_factory=list)

    def queries(self) -> list[str]:
        """The SQL that was sent, in order."""
        found = []
        for request in self.requests:
            body = request.json if request.method == "POST" and "json" in request.content_type else None
            if body and "query" in body:
                found.append(str(body["query"]))
            elif body and "query" in body.get("configuration", {}):
                found.append(str(body["configuration"]["query"]["query"]))
        return found


@contextmanager
def standing_before(port: int) -> Iterator[tuple[str, Recorder]]:
    """The proxy's address, and what it records."""
    recorder = Recorder()

    class Handler(_Handler):
        upstream = port
        altered: ClassVar = set()
        widened: ClassVar = {}
        months: ClassVar = {}
        record = recorder

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", recorder
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # head and body are two writes: the second would wait 40 ms for an acknowledgement of the first
    disable_nagle_algorithm = True
    upstream: int
    record: Recorder
    one_at_a_time = threading.Lock()
    altered: set[tuple[str, str]]
    widened: dict[str, list[str]]
    months: dict[tuple[str, str], str]

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        kind = self.headers.get("content-type", "")
        self.record.requests.append(Request(self.command, self.path, kind, body))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
        is_query = self.path.partition("?")[0].endswith("/queries") and self.command == "POST"
        is_new_file = "/upload/" in self.path and self.command == "POST"
        widened: list[str] = []
        if is_new_file and b"sourceFormat" not in body:  # CSV, where nothing else is said
            widened = _widened(json.loads(body))
            body = _BIGNUMERIC_FIELD.sub(rb'\1"NUMERIC"', body)
        if self.command == "POST" and "json" in kind:
            body = _in_its_words(body)
        for each in _for_the_emulator(body) if is_query else [body]:
            status, answered, text = self._forward(each, headers)
            if status != 200:
                break
            self.altered.update(_ALTERED.findall(each.decode()) if is_query else ())
        if widened and status == 200:
            [address] = [value for name, value in answered if name.lower() == "location"]
            self.widened[_upload_of(address)] = widened
        if "/upload/" in self.path and self.command == "PUT" and status == 200:
            for each in self.widened.pop(_upload_of(self.path), []):
                self._query(each, headers)
        if is_query and status == 200:
            made = _MONTHS.findall(json.loads(body)["query"])
            self.months.update({(dataset, table): column for dataset, table, column in made})
        if self.command == "GET" and status == 200 and (name := _TABLE.search(self.path)):
            text = self._as_selected(name.groups(), text, headers)
            text = self._as_made(name.groups(), text)
        self.send_response(status)
        for name, value in answered:
            if name.lower() == "location":
                value = value.replace(f":{self.upstream}/", f":{self.server.server_port}/")
            if name.lower() not in _HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def _as_selected(self, name: tuple[str | Any, ...], text: bytes, headers: dict[str, str]) -> bytes:
        """The description of a table, with the columns that were added to it."""
        if name not in self.altered:
            return text
        found = json.loads(self._query(f"select * from `{name[0]}`.`{name[1]}` limit 0", headers))
        return json.dumps(json.loads(text) | {"schema": found["schema"]}).encode()

    def _query(self, sql: str, headers: dict[str, str]) -> bytes:
        """The answer to a query of our own."""
        asked = f"/bigquery/v2/projects/{self.path.partition('/projects/')[2].partition('/')[0]}/queries"
        body = json.dumps({"query": sql, "useLegacySql": False}).encode()
        headers = headers | {"content-type": "application/json"}
        status, _, text = self._forward(body, headers, "POST", asked)
        assert status == 200, text
        return text

    def _as_made(self, name: tuple[str | Any, ...], text: bytes) -> bytes:
        """The description of a table, with the months that it was made with."""
        column = self.months.get((name[0], name[1]))
        if column is None:
            return text
        return json.dumps(
            json.loads(text) | {"timePartitioning": {"type": "MONTH", "field": column}}
        ).encode()

    def _forward(
        self, body: bytes, headers: dict[str, str], method: str = "", path: str = ""
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        method, path = method or self.command, path or self.path
        # side by side requests end the emulator's process now and then
        with self.one_at_a_time:
            connection = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=120)
            try:
                connection.request(method, path, body or None, headers)
                answer = connection.getresponse()
                status, text = _as_bigquery(method, path, answer.status, answer.read())
                return status, answer.getheaders(), text
            except OSError as gone:
                # no status that is tried again: nothing will come
                first = {"reason": "invalid", "message": f"the emulator is gone: {gone}"}
                return 400, [("content-type", "application/json")], _error(400, first)
            finally:
                connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass_on

    def log_message(self, *_: object) -> None: ...


def _as_bigquery(method: str, path: str, status: int, text: bytes) -> tuple[int, bytes]:
    if status != 200 or method != "POST" or not path.partition("?")[0].endswith("/queries"):
        return status, text
    errors = json.loads(text).get("errors")
    if not errors:
        return status, text
    first = errors[0]
    if first["reason"] == "accessDenied" and "perhaps it does not exist" in first["message"]:
        first = {"reason": "notFound", "message": "Not found: Dataset or table was not found"}
    code = _STATUS.get(first["reason"], 400)
    return code, _error(code, first)


def _error(code: int, first: dict[str, Any]) -> bytes:
    error = {"code": code, "message": first["message"], "errors": [first], "status": "INVALID_ARGUMENT"}
    return json.dumps({"error": error}).encode()


def _upload_of(address: str) -> str:
    """The file that is sent in a second request, by what the first was answered."""
    return address.partition("upload_id=")[2].partition("&")[0]


def _widened(document: Any) -> list[str]:
    """Statements that give the columns of a CSV file their type, once it is loaded."""
    load = document["configuration"]["load"]
    table = ".".join(f"`{load['destinationTable'][part]}`" for part in ("projectId", "datasetId", "tableId"))
    return [
        f"ALTER TABLE {table} ALTER COLUMN `{column['name']}` SET DATA TYPE BIGNUMERIC(38, 10)"
        for column in load["schema"]["fields"]
        if column["type"].upper() == "BIGNUMERIC"
    ]


def _in_its_words(body: bytes) -> bytes:
    """A request with its query, if it has one, said as the emulator understands it."""
    document = json.loads(body)
    query = document if "query" in document else document.get("configuration", {}).get("query")
    if not query:
        return body
    sql = query["query"]
    if made := _MADE_WITH_COLUMNS.search(sql):
        start = made.start(1)
        sql = sql[:start] + sql[start + 1 + _closing(sql[start + 1 :]) + 1 :]
    sql = _each_call(sql, "format('%.10f', ", lambda amount: f"cast({amount} as string)")
    sql = _each_call(sql, "safe_divide(", lambda both: f"safe_divide({_as_float(both)})")
    for pattern, words in _WORDS:
        sql = pattern.sub(words, sql)
    query["query"] = sql
    return json.dumps(document).encode()


def _each_call(sql: str, beginning: str, said: Callable[[str], str]) -> str:
    """The SQL with what is said instead of each call that begins so, by the text that follows up to its end."""
    before, *calls = sql.split(beginning)
    for call in calls:
        end = _closing(call)
        before += said(call[:end]) + call[end + 1 :]
    return before


def _as_float(operands: str) -> str:
    return operands.replace(" as bignumeric)", " as float64)")


def _closing(text: str) -> int:
    """Where the bracket ends that was opened before the text."""
    depth = 1
    for position, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth == 0:
            return position
    raise ValueError(f"no closing bracket: {text[:200]}")


def _for_the_emulator(body: bytes) -> list[bytes]:
    """The same query as one or more that it understands."""
    document = json.loads(body)
    if "\nADD COLUMN " in document["query"]:
        statements = re.split(r";\n(?=ALTER TABLE |CREATE TABLE )", document["query"].rstrip(";"))
        single = [each for statement in statements for each in _one_column_each(statement)]
        return [json.dumps(document | {"query": each}).encode() for each in single]
    if document["query"].startswith("begin transaction"):
        values = {each["name"]: _literal(each) for each in document.pop("queryParameters", [])}
        document["query"] = re.sub(r"@`?(p[0-9]+)`?", lambda found: values[found[1]], document["query"])
        return [json.dumps(document).encode()]
    return [body]


def _one_column_each(statement: str) -> list[str]:
    if not statement.startswith("ALTER TABLE"):
        return [statement]
    table, *columns = re.split(r",?\nADD COLUMN ", statement)
    return [f"{table} ADD COLUMN {column}" for column in columns]


def _literal(parameter: Any) -> str:
    kind, value = parameter["parameterType"]["type"], parameter["parameterValue"]["value"]
    if kind in ("INT64", "BOOL"):
        return str(value)
    quoted = "'" + str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'"
    return quoted if kind == "STRING" else f"{kind} {quoted}"
