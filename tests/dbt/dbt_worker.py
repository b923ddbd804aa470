"""dbt in a process of its own that parses the project once and then answers command after command.

Each line of standard input is a command in JSON: ``arguments``, ``variables``, ``database``. Each line of standard
output is its answer: ``success``, ``output``. Starting dbt and parsing the project cost more than most commands do.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from typing import Any, TextIO

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

# What is built only where a variable says so is tested like all else; dbt reads these when it parses.
EVERY_MODEL = {"using_discount_terms": True}


def _invoke(runner: dbtRunner, arguments: list[str]) -> tuple[Any, str]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        done = runner.invoke(arguments)
    return done, output.getvalue()


def _answer(answers: TextIO, success: bool, output: str, error: object = None) -> None:
    print(json.dumps({"success": success, "output": output + (str(error) if error else "")}), file=answers)
    answers.flush()


def main(project: str, parsed: str) -> None:
    """Answers commands until standard input ends. ``parsed`` is a folder for what partial parsing keeps."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what dbt prints past its own streams is no answer
    where = ["--project-dir", project, "--profiles-dir", project]
    paths = ["--target-path", parsed, "--log-path", parsed]
    done, output = _invoke(dbtRunner(), ["parse", *where, *paths, "--vars", json.dumps(EVERY_MODEL)])
    _answer(answers, done.success, output, done.exception)
    runner = dbtRunner(manifest=done.result)
    for line in sys.stdin:
        command = json.loads(line)
        os.environ["LEDGERHOUSE_DATABASE"] = command["database"]
        done, output = _invoke(
            runner, [*command["arguments"], *where, "--vars", json.dumps(command["variables"])]
        )
        DuckDBConnectionManager.close_all_connections()  # the file is for whoever asked
        _answer(answers, done.success, output, done.exception)


if __name__ == "__main__":
    main(*sys.argv[1:])
