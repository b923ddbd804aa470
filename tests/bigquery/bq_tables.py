"""Every table of every source as dlt's BigQuery client would make and merge it. Nothing is asked of a server."""

from __future__ import annotations

from functools import cache
from typing import Any

from pipelines.registry import specs
from sources.kit.tables import TableShape


@cache
def shapes() -> dict[str, TableShape]:
    """Each table under ``source.table``."""
    return {
        f"{spec.name}.{shape.name}": shape
        for spec in specs()
        for stream in spec.streams
        for shape in stream.tables
    }


# Every row that is loaded has it.
LOAD_ID = {"name": "_dlt_load_id", "data_type": "text", "nullable": False}


@cache
def client(source: str) -> Any:
    """The client of a source's dataset, with the schema of all its tables."""
    import dlt
    from dlt.common.destination.client import DestinationClientDwhConfiguration
    from dlt.extract.hints import TResourceHints  # noqa: F401 - dlt must be imported as a whole
    from google.auth.credentials import AnonymousCredentials

    from pipelines.destinations._bigquery_client import dlt_destination
    from pipelines.destinations._google import GoogleCredentials
    from sources.kit.tables._hints import table_hints

    schema = dlt.Schema(source)
    for name, shape in shapes().items():
        if name.startswith(f"{source}."):
            resource = dlt.resource([], name=shape.name)
            hints = _hints(table_hints(shape, "text"))
            hints["columns"] = {**hints["columns"], "_dlt_load_id": LOAD_ID}
            resource.apply_hints(**hints)
            schema.update_table(resource.compute_table_schema())
    found = GoogleCredentials(AnonymousCredentials(), None, "nobody")
    destination = dlt_destination(found, "project", "EU")
    configuration = destination.spec()._bind_dataset_name(source)
    assert isinstance(configuration, DestinationClientDwhConfiguration)
    return destination.client(schema, configuration)


def _hints(made: Any) -> dict[str, Any]:
    kept = (
        "table_name",
        "columns",
        "write_disposition",
        "merge_key",
        "primary_key",
        "additional_table_hints",
    )
    return {name: made[name] for name in kept if name in made}


def ddl(source: str, table: str) -> str:
    """The statement that makes the table."""
    made = client(source)
    columns = list(made.schema.get_table(table)["columns"].values())
    [statement] = made._get_table_update_sql(table, columns, generate_alter=False)
    return str(statement)


def merge(source: str, table: str) -> list[str]:
    """The statements that merge a load into the table."""
    from pipelines.destinations._bigquery_client import _Merge

    made = client(source)
    return list(_Merge.generate_sql([made.prepare_load_table(table)], made.sql_client))
