"""Which credentials are used, and what is said of those that do not work. Nobody is asked for a token here."""

from __future__ import annotations

import json
from pathlib import Path

import bq_server
import pytest
import yaml

from pipelines import configuration
from pipelines.destinations import make
from pipelines.errors import UsageError
from sources.roit import SPEC

PROFILES = Path(__file__).parents[2] / "dbt_models" / "profiles.yml"


@pytest.fixture(autouse=True)
def _nobody(empty_place, monkeypatch):
    if bq_server.installed():
        pytest.skip(bq_server.installed() or "")
    monkeypatch.setenv("HOME", str(empty_place))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    configuration.use()


def key(project: str = "keys-project") -> dict[str, str]:
    return {
        "type": "service_account",
        "project_id": project,
        "private_key": bq_server.private_key(),
        "client_email": "loader@example.test",
        "token_uri": "http://127.0.0.1:9/token",
    }


def found():
    from pipelines.destinations._google import find

    return find()


def test_a_key_as_json_in_the_environment(monkeypatch):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(key()))
    credentials = found()
    assert credentials.native.service_account_email == "loader@example.test"
    assert (
        credentials.what
        == "the service account loader@example.test, its key in DESTINATION__BIGQUERY__CREDENTIALS"
    )
    assert make("bigquery").describe() == "BigQuery keys-project"
    assert "PRIVATE" not in configuration.redactor().text(f"it is {key()['private_key']}")


def test_the_fields_of_a_key_one_by_one(monkeypatch):
    for name in ("project_id", "client_email", "private_key"):
        monkeypatch.setenv(f"DESTINATION__BIGQUERY__CREDENTIALS__{name.upper()}", key()[name])
    assert (found().project, found().native.service_account_email) == ("keys-project", "loader@example.test")


def test_a_key_in_secrets_toml(tmp_path):
    (tmp_path / ".dlt").mkdir()
    lines = [f'{name} = """{value}"""' for name, value in key().items()]
    text = "[destination.bigquery.credentials]\n" + "\n".join(lines)
    (tmp_path / ".dlt" / "secrets.toml").write_text(text, encoding="utf-8")
    configuration.use()
    assert found().project == "keys-project"


def test_a_key_file_that_google_s_variable_names(tmp_path, monkeypatch):
    (tmp_path / "key.json").write_text(json.dumps(key()), encoding="utf-8")
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "key.json")
    credentials = found()
    assert credentials.project == "keys-project"
    assert credentials.what == (
        "the service account loader@example.test: key.json (GOOGLE_APPLICATION_CREDENTIALS)"
    )


def test_a_user_s_login_needs_a_project_of_its_own_setting(tmp_path, monkeypatch):
    login = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "r"}
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(login))
    with pytest.raises(UsageError, match="set DESTINATION__BIGQUERY__PROJECT_ID: a user's login"):
        make("bigquery").describe()
    monkeypatch.setenv("DESTINATION__BIGQUERY__PROJECT_ID", "elsewhere")
    assert make("bigquery").describe() == "BigQuery elsewhere"


def test_an_account_that_is_impersonated_acts_and_dbt_is_told_of_it(monkeypatch):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(key()))
    monkeypatch.setenv("DESTINATION__BIGQUERY__IMPERSONATE_SERVICE_ACCOUNT", "writer@example.test")
    credentials = found()
    assert credentials.native.service_account_email == "writer@example.test"
    assert credentials.what.startswith(
        "writer@example.test (DESTINATION__BIGQUERY__IMPERSONATE_SERVICE_ACCOUNT), by"
    )
    destination = make("bigquery")
    profile = dbt_profile(destination.dbt_environment())
    from dbt.adapters.bigquery.credentials import create_google_credentials

    assert create_google_credentials(profile).service_account_email == "writer@example.test"
    destination.close()


def dbt_profile(environment):
    """The profile of the models as dbt-bigquery reads it in an environment."""
    import jinja2
    from dbt.adapters.bigquery import BigQueryCredentials

    def env_var(name, default):
        return environment.get(name, default)

    template = jinja2.Environment()
    template.filters["as_number"] = str
    text = template.from_string(PROFILES.read_text(encoding="utf-8")).render(env_var=env_var)
    output = yaml.safe_load(text)["ledgerhouse"]["outputs"]["bigquery"]
    return BigQueryCredentials.from_dict(BigQueryCredentials.translate_aliases(output))


