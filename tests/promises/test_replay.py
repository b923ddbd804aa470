"""P6: rejects are loaded once they fit; what does not fit, or is not kept whole, stays."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from pipelines.operations import source_context
from sources.kit.tables import reject_id
from sources.roit.api import Payables

INSERT = (
    "insert into {}._rejects (reject_id, table_name, key, reason, field, raw, rejected_at, _dlt_load_id)"
    " values (?, ?, ?, 'made up', '$.x', ?, ?, '1.0')"
)
NOW = datetime.now(UTC)


def reject(lab, dataset, table, key, raw, *, at=NOW, kept=None):
    """Puts a record among the rejects; gives its id. ``kept`` is what is left of it there."""
    made_up = reject_id(table, key, raw.encode())
    lab.destination.execute(INSERT.format(dataset), [made_up, table, key, kept or raw, at])
    return made_up


def payables_at_the_source(lab):
    """Records as the API sends them, by id."""
    with source_context("roit", lab.destination) as context:
        page = Payables().page(context, NOW - timedelta(days=100), NOW - timedelta(hours=1), 1)
    return {json.loads(record).get("id"): record.decode() for record in page.records}


def loaded_ids(lab):
    return [key for (key,) in lab.rows("select id from roit.accounts_payable order by id")]


def test_p6_rejects_that_fit_now_are_loaded_with_their_children_and_the_others_stay(make_lab):
    lab = make_lab(scale=40, options={"roit": {"bad_records": 2}})
    assert lab.load("roit", "accounts_payable").results[0].rejected == 2
    before = lab.snapshot("roit")
    records, known = payables_at_the_source(lab), loaded_ids(lab)
    lost, newer, masked = [key for key in known if key in records][:3]
    with_children = "select count(*) from roit.accounts_payable__installments where account_payable_id = ?"
    assert lab.value(with_children, lost) > 0, "the payable must have children to lose"
    for table in lab.tables("roit"):
        if table.startswith("accounts_payable") and "history" not in table:
            key = "id" if table == "accounts_payable" else "account_payable_id"
            lab.destination.execute(f"delete from roit.{table} where {key} = ?", [lost])
    later = "update roit.accounts_payable set updated_at = updated_at + interval 1 year, description = 'x' where id = ?"
    lab.destination.execute(later, [newer])
    for key in (lost, newer):
        reject(lab, "roit", "accounts_payable", key, records[key])
    reject(lab, "roit", "accounts_payable", masked, records[masked], kept='{"id": "nothing else"}')
    reject(lab, "roit", "nfe", "a/b.xml", "<NFe/>")

    code, document = lab.ask("rejects", "replay", "roit")
    assert code == 0
    payables, documents = document["tables"]
    assert payables == {
        **{"source": "roit", "table": "accounts_payable", "loaded": 1, "superseded": 1},
        **{"unfit": 2, "masked": 1, "files": 0},
    }
    assert (documents["table"], documents["loaded"], documents["files"]) == ("nfe", 0, 1)
    assert loaded_ids(lab) == known
    assert lab.value("select description from roit.accounts_payable where id = ?", newer) == "x"
    after = lab.snapshot("roit")
    assert after["accounts_payable__installments"] == before["accounts_payable__installments"]
    assert after["accounts_payable__history"] == before["accounts_payable__history"]
    assert lab.value("select count(*) from roit._rejects") == 4
    assert lab.ask("rejects", "replay", "roit")[1]["tables"][0]["loaded"] == 0


def test_a_record_without_a_version_does_not_replace_what_a_later_load_has_brought(make_lab):
    lab = make_lab("tereina", scale=40)
    lab.load("tereina", "company_codes")
    early, late = [key for (key,) in lab.rows("select reference_id from tereina.company_codes limit 2")]
    lab.destination.execute("update tereina.company_codes set version = null")
    for key, days in ((early, -1), (late, 1)):
        raw = json.dumps({"referenceId": key, "name": "Replayed"})
        reject(lab, "tereina", "company_codes", key, raw, at=NOW + timedelta(days=days))
    [outcome] = lab.ask("rejects", "replay", "tereina")[1]["tables"]
    assert (outcome["loaded"], outcome["superseded"]) == (1, 1)
    replayed = "select reference_id from tereina.company_codes where name = 'Replayed'"
    assert lab.rows(replayed) == [(late,)]
