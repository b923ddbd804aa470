"""P5: killed at any moment, the next run ends in the same warehouse, and nothing is created twice."""

from __future__ import annotations

import os
import random
import signal
import time
from datetime import datetime, timedelta

import pytest

from .lab import command

KILLS = 10
# Where a load that was not killed spends its time, as shares of it: early, late, and in between.
MOMENTS = [(n + 0.5) / KILLS for n in range(KILLS)]


def start_load(lab, tmp_path, until, environment):
    """The resources of each kind: rows that change, rows that are added, exports."""
    names = ("accounts_payable", "accounts_payable_events", "export_files")
    resources = [part for name in names for part in ("--resource", name)]
    where = ("--database", str(lab.database), "--json")
    return command("load", "roit", *resources, "--until", until, *where, cwd=tmp_path, env=environment)


def run_to_the_end(lab, tmp_path, until, environment):
    process = start_load(lab, tmp_path, until, environment)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, out + err


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_p5_a_load_killed_at_ten_moments_ends_in_the_warehouse_of_one_that_was_not(make_lab, tmp_path):
    lab = make_lab(scale=100, options={"roit": {"export_polls": 2}})
    until = (lab.sandbox.clock.now() - timedelta(minutes=10)).isoformat()
    environment = {
        **os.environ,
        "SOURCES__ROIT__START_DATE": (lab.sandbox.clock.now() - timedelta(days=45)).isoformat(),
        # two windows, whose exports are made side by side
        "SOURCES__ROIT__WINDOW_DAYS": "23",
    }
    begin = time.monotonic()
    run_to_the_end(lab, tmp_path, until, environment)
    length = time.monotonic() - begin
    never_killed = comparable(lab)
    lab.database.unlink()
    exports_before = exports_made(lab)

    chance = random.Random(5)
    for moment in MOMENTS:
        process = start_load(lab, tmp_path, until, environment)
        deadline = time.monotonic() + length * moment * chance.uniform(0.8, 1.2)
        while time.monotonic() < deadline and process.poll() is None:
            process.poll()
        process.send_signal(signal.SIGKILL)
        process.communicate()
    run_to_the_end(lab, tmp_path, until, environment)

    assert comparable(lab) == never_killed
    created = exports_made(lab) - exports_before
    known = lab.value("select count(*) from roit._jobs where part is null and remote_id is not null")
    lost = lab.value(
        "select count(*) from roit._jobs where part is null and remote_id is null and state = 'unknown'"
    )
    assert known <= created <= known + lost
    # a load that is run again after its end rightly asks for the look-back before its mark once more
    look_back = datetime.fromisoformat(until) - timedelta(hours=1)
    ranges = lab.rows(
        "select window_from, window_to, count(*) from roit._jobs"
        " where part is null and state = 'loaded' and window_from < ? group by all",
        look_back,
    )
    assert ranges
    assert all(n == 1 for _, _, n in ranges), "an export was made twice for one window"
    assert not list(tmp_path.glob("*.work/*")), "working files of a killed load were left behind"


def exports_made(lab):
    return sum(r.method == "POST" and r.status == 200 for r in lab.requests("/export/requests"))


def comparable(lab):
    """The warehouse without what names the exports themselves: their ids differ from run to run."""
    held = lab.snapshot("roit")
    files = lab.rows("select distinct path, size, sha256, access_key from roit.export_files order by all")
    for table in ("export_requests", "export_files"):
        held.pop(table, None)
    return held | {"files": [str(row) for row in files]}
