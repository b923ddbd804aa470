"""Commands around the models and the simulated systems: transform, demo, sandbox."""

from __future__ import annotations

from typing import Annotated

import typer

from . import app
from ._demo_text import demo_lines
from ._progress import progress_on, telling_on
from ._reports import transform_lines
from ._session import Session, command

sandbox = typer.Typer(
    help="The three APIs, simulated, on this machine.", no_args_is_help=True, rich_markup_mode=None
)
app.add_typer(sandbox, name="sandbox")


@command(app, "transform --select marts")
def transform(
    session: Session,
    select: Annotated[
        str | None, typer.Option(metavar="S", help="Only these models, as dbt names them.")
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build incremental models anew.")
    ] = False,
) -> int:
    """Build and test the dbt models on what has been loaded."""
    from pipelines.transform import transform as build

    with telling_on(session.output) as tell:
        report = build(session.destination, select, full_refresh, tell)
    session.output.report(report.as_dict(), transform_lines(report))
    for line in report.failure_lines():
        session.output.tell(line)
    return 0 if report.ok else 1


@command(app, "demo", destination=False)
def demo(session: Session) -> int:
    """Try it: three simulated systems, no account.

    Loads them into ledgerhouse-demo.duckdb and builds the models. Needs no account and no network. An earlier
    ledgerhouse-demo.duckdb in this folder is replaced.
    """
    from pipelines.demo import demo as run_demo

    report = run_demo(lambda: progress_on(session.output), lambda: telling_on(session.output))
    session.output.report(report.as_dict(), demo_lines(report))
    for problem in report.problems():
        session.output.tell(problem)
    return int(report.exit_code)


@command(sandbox, "sandbox serve --ports-base 9000 --seed 1", destination=False, as_json=False)
def serve(
    session: Session,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    ports_base: Annotated[
        int, typer.Option(min=0, max=65530, help="The first port; 0 takes any free ones.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Another seed, other data.")] = 1,
    scale: Annotated[int, typer.Option(min=1, help="About how many payables.")] = 2000,
    fault: Annotated[
        list[str] | None, typer.Option(metavar="JSON", help="A fault to inject; may be repeated.")
    ] = None,
) -> int:
    """Simulate the three APIs until stopped. One line of JSON gives the addresses and credentials."""
    from pipelines.sandbox import serve as run_sandbox

    options = ["--host", host, "--ports-base", str(ports_base), "--seed", str(seed), "--scale", str(scale)]
    for rule in fault or ():
        options += ["--fault", rule]
    return run_sandbox(options)
