"""What all of Tereina's payload objects have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from sources.kit.tables import CamelRecord, DateOk, LooseText, Personal

Timestamp = Annotated[datetime, DateOk()]


class Versioned(CamelRecord):
    """What Tereina itself knows of an object.

    A later version, or the same version in a later batch, replaces an earlier one. The fields stand in one
    revision of the vendor's document; the others and ISO 20022 do not have them.
    """

    id: LooseText | None = Field(None, description="Tereina's own id of the object.")
    created_date: Timestamp | None = Field(None, description="When Tereina first had the object, UTC.")
    last_updated_date: Timestamp | None = Field(None, description="When the object last changed, UTC.")
    last_updated_by: Annotated[str | None, Personal()] = Field(None, description="Who last changed it.")
    version: int | None = Field(None, description="Counts the changes of the object: the highest is current.")


class PayloadObject(Versioned):
    """An object that arrives in a batch, known by its reference."""

    reference_id: str = Field(description="The object's reference in the ERP, unique within its kind.")
