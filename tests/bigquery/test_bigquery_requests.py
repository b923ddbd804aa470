"""What is sent, against Google's own description of the API."""

from __future__ import annotations

import json

from bq_api import faults
from bq_proxy import Request


def test_a_request_with_a_field_or_a_value_that_is_not_known_is_found() -> None:
    def query(**body: object) -> Request:
        return Request(
            "POST", "/bigquery/v2/projects/p/queries", "application/json", json.dumps(body).encode()
        )

    assert faults(query(query="select 1", useLegacySql=False)) == []
    assert faults(query(query=1)) == ["bigquery.jobs.query: .query is no string: 1"]
    assert faults(query(qwery="select 1")) == ["bigquery.jobs.query: .qwery is not known"]
    assert faults(Request("POST", "/bigquery/v2/projects/p/nothing", "", b"")) == [
        "POST /bigquery/v2/projects/p/nothing: there is no such method"
    ]
