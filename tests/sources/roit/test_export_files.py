"""Files of exports: sound ones become rows, bad ones are put aside, hostile archives give nothing."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from harvest_support import DONE, Harvested, access_key, cte, nfe, zipped

from sandbox.roit.fiscal.nfse import access_key as access_key_of
from sandbox.roit.fiscal.nfse_events import make_nfse_cancellation
from sources.kit.transport import WrongAnswer

BOMB = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]><NFe>&c;</NFe>"""
OUTSIDE = b"""<!DOCTYPE NFe [<!ENTITY secret SYSTEM "file:///etc/passwd">]><NFe>&secret;</NFe>"""
FILES = "export_files"
TEXT_NODE = 11 * 1024**2


@pytest.fixture
def harvested(tmp_path: Path) -> Harvested:
    return Harvested(tmp_path)


def test_each_kind_of_document_becomes_a_row_of_its_table(harvested: Harvested) -> None:
    tables = harvested.take(zipped({"a.xml": nfe(1), "b.xml": cte(2), "c.pdf": b"%PDF-1.4"})).finish()
    assert [row["access_key"] for row in tables["nfe"]] == [access_key(1)]
    assert [row["access_key"] for row in tables["cte"]] == [access_key(2, "57")]
    assert [(row["path"], row["access_key"], row["content_type"]) for row in tables["export_files"]] == [
        ("a.xml", access_key(1), "application/xml"),
        ("b.xml", access_key(2, "57"), "application/xml"),
        ("c.pdf", None, "application/pdf"),
    ]
    assert [row["id"] for row in tables["export_requests"]] == ["export-1"]


def test_the_cancellation_of_a_service_note_becomes_a_row_of_its_own_table(harvested: Harvested) -> None:
    supplier = SimpleNamespace(kind="COMPANY", tax_id="11222333000181")
    facts: Any = SimpleNamespace(supplier=supplier, number="42", issued=date(2026, 3, 1), index=6)
    alone = make_nfse_cancellation(facts).replace(b"nSeqEvento>001", b"nSeqEvento>one")
    tables = harvested.take(zipped({"a.xml": make_nfse_cancellation(facts), "b.xml": alone})).finish()
    (row,) = tables["nfse_events"]
    assert (row["access_key"], row["event_type"], row["sequence"]) == (access_key_of(facts), "101101", 1)
    assert (row["is_cancellation"], row["is_registered"], row["reason_code"]) == (True, True, "2")
    (reject,) = tables["_rejects"]
    assert (reject["table_name"], reject["key"]) == ("nfse_events", "b.xml")
    assert harvested.notes == []


def test_a_document_in_two_exports_is_one_row_and_two_files(harvested: Harvested) -> None:
    harvested.take(zipped({"a.xml": nfe(1)}))
    harvested.take(zipped({"copy/a.xml": nfe(1)}), said=DONE | {"id": "export-2"})
    tables = harvested.finish()
    assert len(tables["nfe"]) == 1
    assert [row["path"] for row in tables["export_files"]] == ["a.xml", "copy/a.xml"]
    assert len(tables["export_requests"]) == 2


def test_an_invoice_without_its_protocol_does_not_take_the_place_of_one_with_it(tmp_path: Path) -> None:
    held = {access_key(1): datetime(2026, 3, 2, tzinfo=UTC)}
    tables = Harvested(tmp_path, **held).take(zipped({"a.xml": nfe(1), "b.xml": nfe(2)})).finish()
    assert [row["access_key"] for row in tables["nfe"]] == [access_key(2)]
    assert len(tables["export_files"]) == 2


