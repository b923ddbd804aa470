"""Settings that every source has, read by dlt from ``.dlt/config.toml``, ``secrets.toml`` or the environment."""

from __future__ import annotations

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.typing import TSecretStrValue


@configspec
class SourceSettings(BaseConfiguration):
    """What ``SOURCES__<NAME>__...`` may say for any source; a source ignores what means nothing to it.

    Durations are in seconds unless the name says days. ``start_date`` is ISO 8601; without it a first load
    goes 90 days back.
    """

    base_url: str | None = None
    start_date: str | None = None
    # Rows that are being written while we read may not be visible yet: the last minutes are left for next time.
    hold_back_seconds: int = 300
    # Rows that were committed late, under an earlier timestamp than one already read, are caught by reading again.
    look_back_seconds: int = 3600
    page_size: int | None = None
    max_connections: int = 4
    # One window is one load package, one checkpoint, and for exports one export.
    window_days: int = 30
    # A load package's size in parent records: what keeps memory flat.
    package_rows: int = 20_000
    # Where more of a table than this share is missing at the source, nothing is marked as gone: it is then rather
    # the source, or the credentials, that are not the right ones.
    max_deleted_share: float = 0.5
    # A scheduled run looks for what is gone at the source when this many days have passed since it was last
    # looked for; 0 is never. The look goes this many days of the cursor back; 0 is all there is.
    sweep_every_days: int = 1
    sweep_days: int = 0
    retry_attempts: int = 8
    retry_seconds: int = 60
    read_timeout_seconds: int = 30
    # Commands that would change something at the source are refused, whatever another setting asks for.
    read_only: bool = False
    personal_data: str = "keep"
    personal_data_key: TSecretStrValue | None = None
