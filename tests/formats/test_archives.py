"""Archives made here, good and hostile ones, read by the public face alone."""

import hashlib
import struct
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest

from sources.kit.formats import ArchiveLimits, ArchiveRefused, read_archive

MIB = 1024 * 1024
XML = b'<?xml version="1.0" encoding="UTF-8"?><a/>'


def zip_of(
    path: Path, *members: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED
) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def patch_directory(path: Path, field: slice, value: bytes) -> Path:
    """Lies in the (only) directory entry: ``field`` counts from the entry's signature."""
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + field.start : at + field.stop] = value
    path.write_bytes(raw)
    return path


def refusal(path: Path, limits: ArchiveLimits | None = None) -> str:
    with pytest.raises(ArchiveRefused) as caught:
        list(read_archive(path, limits))
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_members_come_in_order_with_size_hash_and_type(tmp_path, method):
    big = bytes(range(256)) * 3000
    part = zip_of(tmp_path / "p.zip", ("nfe/1.xml", XML), ("empty.txt", b""), ("b.bin", big), method=method)
    members = list(read_archive(part))
    assert [(m.path, m.size, m.content_type) for m in members] == [
        ("nfe/1.xml", len(XML), "application/xml"),
        ("empty.txt", 0, "text/plain"),
        ("b.bin", len(big), "application/octet-stream"),
    ]
    assert [m.sha256 for m in members] == [hashlib.sha256(c).hexdigest() for c in (XML, b"", big)]
    assert members[2].content == big


def test_an_archive_without_files_has_no_members(tmp_path):
    assert list(read_archive(zip_of(tmp_path / "p.zip"))) == []


def test_folders_are_left_out(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("folder/", b""), ("folder/a.xml", XML))
    assert [m.path for m in read_archive(part)] == ["folder/a.xml"]


def test_an_archive_written_to_a_stream_has_its_sizes_after_the_data(tmp_path):
    class Unseekable:
        def __init__(self, file):
            self.file = file

        def write(self, data):
            return self.file.write(data)

        def flush(self):
            self.file.flush()

    path = tmp_path / "p.zip"
    with path.open("wb") as file, zipfile.ZipFile(Unseekable(file), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.xml", XML)
        archive.writestr("b.xml", XML * 2)
    assert [m.content for m in read_archive(path)] == [XML, XML * 2]


def test_a_zip64_archive_is_read(tmp_path):
    path = tmp_path / "p.zip"
    with zipfile.ZipFile(path, "w") as archive, archive.open("a.xml", "w", force_zip64=True) as member:
        member.write(XML)
    raw = path.read_bytes()
    end = raw.index(b"PK\x05\x06")
    size, start = struct.unpack_from("<2L", raw, end + 12)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, size, start)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    last = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    path.write_bytes(raw[:end] + end64 + locator + last)
    assert [m.content for m in read_archive(path)] == [XML]


def test_a_zip_inside_is_a_plain_file(tmp_path):
    inner = zip_of(tmp_path / "inner.zip", ("a.xml", XML)).read_bytes()
    (member,) = read_archive(zip_of(tmp_path / "p.zip", ("inner.zip", inner)))
    assert (member.path, member.content_type, member.content) == ("inner.zip", "application/zip", inner)


def test_accents_and_backslashes_inside_the_archive_are_kept(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("notas\\nota ação.xml", XML))
    assert [m.path for m in read_archive(part)] == ["notas\\nota ação.xml"]


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.pdf", b"%PDF-1.7", "application/pdf"),
        ("nota.pdf", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("a", b"\x89PNG\r\n\x1a\nrest", "image/png"),
        ("a", b"\xef\xbb\xbf\n<?xml version='1.0'?>", "application/xml"),
        ("A.XML", b"<NFe/>", "application/xml"),
        ("a.html", b"<html/>", "text/html"),
        ("a.xlsx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("dir.xml/a", b"?", "application/octet-stream"),
    ],
)
def test_the_content_type_is_that_of_the_bytes_and_else_of_the_name(tmp_path, path, content, expected):
    (member,) = read_archive(zip_of(tmp_path / "p.zip", (path, content)))
    assert member.content_type == expected


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../a", "a/../../b", "C:\\a", "c:a", "\\\\host\\a", "a\\..\\..\\b", "..\\a"]
)
def test_a_path_that_leaves_the_archive_is_refused(tmp_path, path):
    message = refusal(zip_of(tmp_path / "p.zip", ("good.xml", XML), (path, XML)))
    assert "path" in message
    assert repr(path) in message


def test_nothing_of_a_hostile_archive_is_handed_out(tmp_path):
    members = read_archive(zip_of(tmp_path / "p.zip", ("good.xml", XML), ("../a", XML)))
    with pytest.raises(ArchiveRefused):
        next(members)


@pytest.mark.parametrize("mode", [0o120777, 0o020666, 0o060666, 0o010666, 0o140777])
def test_links_and_devices_are_refused(tmp_path, mode):
    info = zipfile.ZipInfo("innocent.xml")
    info.external_attr = mode << 16
    assert "link or a device" in refusal(zip_of(tmp_path / "p.zip", (info, b"/etc/passwd")))