@pytest.mark.parametrize("configured", [None, "5000000000"])
def test_what_a_statement_may_cost_is_set_once_for_queries_loads_and_models(monkeypatch, configured):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(key()))
    if configured:
        monkeypatch.setenv("DESTINATION__BIGQUERY__MAXIMUM_BYTES_BILLED", configured)
    most = int(configured) if configured else None
    destination = make("bigquery")
    assert destination._job(["x"]).maximum_bytes_billed == most
    assert destination.dlt().options.most_bytes == most
    assert int(dbt_profile(destination.dbt_environment()).maximum_bytes_billed) == (most or 0)
    monkeypatch.setenv("LEDGERHOUSE_BIGQUERY_MAXIMUM_BYTES_BILLED", "7")
    assert int(dbt_profile(destination.dbt_environment()).maximum_bytes_billed) == 7
    destination.close()


def test_tables_that_want_their_months_named_are_read_by_a_condition_that_is_true_of_every_row(monkeypatch):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(key()))
    destination, stream = make("bigquery"), SPEC.stream("accounts_payable")
    assert not destination.conditions(stream.tables)
    assert not destination.dlt().options.require_filter
    assert destination.dbt_environment()["LEDGERHOUSE_BIGQUERY_REQUIRE_PARTITION_FILTER"] == "false"
    monkeypatch.setenv("DESTINATION__BIGQUERY__REQUIRE_PARTITION_FILTER", "true")
    conditions = destination.conditions(stream.tables)
    assert conditions.keys() == {shape.name for shape in stream.tables} - {"_rejects"}
    assert conditions["accounts_payable"] == "issue_date >= date '0001-01-01' or issue_date is null"
    assert destination.dlt().options.require_filter
    assert destination.dbt_environment()["LEDGERHOUSE_BIGQUERY_REQUIRE_PARTITION_FILTER"] == "true"
    destination.close()


def test_without_an_account_to_impersonate_dbt_impersonates_none():
    assert not dbt_profile({}).impersonate_service_account


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("not json", "is no JSON"),
        (json.dumps({"type": "external_account", "private_key": "x"}), "belongs into a file"),
        (json.dumps({"client_email": "a@b", "private_key": "x"}), "DESTINATION__BIGQUERY__CREDENTIALS: "),
    ],
)
def test_what_is_no_key_is_said_in_one_line(monkeypatch, value, words):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", value)
    with pytest.raises(UsageError, match=words) as refused:
        found()
    assert "\n" not in str(refused.value)


def test_without_any_the_ways_to_set_them_are_named():
    with pytest.raises(
        UsageError, match="BigQuery has no usable credentials: set DESTINATION__BIGQUERY__CREDENTIALS"
    ):
        found()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("PARTITION_EXPIRATION_DAYS", "0", "is too small"),
        ("MAXIMUM_BYTES_BILLED", "0", "is too small"),
        ("LABELS", '{"Team": "x"}', "is no label"),
        ("STAGING_BUCKET", "s3://b", "is no bucket"),
    ],
)
def test_a_setting_that_bigquery_would_refuse_is_named(monkeypatch, setting, value, words):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(key()))
    monkeypatch.setenv(f"DESTINATION__BIGQUERY__{setting}", value)
    destination = make("bigquery")
    with pytest.raises(UsageError, match=words):
        (destination.dlt(), destination.staging())


def test_files_go_through_the_bucket_that_is_set_with_the_same_credentials(monkeypatch):
    monkeypatch.setenv("DESTINATION__BIGQUERY__CREDENTIALS", json.dumps(key()))
    assert make("bigquery").staging() is None
    monkeypatch.setenv("DESTINATION__BIGQUERY__STAGING_BUCKET", "gs://ledgerhouse-files/raw")
    staging = make("bigquery").staging()
    assert staging.config_params["bucket_url"] == "gs://ledgerhouse-files/raw"
    assert staging.config_params["credentials"].to_gcs_credentials()["token"].service_account_email == (
        "loader@example.test"
    )