@pytest.mark.parametrize(
    ("table", "content", "reason"),
    [
        pytest.param(FILES, BOMB, "DTD", id="entity bomb"),
        pytest.param(FILES, OUTSIDE, "DTD", id="external entity"),
        pytest.param(FILES, b'<?xml version="1.0" encoding="utf-8"?><N>\xe7</N>', "XML refused", id="not its encoding"),
        pytest.param(FILES, b'<?xml version="1.0" encoding="klingon"?><NFe/>', "XML refused", id="unknown encoding"),
        pytest.param(FILES, nfe(9)[:-20], "XML refused", id="cut off"),
        pytest.param(FILES, b"", "XML refused", id="empty"),
        pytest.param(FILES, bytes(range(256)), "XML refused", id="not XML at all"),
        pytest.param(FILES, b"<a>" * 2000, "XML refused", id="endless depth"),
        pytest.param(FILES, nfe(9, note="x" * TEXT_NODE), "XML refused", id="huge text node"),
        pytest.param("nfe", nfe(9, total="1,00"), "total__invoice_value", id="a value of another type"),
        pytest.param("nfe", nfe(9).replace(access_key(9).encode(), b"1" * 44), "check digit", id="a wrong access key"),
    ],
)  # fmt: skip
def test_a_bad_file_in_a_sound_archive_is_put_aside_and_the_others_are_loaded(
    harvested: Harvested, table: str, content: bytes, reason: str
) -> None:
    files = {"before.xml": nfe(1), "bad/file.xml": content, "after.xml": nfe(2)}
    tables = harvested.take(zipped(files, zipfile.ZIP_STORED)).finish()
    (reject,) = tables["_rejects"]
    assert (reject["table_name"], reject["key"]) == (table, "bad/file.xml")
    assert reason in reject["reason"]
    assert "root:" not in str(tables), "nothing was read from this machine"
    assert [row["access_key"] for row in tables["nfe"]] == [access_key(1), access_key(2)]
    assert [row["path"] for row in tables["export_files"]] == list(files)
    counts = {
        tally.table: (tally.source_rows, tally.rejected_rows) for tally in harvested.context.report.tallies
    }
    assert counts["export_files"] == (3, 0), "each file is one, whatever is in it"
    assert harvested.context.report.rejected_rows == 1


def test_a_bad_document_of_a_known_kind_is_put_aside_in_the_name_of_its_table(harvested: Harvested) -> None:
    bad = cte(3).replace(b"5.00", b"5,00")
    tables = harvested.take(zipped({"a.xml": bad, "b.xml": b'<NFSe><infNFSe Id="NFS1"/></NFSe>'})).finish()
    assert {(row["table_name"], row["key"]) for row in tables["_rejects"]} == {
        ("cte", "a.xml"),
        ("nfse", "b.xml"),
    }


def test_xml_of_another_kind_is_a_file_and_no_reject(harvested: Harvested) -> None:
    tables = harvested.take(zipped({"order.xml": b"<order/>"})).finish()
    assert tables["_rejects"] == []
    assert [row["access_key"] for row in tables["export_files"]] == [None]
    assert harvested.notes == ["1 XML files are of a kind that is not read"]


def test_a_zip_inside_the_zip_is_a_file_and_is_not_opened(harvested: Harvested) -> None:
    tables = harvested.take(zipped({"inner.zip": zipped({"a.xml": nfe(1)})})).finish()
    assert [row["content_type"] for row in tables["export_files"]] == ["application/zip"]
    assert tables["nfe"] == []


def bomb() -> bytes:
    return zipped({"good.xml": nfe(1), "zeros.xml": bytes(8 * 1024**2)})


def text_node_of_200_mb() -> bytes:
    """Packed piece by piece, so that the test holds no 200 MB."""
    buffer, piece = io.BytesIO(), b"a" * 1024**2
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("huge.xml", "w") as file,
    ):
        for content in (b"<NFe>", *(piece for _ in range(200)), b"</NFe>"):
            file.write(content)
    return buffer.getvalue()


def path_that_leaves() -> bytes:
    return zipped({"good.xml": nfe(1), "../../outside.xml": nfe(2)})


def link() -> bytes:
    entry = zipfile.ZipInfo("link.xml")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(buffer := io.BytesIO(), "w") as archive:
        archive.writestr(entry, "/etc/passwd")
    return buffer.getvalue()


