"""What kind of file it is: by its first bytes, else by its name."""

from pathlib import PurePosixPath

UNKNOWN = "application/octet-stream"

MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF8", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"<?xml", "application/xml"),
)

EXTENSIONS = {
    ".csv": "text/csv",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gif": "image/gif",
    ".gz": "application/gzip",
    ".htm": "text/html",
    ".html": "text/html",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".txt": "text/plain",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xml": "application/xml",
    ".zip": "application/zip",
}

ZIP_BASED = frozenset({EXTENSIONS[".docx"], EXTENSIONS[".xlsx"]})
UTF8_BOM = b"\xef\xbb\xbf"


def content_type(path: str, content: bytes) -> str:
    """The media type of a file. The bytes win over the name: a JPEG called ``nota.pdf`` is a JPEG.

    XML without its declaration is told by the name; an office file is a zip whose name says more.
    """
    by_name = EXTENSIONS.get(PurePosixPath(path.replace("\\", "/")).suffix.lower(), UNKNOWN)
    head = content[:64].removeprefix(UTF8_BOM).lstrip()
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return by_name if kind == "application/zip" and by_name in ZIP_BASED else kind
    return by_name
