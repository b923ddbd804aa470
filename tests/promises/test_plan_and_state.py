"""``plan`` tells what the load then does and changes nothing (P7); ``state`` shows and forgets marks."""

from __future__ import annotations

import pytest


def test_p7_a_plan_only_reads_makes_no_database_and_is_what_the_load_then_does(make_lab):
    lab = make_lab(scale=60)
    code, document = lab.ask("plan", "roit", "--resource", "accounts_payable", "--resource", "export_files")
    assert code == 0
    assert list(lab.database.parent.iterdir()) == []
    creating = [r.path for r in lab.requests() if r.method != "GET" and not _reads(r.path)]
    assert creating == []
    payables, exports = document["resources"]
    assert [window["requests"] for window in exports["windows"]] == ["1 export, its polls and its parts"]
    loaded = lab.load("roit", "accounts_payable").results[0]
    assert (len(payables["windows"]), payables["rows"]) == (loaded.windows, loaded.rows)
    assert payables["mark"] is None


def _reads(path):
    return path.endswith(("/token", "/search", "/count"))


def test_a_resource_that_cannot_be_planned_is_named_and_the_others_are_planned(make_lab):
    lab = make_lab(scale=10)
    lab.sandbox.faults.add("roit", "/accounts-payable/(search|count)$", "expired_url", times=-1)
    code, document = lab.ask("plan", "roit")
    assert code == 3
    failed = {entry["resource"] for entry in document["resources"] if entry["error"]}
    assert failed == {"accounts_payable"}


def test_a_reset_forgets_the_marks_and_the_next_load_begins_at_the_start_date(make_lab):
    lab = make_lab(scale=40)
    first = lab.load("roit", "accounts_payable").results[0]
    rows = lab.snapshot("roit")
    shown = ("state", "show", "roit", "--resource", "accounts_payable")
    [before] = lab.ask(*shown)[1]["resources"]
    assert before["mark"] == first.mark.isoformat()
    assert lab.ask("state", "reset", "roit")[0] == 2, "nobody can be asked, and nobody said --yes"
    code, document = lab.ask("state", "reset", "roit", "--yes")
    assert (code, len(document["forgotten"])) == (0, 1)
    [after] = lab.ask(*shown)[1]["resources"]
    assert after["mark"] is None
    assert after["begins"] < before["begins"]
    status = lab.ask("status", "roit")[1]["resources"]
    assert {entry["resource"]: entry["mark"] for entry in status}["accounts_payable"] is None
    again = lab.load("roit", "accounts_payable").results[0]
    assert again.rows >= first.rows
    assert lab.snapshot("roit") == rows
    assert lab.ask("state", "reset", "solvimon", "--yes")[1] == {"forgotten": []}


def test_a_reset_of_a_queue_forgets_its_batches_and_the_next_load_reads_them_again(make_lab):
    lab = make_lab("tereina", scale=40)
    first = lab.load("tereina", "company_codes").results[0]
    assert lab.ask("plan", "tereina", "--resource", "company_codes")[1]["resources"][0]["rows"] == 0
    code, document = lab.ask("state", "reset", "tereina", "--resource", "company_codes", "--yes")
    assert (code, "loaded batches" in document["forgotten"][0]) == (0, True)
    assert lab.load("tereina", "company_codes").results[0].rows == first.rows > 0


@pytest.mark.parametrize("command", [("state", "show"), ("jobs", "list"), ("rejects", "list")])
def test_what_only_looks_makes_no_database(make_lab, command):
    lab = make_lab(scale=10)
    code, said = lab.ask(*command)
    assert (code, "ledgerhouse load makes it" in said["error"]) == (2, True)
    assert list(lab.database.parent.iterdir()) == []
