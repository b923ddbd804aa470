"""Files in a bucket or folder: found, copied whole, and errors told by their consequence."""

from __future__ import annotations

import hashlib
import sys

import pytest

from sources.kit.transport import (
    DataError,
    InvalidConfiguration,
    LimitExceeded,
    ObjectStore,
    PermissionDenied,
    RetryPolicy,
    SizeMismatch,
    Unavailable,
    _objects,
)

ONCE = RetryPolicy(attempts=1, budget_seconds=0)


@pytest.fixture
def store(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one.csv").write_bytes(b"x" * 3_000_000)
    (tmp_path / "two.csv").write_bytes(b"2")
    return ObjectStore(tmp_path.as_uri(), policy=ONCE)


def test_an_object_is_found_in_any_folder_and_copied_with_its_hash(store, tmp_path):
    (found,) = store.search(lambda path: path.endswith("one.csv"))
    assert found == store.at("a/b/one.csv")
    done = store.download(found, tmp_path / "copy")
    assert (done.size, done.sha256) == (3_000_000, hashlib.sha256(b"x" * 3_000_000).hexdigest())
    assert done.path.read_bytes() == b"x" * 3_000_000


def test_what_is_not_there_is_none_and_a_folder_that_is_not_there_is_empty(store, tmp_path):
    assert store.at("a/nothing") is None
    assert store.at("a/b") is None
    nowhere = ObjectStore((tmp_path / "nowhere").as_uri(), policy=ONCE)
    nowhere.probe()
    assert nowhere.search(lambda _: True) == []


@pytest.mark.parametrize("path", ["../two.csv", "a//b", "/etc/passwd", "a/./b", ""])
def test_no_path_leads_out_of_the_address(store, path):
    with pytest.raises(DataError):
        store.at(path)


def test_an_object_that_changes_while_it_is_copied_is_an_error_and_leaves_nothing(store, tmp_path):
    (found,) = store.search(lambda path: path.endswith("two.csv"))
    (tmp_path / "two.csv").write_bytes(b"22")
    with pytest.raises(SizeMismatch):
        store.download(found, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_limits_hold_for_the_size_of_an_object_and_the_number_of_them(tmp_path, monkeypatch):
    (tmp_path / "big").write_bytes(b"123")
    store = ObjectStore(tmp_path.as_uri(), policy=ONCE, max_bytes=2)
    with pytest.raises(LimitExceeded):
        store.download(store.at("big"), tmp_path / "copy")
    monkeypatch.setattr(_objects, "MOST_LOOKED_AT", 0)
    with pytest.raises(LimitExceeded, match="narrower"):
        store.search(lambda _: True)


@pytest.mark.parametrize(
    ("failure", "error"), [(PermissionError("no"), PermissionDenied), (OSError("broken"), Unavailable)]
)
def test_a_storages_errors_are_told_by_their_consequence(store, monkeypatch, failure, error):
    def fail(*_, **__):
        raise failure

    monkeypatch.setattr(store._files, "ls", fail)
    with pytest.raises(error, match="file://"):
        store.search(lambda _: True)


@pytest.mark.parametrize("url", ["http://x/y", "folder", "s3://", "ftp://host/x", "s3://key:secret@bucket/x"])
def test_an_address_that_is_none_is_a_wrong_setting(url):
    with pytest.raises(InvalidConfiguration) as caught:
        ObjectStore(url)
    assert "secret" not in str(caught.value)


def test_a_storage_whose_package_is_missing_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(InvalidConfiguration, match="install s3fs"):
        ObjectStore("s3://bucket/folder")
