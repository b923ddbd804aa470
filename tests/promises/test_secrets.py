"""P10: no secret, signature or personal id in anything that a load prints, stores or leaves behind."""

from __future__ import annotations

import os
import re

import pytest

from .lab import command

SIGNATURE = re.compile(r"X-Signature=[0-9a-f]{16,}")


@pytest.mark.slow
def test_p10_nothing_that_a_load_prints_or_leaves_holds_a_secret(make_lab, tmp_path):
    lab = make_lab(scale=60)
    lab.sandbox.faults.add("roit", "/items", "500", times=-1)
    secrets = [v for k, v in lab.sandbox.credentials["roit"].items() if k == "client_secret"]
    environment = {
        **os.environ,
        "RUNTIME__LOG_LEVEL": "DEBUG",
        "SOURCES__ROIT__RETRY_SECONDS": "1",
        "SOURCES__ROIT__RETRY_ATTEMPTS": "2",
    }
    process = command(
        "load", "roit", "--database", str(lab.database), "--debug", cwd=tmp_path, env=environment
    )
    out, err = process.communicate(timeout=200)
    assert process.returncode == 3
    tokens = list(lab.sandbox.states["roit"].tokens)
    assert tokens
    printed = out + err
    for secret in (*secrets, *tokens):
        assert secret not in printed
    assert not SIGNATURE.search(printed)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [s for s in (*secrets, *tokens) if s.encode() in content], path


@pytest.mark.parametrize("mode", ["drop", "hash"])
def test_p10_personal_data_is_dropped_or_hashed_before_anything_is_written(make_lab, monkeypatch, mode):
    monkeypatch.setenv("SOURCES__ROIT__PERSONAL_DATA", mode)
    monkeypatch.setenv("SOURCES__ROIT__PERSONAL_DATA_KEY", "a key of the test's own")
    lab = make_lab(scale=120, options={"roit": {"bad_records": 2}})
    report = lab.load("roit", "accounts_payable", "accounts_payable_events")
    assert not report.failures
    tax_ids = {
        value
        for (value,) in lab.rows("select distinct provider__national_register from roit.accounts_payable")
    }
    if mode == "drop":
        assert tax_ids == {None}
    else:
        assert len(tax_ids) > 5
        assert all(re.fullmatch(r"[0-9a-f]{64}", value) for value in tax_ids if value)
    known = [party.tax_id for party in (*lab.sandbox.world.suppliers, *lab.sandbox.world.companies)]
    assert known
    content = lab.database.read_bytes()
    # an access key holds its issuer's number and is no personal column: only whole numbers count
    assert not [t for t in known if re.search(rb"(?<!\d)" + t.encode() + rb"(?!\d)", content)]
