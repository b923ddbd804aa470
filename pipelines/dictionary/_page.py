"""Entries → one HTML page. Every text is escaped; the page may load nothing, which its own policy says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import groupby

from ._entries import PARTS, Entry, Field
from ._style import SCRIPT, STYLE

POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
_CODE = re.compile(r"`([^`]+)`")
_ABOUT = {
    "Questions": "Who asks what of the marts: the exposures, with the role that owns each.",
    "Metrics": "What a figure is called and how it is added up. Group it by what it asks for: none mixes currencies.",
    "Marts": "For analysts: stated grain, enforced contract, every row with its evidence.",
    "Intermediate": "One decision a model; the decision is in its name.",
    "Staging": "A view for each raw table: renames and casts, nothing else.",
    "Seeds": "What an accountant changes without code.",
    "Raw tables": "As the extraction loads them, a dataset for each system.",
}


def page(entries: Sequence[Entry]) -> str:
    """The whole document; the same text for the same entries."""
    names = {entry.id: entry.name for entry in entries}
    return "\n".join(
        [
            '<!doctype html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>ledgerhouse: data dictionary</title><style>{STYLE}</style></head><body>",
            *_navigation(entries),
            "<main>",
            *_overview(entries),
            *(line for part in PARTS for line in _part(part, entries, names)),
            '<p id="nothing" hidden>Nothing matches.</p>',
            f"</main><script>{SCRIPT}</script></body></html>\n",
        ]
    )


def prose(text: str) -> str:
    """Escaped, with what stands between backticks as code."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _navigation(entries: Sequence[Entry]) -> Iterator[str]:
    yield '<nav><a class="brand" href="#top">ledgerhouse</a>'
    yield (
        '<input id="search" type="search" placeholder="Search names, columns, texts  ( / )"'
        ' aria-label="Search" autocomplete="off">'
    )
    for part in PARTS:
        of_part = [entry for entry in entries if entry.part == part]
        is_open = " open" if part in PARTS[:3] else ""
        yield f"<details{is_open}><summary>{escape(part)} <small>{len(of_part)}</small></summary>"
        for group, members in groupby(of_part, key=lambda entry: entry.group):
            yield "<div>" + (f"<h4>{escape(group)}</h4>" if group else "")
            for entry in members:
                yield f'<a href="#{escape(entry.id)}" data-of="{escape(entry.id)}">{escape(entry.name)}</a>'
            yield "</div>"
        yield "</details>"
    yield "</nav>"


def _overview(entries: Sequence[Entry]) -> Iterator[str]:
    columns = sum(len(entry.fields) for entry in entries)
    tests = sum(len(entry.tests) for entry in entries)
    yield '<header id="top"><h1>Data dictionary</h1>'
    yield (
        "<p>Payables, fiscal documents, payments and billing: every table and what each column means, from the raw"
        f' tables to the figures. {columns:,} columns, {tests:,} tests.</p><ul class="parts">'
    )
    for part in PARTS:
        number = sum(entry.part == part for entry in entries)
        yield f'<li><a href="#{_anchor(part)}"><b>{number}</b> {escape(part)}</a></li>'
    yield "</ul></header>"


def _part(part: str, entries: Sequence[Entry], names: dict[str, str]) -> Iterator[str]:
    yield f'<section class="part"><h2 id="{_anchor(part)}">{escape(part)}</h2><p>{prose(_ABOUT[part])}</p>'
    for entry in entries:
        if entry.part == part:
            yield from _article(entry, names)
    yield "</section>"


def _article(entry: Entry, names: dict[str, str]) -> Iterator[str]:
    group = f"<small>{escape(entry.group)}</small>" if entry.group else ""
    yield f'<article id="{escape(entry.id)}"><h3>{escape(entry.name)} {group}</h3><p>{prose(entry.description)}</p>'
    if entry.facts:
        facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in entry.facts)
        yield f"<dl>{facts}</dl>"
    yield from _links("made of", entry.up, names)
    yield from _links("used by", entry.down, names)
    if entry.fields:
        rows = "".join(_row(column) for column in entry.fields)
        yield (
            '<div class="wide"><table><thead><tr><th>column</th><th>type</th><th>meaning</th></tr></thead>'
            f"<tbody>{rows}</tbody></table></div>"
        )
    if entry.tests:
        tests = "".join(f"<li>{escape(name)}</li>" for name in entry.tests)
        yield f"<details><summary>{len(entry.tests)} tests</summary><ul>{tests}</ul></details>"
    yield "</article>"


def _row(column: Field) -> str:
    notes = "".join(f" <em>{escape(note)}</em>" for note in column.notes)
    return (
        f"<tr><td><code>{escape(column.name)}</code></td><td>{escape(column.type)}</td>"
        f"<td>{prose(column.description)}{notes}</td></tr>"
    )


def _links(label: str, ids: Iterable[str], names: dict[str, str]) -> Iterator[str]:
    links = "".join(f'<a href="#{escape(each)}">{escape(names[each])}</a>' for each in ids)
    if links:
        yield f'<p class="links"><span>{label}</span>{links}</p>'


def _anchor(part: str) -> str:
    return "part-" + part.lower().replace(" ", "-")