def flipped() -> bytes:
    archive = bytearray(zipped({"good.xml": nfe(1)}, zipfile.ZIP_STORED))
    archive[archive.index(b"<ide>") + 1] ^= 1
    return bytes(archive)


@pytest.mark.parametrize(
    ("hostile", "reason"),
    [
        (bomb, "more than 200 times"),
        (text_node_of_200_mb, "unpacks to more than"),
        (path_that_leaves, "leaves the archive"),
        (link, "a link or a device"),
        (flipped, "checksum"),
        (lambda: zipped({"good.xml": nfe(1)})[:-30], "cut off"),
        (lambda: b"", "not a zip file"),
        (lambda: b"<html>Session expired</html>", "not a zip file"),
    ],
)
def test_an_archive_that_is_hostile_or_broken_fails_its_export_and_says_why(
    harvested: Harvested, hostile: Callable[[], bytes], reason: str
) -> None:
    with pytest.raises(WrongAnswer, match="part 0 of export export-1") as failure:
        harvested.take(hostile())
    assert reason in str(failure.value)
    assert not (harvested.folder.parent / "outside.xml").exists()


def test_how_large_a_file_may_be_is_a_setting(tmp_path: Path) -> None:
    archive = zipped({"large.pdf": b"%PDF-1.4" + bytes(1000)})
    with pytest.raises(WrongAnswer, match="unpacks to more than 999 bytes"):
        Harvested(tmp_path, max_file_bytes=999).take(archive)
    tables = Harvested(tmp_path, max_file_bytes=2000).take(archive).finish()
    assert [row["size"] for row in tables["export_files"]] == [1008]


def test_a_missing_part_is_a_failure_and_a_different_count_is_a_note(harvested: Harvested) -> None:
    harvested.take(zipped({"a.xml": nfe(1)}), said=DONE | {"quantity": 7})
    assert harvested.notes == ["the export announced 7 documents and held 1 files"]
    with pytest.raises(WrongAnswer, match="2 parts and 1 could be had"):
        harvested.take(zipped({"a.xml": nfe(1)}), said=DONE | {"totalOfParts": 2})


def test_refused_files_do_not_pile_up_in_memory(
    harvested: Harvested, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sources.roit.harvest._REFUSED_BYTES", 20)
    harvested.take(zipped({f"{n}.xml": b"<broken" for n in range(10)}))
    handed_on = len(harvested.capture.tables["_rejects"])
    assert handed_on == 9, "three at a time, before everything was read"
    assert len(harvested.finish()["_rejects"]) == 10


def test_files_are_kept_where_the_settings_say_once_for_each_content(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    harvested = Harvested(tmp_path, keep_files=str(kept))
    files = {"a.xml": nfe(1), "b.pdf": b"%PDF-1.4 b", "copy/b.PDF": b"%PDF-1.4 b", "bad.xml": b"<broken"}
    tables = harvested.take(zipped(files)).finish()
    stored = {row["path"]: row["stored_at"] for row in tables["export_files"]}
    assert stored["a.xml"] is None, "an invoice that was read is not kept by default"
    assert stored["b.pdf"] == stored["copy/b.PDF"]
    found = sorted(path for path in kept.rglob("*") if path.is_file())
    assert {path.as_uri() for path in found} == {stored["b.pdf"], stored["bad.xml"]}
    row = next(row for row in tables["export_files"] if row["path"] == "b.pdf")
    assert Path(stored["b.pdf"].removeprefix("file://")).read_bytes() == files["b.pdf"]
    assert stored["b.pdf"].endswith(f"/{row['sha256'][:2]}/{row['sha256'][2:4]}/{row['sha256']}.pdf")


def test_xml_is_kept_too_where_that_is_wanted(tmp_path: Path) -> None:
    harvested = Harvested(tmp_path, keep_files=str(tmp_path / "kept"), keep_xml=True)
    (row,) = harvested.take(zipped({"a.xml": nfe(1)})).finish()["export_files"]
    assert Path(row["stored_at"].removeprefix("file://")).read_bytes() == nfe(1)
