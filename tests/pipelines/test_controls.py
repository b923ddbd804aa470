"""Control totals: what counts as a difference, and how exactly."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipelines.load._controls import Control
from sources.kit.tables import Totals

MANY_DIGITS = Decimal("12345678901234567890.0123456789")


def control(source, warehouse, rejected=None):
    return Control(
        "invoices",
        None,
        None,
        ("BRL", "OPEN"),
        Totals(*source),
        Totals(*warehouse),
        Totals(*(rejected or (0,))),
    )


def test_equal_sides_have_no_difference_however_many_digits_the_sums_have():
    assert control((2, MANY_DIGITS), (2, MANY_DIGITS)).difference is None


def test_a_difference_of_the_last_digit_of_a_long_sum_is_seen():
    difference = control((2, MANY_DIGITS), (2, Decimal("12345678901234567890.0123456788"))).difference
    assert difference == "invoices BRL OPEN: the sums differ by 0.0000000001"


def test_rejected_records_count_as_present_with_their_amounts():
    assert control((3, Decimal(30)), (2, Decimal(20)), (1, Decimal(10))).difference is None


@pytest.mark.parametrize(("held", "words"), [(1, "1 of them are not"), (3, "-1 of them are not")])
def test_a_missing_or_a_doubled_row_is_a_difference(held, words):
    assert words in (control((2, Decimal(0)), (held, Decimal(0))).difference or "")


def test_the_controls_of_two_packages_add_up_exactly():
    one = control((1, MANY_DIGITS), (1, MANY_DIGITS))
    both = one + control((1, Decimal("0.0000000001")), (1, Decimal("0.0000000001")))
    assert both.source == both.warehouse == Totals(2, Decimal("12345678901234567890.0123456790"))
    assert both.place == one.place
