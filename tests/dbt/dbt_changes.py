"""Random changes of a warehouse, load by load: all that may befall a document between two builds.

The stories of ``dbt_streams`` bring versions, corrections, payments after the fact, statuses and versions that come
late. To these are added what ties documents together or takes them away: the same invoice in the other system, later;
marks of deletion, also taken back; rows that are gone; loads that come again; a record that moves to another supplier
and company; master data and payment terms that are put right; loads that are committed after later ones.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dbt_demo_roit import SUPPLIERS, payable, receipt
from dbt_demo_tereina import invoice, master_data
from dbt_raw_warehouse import RawWarehouse
from dbt_streams import LOADS, stories, tell

LAST = len(LOADS) - 1
Record = dict[str, Any]


class Changes:
    """Brings one load after the other; ``load`` is the number of the last one, ``done`` counts what befell."""

    def __init__(self, rng: random.Random, raw: RawWarehouse, count: int) -> None:
        self.rng, self.raw = rng, raw
        self.told = stories(rng, count)
        self.load = -1
        self.done: list[str] = []
        self._minute = 0
        self._waiting: list[tuple[str, Record]] = []
        self._uncommitted: list[str] = []

    def next(self) -> None:
        self.load += 1
        for load_id in self._uncommitted:
            self._commit(load_id)
        self._uncommitted = []
        tell(self.raw, self.told, [self.load])
        if self.load:
            of_documents: list[Callable[[], None]] = [
                *(self._mark_as_gone, self._take_marks_away, self._remove),
                *(self._tell_again, self._move, self._commit_late),
            ]
            of_all = [self._put_supplier_right, self._put_payment_term_right, self._rename_company]
            # what changes many documents would hide from the last builds what was missed of a few
            kinds = of_documents + (of_all if self.load < LAST - 1 else [])
            for kind in (self._bring_twins, *self.rng.sample(kinds, 3)):
                kind()
                self.done.append(kind.__name__)

    def _at(self) -> str:
        """A time of its own for each load, within the hour of the stories' load."""
        self._minute = self._minute % 58 + 1
        return LOADS[self.load].replace(":00", f":{self._minute:02}")

    def _bring(self, source: str, table: str, *records: Record, committed: bool = True) -> str:
        return self.raw.load(source, self._at(), {table: copy.deepcopy(list(records))}, committed=committed)

    def _known_payables(self) -> list[Record]:
        found = [
            story.records("accounts_payable", self.load) for story in self.told if story.source == "roit"
        ]
        return [records[-1][1] for records in found if records]

    def _now(self) -> str:
        return f"{LOADS[self.load][:10]} 05:30:00+00"

    def _bring_twins(self) -> None:
        """The same invoice in both systems: one of them now, the other with a later load, or at once."""
        waiting, self._waiting = self._waiting, []
        self._bring_all(waiting)
        for pair in ("A", "B", "C"):
            self._waiting += self._twins(f"{pair}{self.load}", by_key=pair != "A")
        self._waiting, at_once = self._waiting[1::2], self._waiting[::2]
        self._bring_all(at_once)

    def _twins(self, number: str, by_key: bool) -> list[tuple[str, Record]]:
        amount = str(self.rng.randrange(100, 900))
        key = f"AK-{number}" if by_key else None
        bought = payable(
            f"ap-{number}",
            amount,
            "2026-06-01",
            supplier="beta",
            document_number=f"00{number}",
            access_key=key,
        )
        billed = invoice(
            f"inv-{number}", amount, number=number, _extra=f'{{"accessKey": "{key}"}}' if key else None
        )
        twins = [("accounts_payable", bought), ("invoices", billed)]
        if self.rng.random() < 0.3:  # a second one that only one of the two can be the twin of
            twins.append(("accounts_payable", bought | {"id": f"ap-{number}-again"}))
        self.rng.shuffle(twins)
        return twins

    def _bring_all(self, records: list[tuple[str, Record]]) -> None:
        for table, record in records:
            self._bring("roit" if table == "accounts_payable" else "tereina", table, record)

    def _mark_as_gone(self) -> None:
        for record in self.rng.sample(self._known_payables(), 1):
            self.raw.mark("roit", "accounts_payable", record["id"], self._at())

    def _take_marks_away(self) -> None:
        self.raw.unmark("roit", "accounts_payable")

    def _remove(self) -> None:
        for record in self.rng.sample(self._known_payables(), 1):
            self.raw.remove("roit", "accounts_payable", record["id"])

    def _tell_again(self) -> None:
        """A look-back reads a record again that did not change: another load, and no new version."""
        self._bring("roit", "accounts_payable", *self.rng.sample(self._known_payables(), 1))

    def _move(self) -> None:
        """A payable of another supplier and company, which is paid as well, and in another currency at times."""
        (record,) = self.rng.sample(self._known_payables(), 1)
        name, tax_id = SUPPLIERS["gama"]
        moved = record | {
            "provider__name": name,
            "provider__national_register": tax_id,
            "company__national_register": "11222333000262",
            "currency__code": self.rng.choice(("BRL", "USD")),
            "issue_date": "2026-03-01",
            "entry_date": "2026-03-02",
            "status": "PAID",
            "updated_at": self._now(),
            "receipts": [receipt(f"r-{record['id']}-moved", self._now(), str(self.rng.randrange(1, 500)))],
        }
        self._bring("roit", "accounts_payable", moved)

    def _master_data(self, table: str) -> list[Record]:
        return copy.deepcopy(master_data()[table])

    def _put_supplier_right(self) -> None:
        supplier, _ = self._master_data("companies")
        tax_id = f"7788899900{self.rng.randrange(100, 999)}"
        supplier["corporate_identifiers"] = [{"type": "CNPJ", "value": tax_id}]
        self._bring("tereina", "companies", supplier)

    def _put_payment_term_right(self) -> None:
        """Other days and shares of the parts; also invoices that are long known are then due on other days."""
        first, second = self._master_data("companies__relations__payment_term_installments")
        first["percentage"] = Decimal(self.rng.choice((30, 50)))
        second |= {"due_days": self.rng.randrange(31, 90), "percentage": 100 - first["percentage"]}
        self._bring("tereina", "companies__relations__payment_term_installments", first, second)

    def _rename_company(self) -> None:
        (code,) = self._master_data("company_codes")
        self._bring("tereina", "company_codes", code | {"name": f"Compradora {self.rng.randrange(99)}"})

    def _commit_late(self) -> None:
        """A load that is committed only after the next build."""
        (record,) = self.rng.sample(self._known_payables(), 1)
        late = record | {"updated_at": self._now(), "value__net": Decimal(77), "value__gross": Decimal(77)}
        late["installments"] = []
        self._uncommitted.append(self._bring("roit", "accounts_payable", late, committed=False))

    def _commit(self, load_id: str) -> None:
        at = datetime.fromtimestamp(float(load_id), UTC)
        self.raw.commit("roit", load_id, at)
