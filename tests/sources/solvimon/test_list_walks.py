"""Lists that change, lie or do not end while they are read to their end."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from sources.kit.streams import Page
from sources.kit.streams._snapshot import read_pages, read_whole
from sources.kit.tables import Spool, Tally
from sources.kit.transport import WrongAnswer
from sources.solvimon.models import Product

SIZE = 10


class Shelf:
    """A list in the order of creation, and what happens to it before its n-th page is given."""

    def __init__(self, count, events=None):
        self.ids = list(range(count))
        self.events = events or {}
        self.pages = 0

    def page(self, context, number):
        self.pages += 1
        self.events.get(self.pages, lambda: None)()
        found = self.ids[(number - 1) * SIZE : number * SIZE]
        return Page([json.dumps({"id": f"p{i}"}).encode() for i in found], None, -(-len(self.ids) // SIZE))

    def count(self, context):
        return len(self.ids)

    def page_size(self, context):
        return SIZE


@pytest.fixture
def read():
    def begin(shelf):
        tally = Tally("products")
        spool = Spool(Product, tally)
        read_whole(shelf, SimpleNamespace(), spool, tally)
        return {key[0] for key in spool.versions()}, tally

    return begin


def test_a_list_of_one_page_is_one_request(read):
    shelf = Shelf(7)
    assert len(read(shelf)[0]) == 7
    assert shelf.pages == 1


def test_a_record_that_is_deleted_while_its_list_is_read_hides_no_other(read):
    shelf = Shelf(35)
    shelf.events[4] = lambda: shelf.ids.remove(3)  # when its page has been given
    found, tally = read(shelf)
    assert {f"p{i}" for i in shelf.ids} <= found
    assert tally.notes


def test_a_record_that_is_added_while_its_list_is_read_comes_once(read):
    shelf = Shelf(35)
    shelf.events[3] = lambda: shelf.ids.append(99)
    assert read(shelf)[0] == {f"p{i}" for i in shelf.ids}


def test_pages_that_hold_less_than_the_api_counts_are_an_error(read):
    shelf = Shelf(35)
    shelf.count = lambda context: 40
    with pytest.raises(WrongAnswer, match="counts 40 records and its pages bring 35"):
        read(shelf)


@pytest.mark.parametrize("announced", [None, 2])
def test_pages_that_come_again_and_again_are_an_error(announced):
    records = [json.dumps({"id": f"p{i}"}).encode() for i in range(SIZE)]
    spool = Spool(Product, Tally("products"))
    with pytest.raises(WrongAnswer, match="does not end"):
        read_pages(lambda number: Page(records, announced, number + 1), SIZE, spool)


def test_pages_that_invent_records_are_stopped_far_beyond_what_was_announced():
    asked = []

    def fetch(number):
        asked.append(number)
        return Page([json.dumps({"id": f"p{number}"}).encode()], 3, number + 1)

    with pytest.raises(WrongAnswer, match="does not end"):
        read_pages(fetch, 1, Spool(Product, Tally("products")))
    assert len(asked) < 1100
