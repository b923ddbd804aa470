"""`python -m sandbox serve`: the simulated APIs on loopback, ready when one line of JSON is printed."""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from .core.server import SYSTEMS, build, serve

EXAMPLE = "example: python -m sandbox serve --scale 500 --option roit.bad_records=5"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("serve", help="listen until stopped", epilog=EXAMPLE)
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--ports-base", type=int, default=0, help="first port; 0 takes any free ports")
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--scale", type=int, default=2_000, help="about how many payables")
    command.add_argument("--systems", default=",".join(SYSTEMS), help="which ones, with commas between")
    rule = 'such as {"system": "roit", "path": "search", "kind": "503", "times": 2}'
    command.add_argument("--fault", action="append", default=[], type=json.loads, metavar="JSON", help=rule)
    option = "such as roit.bad_records=5; the value is JSON"
    command.add_argument("--option", action="append", default=[], metavar="SYSTEM.NAME=VALUE", help=option)
    return parser


def _options(pairs: list[str]) -> dict[str, dict[str, Any]]:
    options: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        system, _, option = name.partition(".")
        options.setdefault(system, {})[option] = json.loads(value)
    return options


def _announce(ready: dict[str, Any]) -> None:
    print(json.dumps(ready), flush=True)


def main() -> None:
    args = _parser().parse_args()
    sandbox = build(
        args.systems.split(","),
        seed=args.seed,
        scale=args.scale,
        faults=args.fault,
        options=_options(args.option),
    )
    asyncio.run(serve(sandbox, args.host, args.ports_base, _announce))


if __name__ == "__main__":
    main()
