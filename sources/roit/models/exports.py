"""Document exports: what was asked for, and the files that came."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, create_model

from sources.kit.tables import CamelRecord, Codes, FreeForm, Record, Table

from ._parties import User

EXPORT_STATUSES = Codes("pending", "processing", "done", "expired", "error")
PREFERENCES = Codes("roit", "original")

# Made by a call and not by a class statement because `from` is a keyword of Python. Both ends are text:
# the API writes an empty string where there is no end, and that is not the same as null.
_PERIOD: dict[str, Any] = {
    "from": (str | None, Field(None, description="First day of the documents, ISO date; empty: open.")),
    "to": (str | None, Field(None, description="Last day of the documents, ISO date; empty: open.")),
}
Period = create_model("Period", __base__=CamelRecord, __doc__="The days that an export covers.", **_PERIOD)


class ExportRequest(CamelRecord):
    """One request for an export of documents, in the state in which it was last seen."""

    table: ClassVar[Table | None] = Table(name="export_requests", singular="export_request", status="status")

    id: str = Field(description="ROIT's id of the export request.")
    user: User | None = Field(None, description="Who asked for the export.")
    master: str | None = Field(None, description="The tenant whose documents are exported.")
    period: Period | None = Field(None, description="The days that the export covers.")
    quantity: int | None = Field(None, description="Number of documents in the export.")
    size: int | None = Field(None, description="Size of the documents, in bytes.")
    status: Annotated[str | None, EXPORT_STATUSES] = Field(None, description="State of the export.")
    preference: Annotated[str | None, PREFERENCES] = Field(
        None, description="Whether the files are the originals or ROIT's own."
    )
    filters: FreeForm | None = Field(None, description="What was selected, as JSON, as it came.")
    total_of_parts: int | None = Field(None, description="Number of archives that the export is cut into.")
    total_of_parts_processed: int | None = Field(None, description="Number of archives that are ready.")


class ExportFile(Record):
    """One file inside an archive of an export; the rows are made here from what was unpacked.

    The same file may lie in an archive under two paths: that makes two rows.
    """

    table: ClassVar[Table | None] = Table(
        name="export_files", singular="export_file", key=("export_request_id", "part_id", "path")
    )

    export_request_id: str = Field(description="The export request.")
    part_id: str = Field(description="ROIT's id of the archive: the `id` of the item.")
    path: str = Field(description="Path of the file, as in the archive.")
    size: int | None = Field(None, description="Size of the unpacked file, in bytes.")
    sha256: str | None = Field(None, description="SHA-256 of the unpacked file, lower-case hexadecimal.")
    content_type: str | None = Field(None, description="Media type of the file, from its name and content.")
    access_key: str | None = Field(
        None, description="Access key of the fiscal document in the file, when there is one."
    )
    stored_at: str | None = Field(None, description="Where the unpacked file is kept, when files are kept.")
