"""How fast do the archives of an export become records, and does memory grow with their files? (promise P9)

    python -m benchmarks.nfe_throughput [--files 5000 | --full]

Makes up NF-e, packs them into parts of 1,000, and reads them on one core:

* ``lxml``: the same bytes, unpacked beforehand, only parsed: nothing can be faster with this parser;
* ``records``: archive → checked file → hash → parsed → every column by the layout → record;
* ``tables``: the same, and on through spool and models to Arrow tables, as a load does.

All sides run in one process, alternately; times are the processor's, the best of three. Memory is the peak of
fresh processes that read so many files, and four times as many, to Arrow tables. Exits 1 when the larger needs
more than 1.35 times the peak of the smaller one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree

from sources.kit.formats import access_key_check_digit, read_archive
from sources.kit.jobs import Job, Part, PartFile
from sources.kit.streams import Context, Window
from sources.kit.tables import WriteOptions
from sources.kit.transport import Downloaded, SignedUrl
from sources.roit.fiscal_files import read_documents
from sources.roit.harvest import Harvest
from sources.roit.settings import RoitSettings

FILES, FULL = 5_000, 20_000
FILES_PER_PART = 1_000
# Documents with contents of their own; the others differ from one of them by number and key.
PATTERNS = 500
ROUNDS = 3
LIMIT = 1.35
WINDOW = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))


class Discard:
    """In place of dlt: lets every Arrow table go."""

    def items(self, shapes: object, tables: dict[str, object]) -> Iterator[str]:
        yield from tables


class NothingKnown:
    """A warehouse that is empty."""

    def newer(self, *_: object) -> set[object]:
        return set()


def patterns() -> list[tuple[str, bytes]]:
    """NF-e of the simulated ROIT with their access keys."""
    from sandbox.core.server import running
    from sandbox.roit.archive import files_of

    found: list[tuple[str, bytes]] = []
    with running(("roit",), scale=PATTERNS * 2) as sandbox:
        state = sandbox.states["roit"]
        for document in state.documents.documents(-(1 << 62), 1 << 62):
            if document.facts.kind == "NFE":
                file = next(iter(files_of(state.world, document, [".xml"])))
                found.append((document.facts.access_key, file.content))
    return found[:PATTERNS]


def write_parts(folder: Path, files: int, samples: list[tuple[str, bytes]]) -> None:
    for part in range(0, files, FILES_PER_PART):
        with zipfile.ZipFile(folder / f"part-{part:07}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(part, min(part + FILES_PER_PART, files)):
                key, content = samples[number % len(samples)]
                first_43 = f"{key[:25]}{number:09d}{key[34:43]}"
                own = f"{first_43}{access_key_check_digit(first_43)}"
                archive.writestr(f"{own}-nfe.xml", content.replace(key.encode(), own.encode()))


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.zip"))


def read_records(folder: Path) -> int:
    return sum(len(read_documents(member).records) for path in parts(folder) for member in read_archive(path))


def read_tables(folder: Path) -> int:
    """Everything that a load does between the download and dlt."""
    settings = RoitSettings()
    write = WriteOptions(emitter=Discard())  # type: ignore[arg-type]
    context = Context(settings, None, NothingKnown(), write=write, spool_dir=folder)  # type: ignore[arg-type]
    harvest = Harvest(context, WINDOW)
    job = Job("export_files", WINDOW.start, WINDOW.end, remote_id="benchmark")
    link = SignedUrl("https://storage.invalid/part")
    files = (
        PartFile(Part(n, str(n), link), Downloaded(path, path.stat().st_size, ""))
        for n, path in enumerate(parts(folder))
    )
    for _ in harvest.take(job, b'{"id": "benchmark"}', files):
        pass
    for _ in harvest.items():
        pass
    return next(t.source_rows for t in context.report.tallies if t.table == "nfe")


def parse_only(contents: list[bytes]) -> None:
    for content in contents:
        etree.fromstring(content)


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def speed(folder: Path) -> dict[str, float]:
    """Files a second of each side."""
    contents = [member.content for path in parts(folder) for member in read_archive(path)]
    sides = {
        "lxml": lambda: parse_only(contents),
        "records": lambda: read_records(folder),
        "tables": lambda: read_tables(folder),
    }
    best = dict.fromkeys(sides, float("inf"))
    for _ in range(ROUNDS):
        best = {name: min(best[name], seconds(side)) for name, side in sides.items()}
    size = sum(map(len, contents)) / len(contents)
    return {name: len(contents) / took for name, took in best.items()} | {"bytes": size}


def peak(folder: Path) -> dict[str, float]:
    """Rows and peak resident memory in MB of a fresh process that reads the archives of a folder."""
    command = [sys.executable, "-m", "benchmarks.nfe_throughput", "--read", str(folder)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--full", action="store_true", help=f"{FULL:,} files")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.read:
        rows = read_tables(options.read)
        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"rows": rows, "peak_mb": round(used)}))
        return 0
    files, samples = FULL if options.full else options.files, patterns()
    with tempfile.TemporaryDirectory() as root:
        small, large = Path(root, "small"), Path(root, "large")
        for folder, count in ((small, files), (large, 4 * files)):
            folder.mkdir()
            write_parts(folder, count, samples)
        found = speed(small)
        peaks = [peak(small), peak(large)]
    print(f"{files:,} NF-e of {found['bytes']:,.0f} bytes in parts of {FILES_PER_PART:,}")
    for name in ("lxml", "records", "tables"):
        share = found["lxml"] / found[name]
        print(f"{name:8} {found[name]:8,.0f} files/s  {share:5.2f} times the time of lxml alone")
    for measured in peaks:
        print(f"peak     {measured['peak_mb']:6,} MB for {measured['rows']:,} files")
    ratio = peaks[1]["peak_mb"] / peaks[0]["peak_mb"]
    print(f"four times the files: {ratio:.2f} times the peak (limit {LIMIT})")
    return 0 if ratio <= LIMIT else 1


if __name__ == "__main__":
    sys.exit(main())
