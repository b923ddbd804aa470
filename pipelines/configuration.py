"""Configuration: dlt's files and the environment, read strictly, so that a mistake is named before work begins.

The environment wins over ``secrets.toml``, that over ``config.toml``, and all of them over ``DEFAULTS``.
A source's settings are read from exactly ``sources.<name>``: dlt alone would also take a bare ``TOKEN`` or
``BASE_URL`` of the environment, and send one system's secret to another.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.configuration.providers.doc import CustomLoaderDocProvider
from dlt.common.configuration.providers.provider import ConfigProvider
from dlt.common.configuration.providers.toml import SettingsTomlProvider, TomlProviderReadException
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.configuration.specs.base_configuration import (
    BaseConfiguration,
    extract_inner_hint,
    is_base_configuration_inner_hint,
    is_secret_hint,
)
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.configuration.utils import TraceLogContext, deserialize_value
from dlt.common.runtime.run_context import RunContext
from dlt.common.runtime.telemetry import stop_telemetry

from sources.kit.streams import SourceSpec, privacy
from sources.kit.transport import InvalidConfiguration, Redactor

from .errors import UsageError
from .registry import SOURCES, spec

# What dlt does otherwise, and why it does not do it here. A user's own setting wins.
DEFAULTS: dict[str, Any] = {
    # nobody is told about a run
    "runtime": {"dlthub_telemetry": False, "log_level": "CRITICAL"},
    # loaded files hold personal data, and would stay in the working folder
    "load": {"delete_completed_jobs": True},
    # gzip of intermediate files is a quarter of the time that they take
    "data_writer": {"disable_compression": True},
    "normalize": {"parquet_normalizer": {"add_dlt_load_id": True}},
}

# A smaller number would never end or never begin.
MINIMUMS = {
    "hold_back_seconds": 0,
    "look_back_seconds": 0,
    "page_size": 1,
    "max_connections": 1,
    "window_days": 1,
    "package_rows": 1,
    "sweep_every_days": 0,
    "sweep_days": 0,
    "retry_attempts": 1,
    "retry_seconds": 0,
    "read_timeout_seconds": 1,
}
_KINDS = {int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a table"}


class _Context(RunContext):
    """dlt's own rules for where settings lie, but for the folder, and with ``DEFAULTS`` last."""

    def __init__(self, folder: Path | None) -> None:
        super().__init__(None)
        self._folder = folder

    @property
    def settings_dir(self) -> str:
        return str(self._folder) if self._folder else super().settings_dir

    def initial_providers(self) -> list[ConfigProvider]:
        defaults = CustomLoaderDocProvider("ledgerhouse defaults", lambda: DEFAULTS, False, [])
        return [*super().initial_providers(), defaults]


def use(folder: Path | None = None) -> None:
    """From here on dlt reads ``folder`` (``.dlt`` in the working directory without one). Call it first.

    Raises ``UsageError`` for a folder that is not there and for a file that is no TOML.
    """
    if folder is not None and not folder.is_dir():
        raise UsageError(f"--config {folder}: there is no such folder; it holds config.toml and secrets.toml")
    try:
        context = PluggableRunContext(_Context(folder))
        Container()[PluggableRunContext] = context
        runtime = context.context.runtime_config
    except TomlProviderReadException as error:
        raise UsageError(f"cannot read {error.file_name}: {error.args[0].splitlines()[-1]}") from error
    if not runtime.dlthub_telemetry:  # dlt may have been used in this process before
        stop_telemetry()
    # dlt keeps every value that it resolved, secrets too, and writes them into its traces
    Container()[TraceLogContext].logging_enabled = False


@cache
def redactor() -> Redactor:
    """The redactor of this process; it knows every secret that ``settings`` has read."""
    return Redactor()


class Found(NamedTuple):
    """A configured value, and where it stands, for messages."""

    value: Any
    place: str


def find(path: str, hint: Any = str) -> Found | None:
    """What is configured under exactly ``path`` ("sources.roit.page_size"); empty text counts as nothing."""
    *sections, key = path.split(".")
    for provider in _providers():
        value, name = provider.get_value(key, hint, "", *sections)
        if isinstance(value, str):
            value = value.strip()
        if value is None or value == "":
            continue
        place = _place(provider, name, key, sections)
        if is_secret_hint(hint) and not provider.supports_secrets:
            raise UsageError(f"{place} is a secret: it belongs into secrets.toml or the environment")
        return Found(value, place)
    return None


def setting(path: str, kind: Any = str) -> Any:
    """The value under ``path`` as ``kind``, ``None`` when nothing is configured; see ``find``."""
    found = find(path, kind)
    return None if found is None else _converted(found, path, kind)


