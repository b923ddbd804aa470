"""Files are kept by the hash of their bytes: once, whole, in a folder or in a bucket."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import fsspec
import pytest

from sources.kit.formats import Member
from sources.kit.transport import InvalidConfiguration
from sources.roit.file_store import FileStore


def member(path: str = "folder/note.pdf", content: bytes = b"%PDF-1.4") -> Member:
    return Member(path, len(content), hashlib.sha256(content).hexdigest(), "application/pdf", content)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_file_is_where_its_hash_says(tmp_path: Path) -> None:
    one = member()
    url = FileStore(str(tmp_path)).keep(one)
    path = tmp_path / one.sha256[:2] / one.sha256[2:4] / f"{one.sha256}.pdf"
    assert (url, path.read_bytes()) == (path.as_uri(), one.content)


def test_what_is_there_is_not_written_again(tmp_path: Path) -> None:
    store = FileStore(tmp_path.as_uri())
    url = store.keep(member())
    (path,) = files(tmp_path)
    before = path.stat()
    assert store.keep(member("elsewhere/same.pdf")) == url
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_a_write_that_is_cut_off_leaves_nothing_to_be_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:3])
        raise OSError("no space left on device")

    store = FileStore(str(tmp_path))
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="no space"):
            store.keep(member())
    assert files(tmp_path) == []
    store.keep(member())
    assert [path.read_bytes() for path in files(tmp_path)] == [b"%PDF-1.4"]


@pytest.mark.parametrize(
    ("path", "extension"),
    [
        ("a.PDF", ".pdf"),
        ("..\\..\\b.jpg", ".jpg"),
        ("no extension", ".bin"),
        ("x.tar/../../etc", ".bin"),
        ("evil.p/../df", ".bin"),
        ("long.abcdefghijkl", ".bin"),
        ("accent.çç", ".bin"),
    ],
)
def test_nothing_of_the_name_but_a_plain_extension_is_in_the_path(
    tmp_path: Path, path: str, extension: str
) -> None:
    FileStore(str(tmp_path / "kept")).keep(member(path))
    (found,) = files(tmp_path)
    assert found.name == f"{member().sha256}{extension}"
    assert found.is_relative_to(tmp_path / "kept")


def test_a_bucket_is_written_through_fsspec_without_renaming(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = fsspec.filesystem("memory")
    written: list[str] = []
    whole = memory.pipe_file

    def pipe_file(path: str, value: bytes, **options: Any) -> None:
        written.append(path)
        whole(path, value, **options)

    monkeypatch.setattr(memory, "pipe_file", pipe_file)
    one, store = member(), FileStore("memory://bucket/exports/")
    url = store.keep(one)
    assert store.keep(one) == url
    assert url == f"memory:///bucket/exports/{one.sha256[:2]}/{one.sha256[2:4]}/{one.sha256}.pdf"
    assert len(written) == 1
    assert memory.cat_file(written[0]) == one.content
    memory.rm("/bucket", recursive=True)


def test_a_place_that_is_not_known_is_a_mistake_of_the_configuration() -> None:
    with pytest.raises(InvalidConfiguration, match="keep_files"):
        FileStore("nowhere://bucket")
