"""Versions of rows: what a file says of a subject, whatever its order, in memory that does not grow with it."""

from __future__ import annotations

import tracemalloc

import pyarrow as pa
import pytest

from sources.kit.tables._row_versions import RowVersions

ROWS = 200


def batch(*rows):
    return pa.table({"invoice": [row[0] for row in rows], "amount": [row[1] for row in rows]})


def versions(*batches, subject="invoice"):
    with RowVersions(subject) as known:
        known.learn(batches)
        return [known.of(each) for each in batches]


def test_the_rows_of_a_subject_have_one_version_wherever_they_stand():
    ((near, places),) = versions(batch(("a", "1"), ("b", "2"), ("a", "3")))
    apart = versions(batch(("a", "3")), batch(("b", "2"), ("a", "1")))
    assert near[0] == near[2] != near[1]
    assert places == [0, 0, 1]
    assert apart[0] == ([near[0]], [0])
    assert apart[1] == ([near[1], near[0]], [0, 1])


def test_equal_rows_without_a_subject_are_one_version_in_several_places():
    ((first, places), (again, more)) = versions(
        batch(("a", "1"), ("a", "1")), batch(("a", "1"), ("a", "2")), subject=None
    )
    assert first[0] == first[1] == again[0] != again[1]
    assert (places, more) == ([0, 1], [2, 0])


def test_a_file_without_the_column_of_its_subject_has_rows_that_stand_alone():
    rows = batch(("a", "1"), ("a", "2")).drop_columns("invoice")
    ((found, places),) = versions(rows)
    assert found[0] != found[1]
    assert places == [0, 0]


@pytest.mark.parametrize("subject", ["invoice", None])
def test_memory_does_not_grow_with_the_rows_of_a_file(subject):
    def peak(batches):
        def rows():
            for number in range(batches):
                yield batch(*((f"invoice-{number}-{row}", str(row)) for row in range(ROWS)))

        tracemalloc.start()
        try:
            with RowVersions(subject) as known:
                known.learn(rows())
                for each in rows():
                    known.of(each)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(2)
    # sixteen times the subjects; a dictionary of them would take forty times the memory
    assert peak(48) < 2 * peak(3)
