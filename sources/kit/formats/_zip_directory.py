"""The directory of a zip file, read with bounded memory before anything else trusts it.

Source: APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (directory), 4.3.14 to 4.3.16 (its end).
"""

import os
import struct
from typing import BinaryIO

END = struct.Struct("<4s4H2LH")
END_MAGIC = b"PK\x05\x06"
END64_MAGIC = b"PK\x06\x06"
END64_SIZE = 56
LOCATOR64 = struct.Struct("<4sLQL")
LOCATOR64_MAGIC = b"PK\x06\x07"
ENTRY_MAGIC = b"PK\x01\x02"
ENTRY_SIZE = 46
ENTRY_LENGTHS = struct.Struct("<3H")
ENTRY_LENGTHS_AT = 28
LOCAL = struct.Struct("<4s5H3L2H")
LOCAL_MAGIC = b"PK\x03\x04"

MAX_COMMENT = 65_535
IN_ZIP64 = 0xFFFFFFFF
DIRECTORY_SIZE64_AT = 40


def count_entries(file: BinaryIO, most: int) -> int:
    """Entries of the directory, counted one by one up to ``most + 1``, whatever its end record claims.

    Python's ``zipfile`` builds an object for each entry before it can be asked how many there are: a
    directory of millions of empty files would fill the memory. Raises ValueError when there is none.
    """
    start, end = _directory_span(file)
    count, position = 0, start
    while position + ENTRY_SIZE <= end and count <= most:
        file.seek(position)
        entry = file.read(ENTRY_SIZE)
        if entry[:4] != ENTRY_MAGIC:
            raise ValueError("its directory is damaged")
        position += ENTRY_SIZE + sum(ENTRY_LENGTHS.unpack_from(entry, ENTRY_LENGTHS_AT))
        count += 1
    return count


def data_offset(file: BinaryIO, header_offset: int, raw_name: bytes) -> int:
    """Where a member's packed bytes begin. Raises ValueError when its own header says something else."""
    file.seek(header_offset)
    header = file.read(LOCAL.size)
    if len(header) < LOCAL.size or header[:4] != LOCAL_MAGIC:
        raise ValueError("its local header is missing")
    *_, name_length, extra_length = LOCAL.unpack(header)
    if file.read(name_length) != raw_name:
        raise ValueError("its local header has another name than the directory")
    return header_offset + LOCAL.size + int(name_length) + int(extra_length)


def _directory_span(file: BinaryIO) -> tuple[int, int]:
    size = file.seek(0, os.SEEK_END)
    tail_start = max(0, size - END.size - MAX_COMMENT)
    file.seek(tail_start)
    tail = file.read()
    found = tail.rfind(END_MAGIC)
    if found < 0 or len(tail) - found < END.size:
        raise ValueError("not a zip file, or cut off before its directory")
    end = tail_start + found
    directory_size = END.unpack_from(tail, found)[5]
    if directory_size == IN_ZIP64:
        end, directory_size = _zip64_end(file, end)
    if directory_size > end:
        raise ValueError("its directory is damaged")
    return end - directory_size, end


def _zip64_end(file: BinaryIO, end: int) -> tuple[int, int]:
    locator_at = end - LOCATOR64.size
    record_at = locator_at - END64_SIZE
    if record_at < 0:
        raise ValueError("its directory is damaged")
    file.seek(record_at)
    record = file.read(END64_SIZE + LOCATOR64.size)
    if record[:4] != END64_MAGIC or record[END64_SIZE:][:4] != LOCATOR64_MAGIC:
        raise ValueError("its zip64 directory is damaged")
    return record_at, int.from_bytes(record[DIRECTORY_SIZE64_AT:][:8], "little")