def test_an_encrypted_member_is_refused(tmp_path):
    part = patch_directory(zip_of(tmp_path / "p.zip", ("a.xml", XML)), slice(8, 10), b"\x01\x00")
    assert "encrypted" in refusal(part)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_cannot_be_bounded_is_refused(tmp_path, method):
    assert "compression method" in refusal(zip_of(tmp_path / "p.zip", ("a.xml", XML), method=method))


def test_two_members_of_one_name_are_refused(tmp_path):
    with pytest.warns(UserWarning, match="Duplicate name"):
        part = zip_of(tmp_path / "p.zip", ("a.xml", XML), ("a.xml", XML + b" "))
    assert "second member" in refusal(part)


def test_a_name_with_a_nul_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a_b.xml", XML))
    part.write_bytes(part.read_bytes().replace(b"a_b.xml", b"a\0b.xml"))
    assert "NUL" in refusal(part)


def test_more_files_than_allowed_are_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", *((f"{i}.xml", XML) for i in range(11)))
    assert "more than 10 files" in refusal(part, ArchiveLimits(max_files=10))
    assert len(list(read_archive(part, ArchiveLimits(max_files=11)))) == 11


def test_a_directory_that_understates_its_entries_is_counted_all_the_same(tmp_path):
    part = zip_of(tmp_path / "p.zip", *((f"{i}.xml", XML) for i in range(11)))
    raw = bytearray(part.read_bytes())
    raw[-14:-10] = b"\x01\x00\x01\x00"
    part.write_bytes(raw)
    assert "more than 10 files" in refusal(part, ArchiveLimits(max_files=10))


def test_a_bomb_is_refused_by_its_ratio(tmp_path):
    assert "200 times" in refusal(zip_of(tmp_path / "p.zip", ("bomb.xml", bytes(20 * MIB))))


def test_a_member_larger_than_allowed_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.bin", bytes(1001)))
    assert "more than 1000 bytes" in refusal(part, ArchiveLimits(max_member_bytes=1000))
    assert len(list(read_archive(part, ArchiveLimits(max_member_bytes=1001)))) == 1


def test_an_archive_larger_than_allowed_in_all_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.bin", bytes(600)), ("b.bin", bytes(600)))
    assert "more than 1000 bytes" in refusal(part, ArchiveLimits(max_unpacked_bytes=1000))


def test_a_bomb_whose_header_lies_is_stopped_while_unpacking(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("bomb.xml", bytes(200 * MIB)))
    patch_directory(part, slice(24, 28), (1000).to_bytes(4, "little"))
    tracemalloc.start()
    message = refusal(part)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "size" in message
    assert peak < 5 * MIB


def test_a_stored_member_whose_header_lies_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML), method=zipfile.ZIP_STORED)
    assert "size" in refusal(patch_directory(part, slice(24, 28), (5).to_bytes(4, "little")))


def test_a_short_size_with_a_matching_checksum_is_still_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML))
    patch_directory(part, slice(16, 20), zlib.crc32(XML[:5]).to_bytes(4, "little"))
    assert "size" in refusal(patch_directory(part, slice(24, 28), (5).to_bytes(4, "little")))


def test_members_over_the_same_bytes_are_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML), ("b.xml", XML))
    patch_directory(part, slice(42, 46), (0).to_bytes(4, "little"))
    assert "overlaps" in refusal(part)


def test_a_member_that_runs_into_the_directory_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML))
    assert "directory" in refusal(patch_directory(part, slice(20, 24), (5000).to_bytes(4, "little")))


def test_a_local_header_of_another_name_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML))
    raw = part.read_bytes()
    part.write_bytes(raw.replace(b"a.xml", b"b.xml", 1))
    assert "another name" in refusal(part)


def test_a_wrong_checksum_is_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML), method=zipfile.ZIP_STORED)
    part.write_bytes(part.read_bytes().replace(b"<a/>", b"<b/>"))
    assert "checksum" in refusal(part)


def test_damaged_compressed_bytes_are_refused(tmp_path):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML))
    raw = bytearray(part.read_bytes())
    raw[36:40] = b"\xff\xff\xff\xff"
    part.write_bytes(raw)
    assert "member 'a.xml'" in refusal(part)


@pytest.mark.parametrize("keep", [0, 3, 30, 60, -1, -10, -22])
def test_a_truncated_archive_is_refused(tmp_path, keep):
    part = zip_of(tmp_path / "p.zip", ("a.xml", XML), ("b.xml", XML))
    part.write_bytes(part.read_bytes()[:keep])
    assert "cut off" in refusal(part)


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "p.zip"
    path.write_bytes(b"<html>error</html>" * 10)
    assert "not a zip" in refusal(path)


def test_a_foreign_name_cannot_break_the_message(tmp_path):
    message = refusal(zip_of(tmp_path / "p.zip", ("../a\nINFO all is well" + "x" * 500, XML)))
    assert len(message) < 300


def test_memory_holds_one_member_at_a_time(tmp_path):
    part = zip_of(tmp_path / "p.zip", *((f"{i}.bin", bytes([i]) * 2 * MIB) for i in range(20)), method=0)
    tracemalloc.start()
    total = sum(member.size for member in read_archive(part))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == 40 * MIB
    assert peak < 10 * MIB
