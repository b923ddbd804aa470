"""The command line in this process: what an invocation said, and how it ended."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from pipelines.cli import run
from pipelines.cli._output import Output


@dataclass
class Result:
    """How an invocation ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


def invoke(*arguments: str) -> Result:
    """``ledgerhouse`` with these arguments."""
    out, err = io.StringIO(), io.StringIO()
    output = Output(out, err, as_json="--json" in arguments, debug="--debug" in arguments)
    code = run(arguments, output)
    return Result(code, out.getvalue(), err.getvalue())
