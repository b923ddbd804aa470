"""The entry point: one invocation, and an exit code for every way in which it can end."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Sequence
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import NoReturn

import typer

from ._output import Output

PROGRAM = "ledgerhouse"
# What the parser raises for a group of commands that is called without one: its message is the help.
NO_ARGUMENTS = "NoArgsIsHelpError"
FAILED, USAGE, INTERRUPTED = 1, 2, 130


def main() -> NoReturn:
    """``ledgerhouse``, as a process: reads the arguments and exits."""
    arguments = sys.argv[1:]
    if not sys.warnoptions:
        warnings.simplefilter("ignore")  # of the libraries below; a developer asks for them with -W
    output = Output(as_json="--json" in arguments, debug="--debug" in arguments)
    if output.as_json:
        # what libraries write past Python's own streams
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    # a scheduler's stop ends like Ctrl-C: working files are removed
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        code = run(arguments, output)
    except BrokenPipeError:
        # the reader has left; nothing can be said, also not when Python flushes its streams at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    sys.exit(code)


def run(arguments: Sequence[str], output: Output) -> int:
    """One invocation; gives its exit code. Raises nothing but ``BrokenPipeError``: nobody reads any more."""
    from . import app

    with ExitStack() as stack:
        if output.as_json:
            silence = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
            if "--help" not in arguments:
                stack.enter_context(redirect_stdout(silence))
            stack.enter_context(redirect_stderr(silence))
        try:
            code = typer.main.get_command(app).main(
                list(arguments), prog_name=PROGRAM, standalone_mode=False, obj=output
            )
        except BrokenPipeError:
            raise  # it is no failure of the command's: see main
        except typer.TyperException as error:
            if type(error).__name__ == NO_ARGUMENTS and not output.as_json:
                output.show(error.format_message())
                return USAGE
            output.fail(_usage(error), error.exit_code)
            return error.exit_code
        except typer.Abort:
            code = INTERRUPTED
        except Exception as error:
            return _failed(error, output)
        if code == INTERRUPTED:
            output.fail(
                "interrupted; what was committed stays, and the same command goes on from there"
                " (backfill: with --resume)",
                code,
            )
        return int(code or 0)


def _interrupt(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _usage(error: typer.TyperException) -> str:
    message, context = error.format_message(), getattr(error, "ctx", None)
    return f"{message.rstrip('.')}. See: {context.command_path} --help" if context else message


def _failed(error: Exception, output: Output) -> int:
    """The line for an error that ended a command: ours say what to do; another one is a mistake of ours."""
    import traceback

    from pipelines.configuration import redactor
    from pipelines.errors import UsageError, WorkFailed
    from sources.kit.transport import SourceError

    trace = redactor().text("".join(traceback.format_exception(error))) if output.debug else None
    if isinstance(error, UsageError):
        output.fail(str(error), USAGE, trace)
        return USAGE
    line = redactor().text(" ".join(str(error).split())[:500])
    if isinstance(error, SourceError | WorkFailed):
        output.fail(line, FAILED, trace)
    else:
        advice = "" if output.debug else "; run it again with --debug and report what it prints"
        output.fail(f"unexpected {type(error).__name__}: {line}{advice}", FAILED, trace)
    return FAILED
