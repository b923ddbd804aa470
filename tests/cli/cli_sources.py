"""The settings of a made-up source.

They stand in a module of their own: dlt finds the types of settings by the module's name, and there are many
modules called ``conftest``.
"""

from __future__ import annotations

from dlt.common.configuration import configspec
from dlt.common.typing import TSecretStrValue

from sources.kit.streams import SourceSettings


@configspec
class AcmeSettings(SourceSettings):
    base_url: str | None = "https://api.example"
    token: TSecretStrValue | None = None
