"""How the page looks and how its search works: all that it needs is in it."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --soft: #5d6878; --line: #dfe4ea; --page: #f6f7f9;
  --card: #fff;
  --accent: #1f5fa8; --code: #eef1f5; --note: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ef; --soft: #97a3b4; --line: #2c3440;
  --page: #12161c;
  --card: #1a2029; --accent: #79b4f5; --code: #252d39; --note: #e0b35c; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; display: grid; grid-template-columns: 19rem minmax(0, 1fr); color: var(--ink);
  background: var(--page); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", sans-serif; }
nav { position: sticky; top: 0; height: 100vh; overflow-y: auto; padding: 1.2rem 1rem;
  background: var(--card);
  border-right: 1px solid var(--line); font-size: 13.5px; }
nav .brand { font-size: 1.25rem; font-weight: 650; color: var(--ink); letter-spacing: -.01em; padding: 0; }
nav input { width: 100%; margin: .8rem 0; padding: .5rem .7rem; font: inherit; color: inherit;
  background: var(--page);
  border: 1px solid var(--line); border-radius: 8px; }
nav summary { cursor: pointer; font-weight: 600; padding: .25rem 0; }
nav h4 { margin: .5rem 0 .1rem .9rem; color: var(--soft); font-size: 11px; text-transform: uppercase;
  letter-spacing: .06em; }
nav details a { display: block; padding: .1rem .4rem .1rem .9rem; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; border-radius: 5px; }
nav details a:hover { background: var(--code); }
a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
small { color: var(--soft); font-weight: 400; font-size: .82em; }
main { padding: 2rem clamp(1rem, 3vw, 3rem) 6rem; max-width: 76rem; }
h1 { margin: 0 0 .3rem; font-size: 2rem; letter-spacing: -.02em; }
h2 { margin: 2.6rem 0 .2rem; font-size: 1.45rem; letter-spacing: -.01em; }
h2 + p { margin-top: 0; color: var(--soft); }
.parts { display: flex; flex-wrap: wrap; gap: .6rem; list-style: none; padding: 0; }
.parts a { display: block; padding: .6rem 1rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; }
.parts b { display: block; font-size: 1.35rem; color: var(--ink); }
article { margin: 1rem 0; padding: 1.1rem 1.3rem; background: var(--card); border: 1px solid var(--line);
  border-radius: 12px; }
article:target { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
h3 { margin: 0; font-size: 1.1rem; overflow-wrap: anywhere; }
h3 + p { margin: .3rem 0 .7rem; max-width: 62rem; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .15rem .9rem;
  margin: 0 0 .6rem; font-size: 13.5px; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere;
  font-family: ui-monospace, Menlo, Consolas, monospace;
  font-size: 12.5px; line-height: 1.7; }
.links { margin: .15rem 0; font-size: 13.5px; line-height: 1.9; }
.links span { color: var(--soft); margin-right: .6rem; }
.links a { display: inline-block; margin: 0 .3rem .1rem 0; padding: 0 .5rem; background: var(--code);
  border-radius: 6px;
  overflow-wrap: anywhere; }
.wide { overflow-x: auto; margin-top: .8rem; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: 12px; }
th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td:nth-child(2) { color: var(--soft); white-space: nowrap; font-size: 12.5px; }
tbody tr:last-child td { border-bottom: 0; }
code { font: 12.5px/1.5 ui-monospace, Menlo, Consolas, monospace; background: var(--code);
  padding: .05rem .3rem; border-radius: 4px; }
td:first-child code { background: none; padding: 0; white-space: nowrap; }
em { font-style: normal; color: var(--note); font-size: 12px; margin-left: .3rem; }
article details { margin-top: .7rem; font-size: 13.5px; color: var(--soft);
  } article summary { cursor: pointer; }
[hidden] { display: none !important; }
@media (max-width: 860px) { body { display: block; } nav { position: static; height: auto;
  max-height: 45vh; border: 0; } }
@media print { nav { display: none; } body { display: block; } article { break-inside: avoid; } }
"""

SCRIPT = """
const search = document.getElementById('search');
const articles = [...document.querySelectorAll('article')].map(
  (node) => ({ node, text: node.textContent.toLowerCase(),
    link: document.querySelector('nav a[data-of="' + node.id + '"]') }));
const folds = [...document.querySelectorAll('nav details')].map((node) => ({ node, open: node.open }));
function find() {
  const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let found = 0;
  for (const { node, text, link } of articles) {
    const hit = words.every((word) => text.includes(word));
    node.hidden = link.hidden = !hit;
    found += hit;
  }
  document.querySelectorAll('nav details div').forEach(
    (group) => { group.hidden = !group.querySelector('a:not([hidden])'); });
  document.querySelectorAll('.part').forEach((part) => { part.hidden = !part.querySelector('article:not([hidden])'); });
  folds.forEach(({ node, open }) => { node.open = words.length ? true : open;
    node.hidden = !node.querySelector('a:not([hidden])'); });
  document.getElementById('top').hidden = words.length > 0;
  document.getElementById('nothing').hidden = found > 0;
}
search.addEventListener('input', find);
addEventListener('keydown', (event) => {
  if (event.key === '/' && event.target !== search) { event.preventDefault(); search.focus(); }
  if (event.key === 'Escape') { search.value = ''; find(); }
});
addEventListener('hashchange', () => {
  const wanted = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (wanted && wanted.closest('[hidden]')) { search.value = ''; find(); wanted.scrollIntoView(); }
});
"""