def settings(name: str) -> Any:
    """The settings of a source, checked. ``UsageError`` names the one that is wrong, and where it stands."""
    blank = spec(name).settings()
    values = _exact_values(f"sources.{name}", blank)
    try:
        resolved = resolve_configuration(blank, sections=("sources", name), explicit_value=values)
        privacy(resolved)
    except (ConfigurationException, ValueError, InvalidConfiguration) as error:
        raise UsageError(f"SOURCES__{name.upper()}__...: {redactor().text(_first_line(error))}") from error
    return resolved


def missing(name: str) -> list[str]:
    """The settings that the source needs and does not have, by their names in the environment."""
    return spec(name).missing(settings(name))


def choose(names: Sequence[str] = ()) -> tuple[list[SourceSpec], list[str]]:
    """The sources to work with, and the names of those left out for want of credentials.

    Named ones must be known and configured, each once is enough; without names it is those that are
    configured. Raises ``UsageError`` when there is nothing to work with.
    """
    unknown = [name for name in names if name not in SOURCES]
    if unknown:
        raise UsageError(f"unknown source {unknown[0]!r}; known: {', '.join(SOURCES)}")
    lacking = {name: missing(name) for name in dict.fromkeys(names or SOURCES)}
    ready = [name for name, lack in lacking.items() if not lack]
    unready = [name for name, lack in lacking.items() if lack]
    if unready and (names or not ready):
        needs = "; ".join(f"{name} needs {', '.join(lacking[name])}" for name in unready)
        raise UsageError(f"not configured: {needs} (environment, or the same in .dlt/secrets.toml)")
    return [spec(name).configured(settings(name)) for name in ready], unready


def moment(text: str) -> datetime:
    """A date or a timestamp in ISO 8601 as UTC; without an offset it is UTC, a date is its first moment.

    Raises ``ValueError``.
    """
    parsed = datetime.fromisoformat(text.strip())
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


@contextmanager
def overridden(source: str, values: Mapping[str, str]) -> Iterator[None]:
    """Settings of a source as this process wants them, whatever is configured, while the block runs."""
    variables = {f"SOURCES__{source.upper()}__{name.upper()}": value for name, value in values.items()}
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _providers() -> list[ConfigProvider]:
    providers: list[ConfigProvider] = Container()[PluggableRunContext].providers.providers
    return providers


def _exact_values(path: str, blank: BaseConfiguration) -> dict[str, Any]:
    """Every field of ``blank``, as it is configured under ``path`` or else by default; groups as dicts."""
    values: dict[str, Any] = {}
    for key, hint in blank.get_resolvable_fields().items():
        inner = extract_inner_hint(hint)
        if is_base_configuration_inner_hint(inner):
            values[key] = _exact_values(f"{path}.{key}", inner())
            continue
        found = find(f"{path}.{key}", hint)
        values[key] = getattr(blank, key) if found is None else _checked(found, key, hint)
        if is_secret_hint(hint) and values[key]:
            redactor().add(str(values[key]))
    return values


def _place(provider: ConfigProvider, name: str, key: str, sections: list[str]) -> str:
    """How the user finds the value again: the variable, or the name in a file."""
    if isinstance(provider, SettingsTomlProvider):
        file = provider.get_value_location(key, None, *sections)
        return f"{name} in {file}" if file else name
    return name


def _checked(found: Found, key: str, hint: Any) -> Any:
    value = _converted(found, key, hint)
    if key in MINIMUMS and isinstance(value, int) and value < MINIMUMS[key]:
        raise UsageError(f"{found.place}: {value} is too small, the least is {MINIMUMS[key]}")
    if key == "start_date":
        try:
            moment(value)
        except ValueError:
            raise UsageError(f"{found.place}: {value!r} is no date (such as 2026-01-31)") from None
    if key == "base_url" and not value.startswith(("https://", "http://")):
        raise UsageError(f"{found.place}: {value!r} is no URL (https://...)")
    return value


def _converted(found: Found, key: str, hint: Any) -> Any:
    value, kind = found.value, extract_inner_hint(hint)
    if kind is str and isinstance(value, date):  # TOML has dates of its own
        return datetime.combine(value, time(), UTC).isoformat() if type(value) is date else value.isoformat()
    try:
        return deserialize_value(key, value, extract_inner_hint(hint, preserve_literal=True))
    except (ConfigurationException, ValueError):
        shown = "the value" if is_secret_hint(hint) else repr(value)
        wanted = _KINDS.get(getattr(kind, "__origin__", kind), "what is wanted here")
        raise UsageError(f"{found.place}: {shown} is not {wanted}") from None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
