"""Lists that a tenant may not be allowed to see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from sources.kit.streams import Context, SnapshotStream, Window
from sources.kit.transport import NotFound, PermissionDenied


class OptionalList(SnapshotStream):
    """A list beside the data: where the API does not have it, or does not show it to this key, that is said and
    fails no load. Its deletes are not looked for, since a list that cannot be seen is no empty one."""

    finds_deletes: ClassVar[bool] = False

    def extract(self, context: Context, window: Window | None) -> Iterator[Any]:
        try:
            yield from super().extract(context, window)
        except (NotFound, PermissionDenied) as error:
            context.report.skip(f"{self.name}: {error}")
