"""What a full refresh removes, and when it rather removes nothing."""

from __future__ import annotations

import pytest

from pipelines.load._refresh import remove_missing
from sources.kit.transport import DataError
from sources.roit.documents import DocumentStream


class Counts:
    """A warehouse whose table holds so many rows, of which so many are missing at the source."""

    def __init__(self, held: int, missing: int) -> None:
        self._held, self._missing = held, missing
        self.statements: list[str] = []

    def has_table(self, name: str) -> bool:
        return True

    def query(self, sql: str, *params: object) -> list[tuple[int]]:
        return [(self._missing if "where" in sql else self._held,)]

    def execute(self, *statements: tuple[str, tuple[object, ...]]) -> None:
        self.statements += [sql for sql, _ in statements]


@pytest.mark.parametrize(("held", "missing"), [(1000, 500), (100, 100), (0, 0)])
def test_what_is_missing_is_removed_with_its_children(held, missing):
    warehouse = Counts(held, missing)
    assert remove_missing(warehouse, DocumentStream(), ["load"], None, 0.5) == missing
    tables = [statement.split()[2] for statement in warehouse.statements]
    children = ("purchase_orders", "items", "tributes", "installments", "files")
    assert tables == ["{documents}", *(f"{{documents__{child}}}" for child in children)]


def test_when_most_of_a_table_is_missing_nothing_is_removed_and_the_resource_fails():
    warehouse = Counts(1000, 501)
    with pytest.raises(DataError, match=r"501 of 1000 rows of documents .* max_deleted_share"):
        remove_missing(warehouse, DocumentStream(), ["load"], None, 0.5)
    assert warehouse.statements == []
    assert remove_missing(warehouse, DocumentStream(), ["load"], None, 1.0) == 501
