"""Google credentials: which of those that may be there are used, and what they are called in messages.

In this order: what is configured under ``DESTINATION__BIGQUERY__CREDENTIALS`` (a key as JSON, or its fields), then
Google's own order for applications (``GOOGLE_APPLICATION_CREDENTIALS``, what ``gcloud`` has stored, the machine's).
``DESTINATION__BIGQUERY__IMPERSONATE_SERVICE_ACCOUNT`` names an account for which those then act.
"""

from __future__ import annotations

import importlib
import json
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlt.common.configuration import configspec
from dlt.common.configuration.specs import GcpServiceAccountCredentials

from pipelines.errors import UsageError

PREFIX = "destination.bigquery.credentials"
CREDENTIALS = "DESTINATION__BIGQUERY__CREDENTIALS"
IMPERSONATE = "DESTINATION__BIGQUERY__IMPERSONATE_SERVICE_ACCOUNT"
_FIELDS = ("project_id", "client_email", "private_key", "token_uri")
_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, as in every key file


@dataclass(frozen=True)
class GoogleCredentials:
    """Credentials of Google's own library, with the scope that BigQuery and Cloud Storage take.

    Attributes:
        native: what is passed to clients; its token is fetched once and kept.
        project: the project that the credentials name, if they name one.
        what: which these are and where they were found, without secrets.
        key: the service account's key, where one is configured: dbt wants it as a file.
        acts_for: the service account that is impersonated.
    """

    native: Any
    project: str | None
    what: str
    key: Mapping[str, Any] | None = None
    acts_for: str | None = None


@configspec
class DltCredentials(GcpServiceAccountCredentials):
    """The same credentials as dlt passes them on, to BigQuery and to a bucket."""

    def to_gcs_credentials(self) -> dict[str, Any]:
        return {"project": self.project_id, "token": self.default_credentials()}

    @classmethod
    def of(cls, found: GoogleCredentials, project: str) -> DltCredentials:
        credentials = cls()
        credentials.project_id = project
        credentials._set_default_credentials(found.native)
        credentials.resolve()
        return credentials


def find() -> GoogleCredentials:
    """The credentials that a load would use. Asks nobody for a token. Raises ``UsageError`` when there are none."""
    from pipelines.configuration import setting

    info = _configured()
    found = _from_key(info) if info else _default()
    account = setting("destination.bigquery.impersonate_service_account")
    return _acting_for(found, account) if account else found


def _configured() -> dict[str, Any] | None:
    """What is configured for BigQuery itself, as the fields of a key."""
    from pipelines.configuration import find as find_setting
    from pipelines.configuration import redactor, setting

    found = find_setting(PREFIX)
    value = found.value if found else None
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise UsageError(f"{CREDENTIALS} is no JSON: it takes the content of a key file") from None
    if not isinstance(value, Mapping):
        value = {name: setting(f"{PREFIX}.{name}") for name in _FIELDS}
    info = {name: given for name, given in value.items() if given}
    if not info.get("private_key") and not info.get("refresh_token"):
        return None
    for secret in ("private_key", "refresh_token", "client_secret"):
        if info.get(secret):
            redactor().add(str(info[secret]))
    return info


def _from_key(info: Mapping[str, Any]) -> GoogleCredentials:
    scopes = _scopes()
    kind = info.get("type", "service_account")
    try:
        if kind == "authorized_user":
            user = importlib.import_module("google.oauth2.credentials").Credentials
            native = user.from_authorized_user_info(info, scopes)
            return GoogleCredentials(native, info.get("quota_project_id"), f"a user's login in {CREDENTIALS}")
        if kind != "service_account":
            raise UsageError(
                f"{CREDENTIALS}: a {kind} belongs into a file that GOOGLE_APPLICATION_CREDENTIALS names"
            )
        key = {"token_uri": _TOKEN_URI, **info}
        account = importlib.import_module("google.oauth2.service_account").Credentials
        native = account.from_service_account_info(key, scopes=scopes)
    except ValueError as error:
        raise UsageError(f"{CREDENTIALS}: {str(error).splitlines()[0]}") from error
    what = f"the service account {info['client_email']}, its key in {CREDENTIALS}"
    return GoogleCredentials(native, info.get("project_id"), what, key)


def _default() -> GoogleCredentials:
    auth = importlib.import_module("google.auth")
    exceptions = importlib.import_module("google.auth.exceptions")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # a user's login without a project for quotas
            native, project = auth.default(scopes=_scopes())
    except exceptions.DefaultCredentialsError as error:
        raise UsageError(
            f"BigQuery has no usable credentials: set {CREDENTIALS} to the JSON of a key, or"
            " GOOGLE_APPLICATION_CREDENTIALS to its file, or run gcloud auth application-default login"
        ) from error
    file = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    where = f"{file} (GOOGLE_APPLICATION_CREDENTIALS)" if file else "the machine's own, or gcloud's"
    account = getattr(native, "service_account_email", None)
    who = f"the service account {account}" if account else "application default credentials"
    return GoogleCredentials(native, project, f"{who}: {where}")


def _acting_for(source: GoogleCredentials, account: str) -> GoogleCredentials:
    impersonated = importlib.import_module("google.auth.impersonated_credentials").Credentials
    native = impersonated(source.native, target_principal=account, target_scopes=_scopes())
    what = f"{account} ({IMPERSONATE}), by {source.what}"
    return GoogleCredentials(native, source.project, what, source.key, account)


def _scopes() -> list[str]:
    """What Google's client asks for by default: with it, the client keeps the token that is there."""
    return list(importlib.import_module("google.cloud.bigquery").Client.SCOPE)
