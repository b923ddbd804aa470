"""Configuration: where a value comes from, and one line that names the value that is wrong."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from dlt.common.configuration import configspec
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.telemetry import is_telemetry_started
from dlt.common.typing import TSecretStrValue

from pipelines import configuration
from pipelines.errors import UsageError
from pipelines.registry import SOURCES
from sources.kit.streams import SourceSettings


@configspec
class Endpoints(BaseConfiguration):
    token: str = "/token"
    search: str = "/search"


@configspec
class Settings(SourceSettings):
    base_url: str | None = "https://api.example"
    token: TSecretStrValue | None = None
    endpoints: Endpoints = None
    codes: list[str] | None = None


def _missing(settings):
    return [] if settings.token else ["SOURCES__ACME__TOKEN"]


@pytest.fixture(autouse=True)
def _acme(empty_place, monkeypatch):
    """One source, `acme`, in an empty working directory and an environment without settings."""
    spec = SimpleNamespace(name="acme", title="Acme", settings=Settings, streams=(), missing=_missing)
    spec.configured = lambda settings: spec
    monkeypatch.setitem(sys.modules, "acme_source", SimpleNamespace(SPEC=spec))
    for name in list(SOURCES):
        monkeypatch.delitem(SOURCES, name)
    monkeypatch.setitem(SOURCES, "acme", "acme_source")
    configuration.use()


def _files(folder, config="", secrets=""):
    folder.mkdir(exist_ok=True)
    (folder / "config.toml").write_text(config)
    (folder / "secrets.toml").write_text(secrets)


def test_settings_come_from_the_folder_and_the_environment_wins(tmp_path, monkeypatch):
    _files(
        tmp_path / "conf", "[sources.acme]\npage_size = 7\nwindow_days = 3", '[sources.acme]\ntoken = "t0ken"'
    )
    configuration.use(tmp_path / "conf")
    monkeypatch.setenv("SOURCES__ACME__PAGE_SIZE", "9")
    settings = configuration.settings("acme")
    assert (settings.page_size, settings.window_days, settings.token) == (9, 3, "t0ken")
    assert settings.hold_back_seconds == 300


def test_the_folder_is_dot_dlt_in_the_working_directory_without_an_option(tmp_path):
    _files(tmp_path / ".dlt", "[sources.acme]\npage_size = 7")
    configuration.use()
    assert configuration.settings("acme").page_size == 7


def test_groups_and_lists_are_read_as_dlt_reads_them(monkeypatch):
    monkeypatch.setenv("SOURCES__ACME__ENDPOINTS__SEARCH", "/find")
    monkeypatch.setenv("SOURCES__ACME__CODES", '["a", "b"]')
    settings = configuration.settings("acme")
    assert (settings.endpoints.search, settings.codes) == ("/find", ["a", "b"])


def test_a_bare_variable_of_another_program_is_not_taken_for_a_setting(monkeypatch):
    monkeypatch.setenv("TOKEN", "of somebody else")
    monkeypatch.setenv("BASE_URL", "https://elsewhere.example")
    monkeypatch.setenv("SOURCES__TOKEN", "of nobody")
    settings = configuration.settings("acme")
    assert (settings.token, settings.base_url) == (None, "https://api.example")


def test_a_secret_is_not_taken_for_the_path_of_the_same_name(monkeypatch):
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "s3cret")
    assert configuration.settings("acme").endpoints.token == "/token"


def test_an_empty_value_counts_as_none_and_blanks_around_a_secret_go(monkeypatch):
    monkeypatch.setenv("SOURCES__ACME__TOKEN", " \n")
    assert configuration.missing("acme") == ["SOURCES__ACME__TOKEN"]
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "s3cret\n")
    assert configuration.settings("acme").token == "s3cret"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("PAGE_SIZE", "abc", "'abc' is not a whole number"),
        ("PAGE_SIZE", "0", "too small"),
        ("HOLD_BACK_SECONDS", "-1", "too small"),
        ("START_DATE", "31/01/2026", "no date"),
        ("BASE_URL", "api.example", "no URL"),
        ("CODES", "a,b", "not a list"),
        ("PERSONAL_DATA", "sell", "keep, drop or hash"),
    ],
)
def test_a_malformed_value_is_refused_with_its_variable(monkeypatch, name, value, message):
    monkeypatch.setenv(f"SOURCES__ACME__{name}", value)
    with pytest.raises(UsageError, match=message) as caught:
        configuration.settings("acme")
    assert "SOURCES__ACME__" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_malformed_value_in_a_file_is_refused_with_the_file(tmp_path):
    _files(tmp_path / ".dlt", '[sources.acme]\npage_size = "abc"')
    configuration.use()
    with pytest.raises(UsageError, match=r"sources\.acme\.page_size in config\.toml"):
        configuration.settings("acme")


def test_dates_of_toml_are_dates(tmp_path):
    _files(tmp_path / ".dlt", "[sources.acme]\nstart_date = 2026-01-31")
    configuration.use()
    assert configuration.moment(configuration.settings("acme").start_date) == datetime(
        2026, 1, 31, tzinfo=UTC
    )


def test_a_secret_in_config_toml_is_refused_and_not_shown(tmp_path):
    _files(tmp_path / ".dlt", '[sources.acme]\ntoken = "s3cret"')
    configuration.use()
    with pytest.raises(UsageError, match=r"secrets\.toml") as caught:
        configuration.settings("acme")
    assert "s3cret" not in str(caught.value)


def test_a_file_that_is_no_toml_and_a_folder_that_is_not_there_are_refused(tmp_path):
    _files(tmp_path / ".dlt", "[sources.acme\n")
    with pytest.raises(UsageError, match=r"config\.toml"):
        configuration.use()
    with pytest.raises(UsageError, match="no such folder"):
        configuration.use(tmp_path / "absent")


def test_secrets_that_were_read_are_redacted_from_then_on(monkeypatch):
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "s3cret-value")
    configuration.settings("acme")
    assert "s3cret-value" not in configuration.redactor().text("Authorization failed for s3cret-value")


def test_named_sources_must_be_known_and_configured(monkeypatch):
    with pytest.raises(UsageError, match="known: acme"):
        configuration.choose(["sap"])
    with pytest.raises(UsageError, match="acme needs SOURCES__ACME__TOKEN"):
        configuration.choose(["acme"])
    with pytest.raises(UsageError, match="acme needs SOURCES__ACME__TOKEN"):
        configuration.choose()
    monkeypatch.setenv("SOURCES__ACME__TOKEN", "s3cret")
    chosen, left_out = configuration.choose(["acme", "acme"])
    assert ([spec.name for spec in chosen], left_out) == (["acme"], [])


def test_sources_without_credentials_are_left_out_and_named(monkeypatch):
    monkeypatch.setitem(SOURCES, "other", "other_source")
    spec = SimpleNamespace(name="other", settings=Settings, missing=lambda settings: [])
    spec.configured = lambda settings: spec
    monkeypatch.setitem(sys.modules, "other_source", SimpleNamespace(SPEC=spec))
    chosen, left_out = configuration.choose()
    assert ([spec.name for spec in chosen], left_out) == (["other"], ["acme"])


def test_dlt_tells_nobody_and_keeps_no_loaded_files_unless_the_user_says_so(tmp_path, monkeypatch):
    runtime = Container()[PluggableRunContext].context.runtime_config
    assert (runtime.dlthub_telemetry, runtime.log_level, is_telemetry_started()) == (False, "CRITICAL", False)
    assert configuration.setting("load.delete_completed_jobs", bool) is True
    _files(tmp_path / ".dlt", '[runtime]\nlog_level = "INFO"')
    monkeypatch.setenv("LOAD__DELETE_COMPLETED_JOBS", "false")
    configuration.use()
    assert Container()[PluggableRunContext].context.runtime_config.log_level == "INFO"
    assert configuration.setting("load.delete_completed_jobs", bool) is False


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T10:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00-03:00", datetime(2026, 1, 31, 13, tzinfo=UTC)),
        ("2026-01-31T10:00:00Z", datetime(2026, 1, 31, 10, tzinfo=UTC)),
    ],
)
def test_moments_are_utc_when_they_do_not_say_otherwise(text, expected):
    assert configuration.moment(text) == expected
