"""The destination itself, against the emulator."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pipelines.errors import UsageError


def test_values_come_back_exact_and_in_utc(bigquery):
    moment = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    given = (Decimal("12345678901234567.8900000001"), moment, date(2026, 1, 31), True, 7, "açaí 'x'")
    assert bigquery.query("select ?, ?, ?, ?, ?, ?", given) == [given]


def test_what_is_refused_is_one_line_that_names_the_project(bigquery):
    with pytest.raises(UsageError, match=r"^BigQuery ledgerhouse-test: [^\n]+$"):
        bigquery.query("select nothing from nowhere.at_all")


def test_a_dataset_that_is_not_there_has_no_tables(bigquery):
    assert bigquery.tables("roit_of_nobody") == frozenset()
