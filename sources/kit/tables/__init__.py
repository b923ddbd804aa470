"""Typed models → tables: decoding, checks, shredding of nested lists, Arrow batches, rejects, control sums.

A source declares its records with ``Record`` and the marks; ``TableWriter`` turns pages of record bytes into
Arrow tables for dlt. Nothing here knows an API, a file format or a warehouse.
"""

from ._annotations import ModelError
from ._decode import Decoder, Rejected, slices
from ._hints import DELETED_AT, Emitter, column_hint
from ._model import (
    AlsoNamed,
    CamelRecord,
    Child,
    Codes,
    DateOk,
    FreeForm,
    LooseText,
    Personal,
    Record,
    Secret,
    Table,
)
from ._privacy import Privacy
from ._shape import DELETED, HISTORY_SUFFIX, VERSION, Column, TableShape, Type, table_shapes
from ._spool import Spool
from ._tabular import RowFile, Tabular, TabularWriter, tabular_tables
from ._tally import Group, LoadReport, Tally, Totals
from ._text_records import TextRecords
from ._validate import Validator
from ._warehouse_records import WarehouseRecords
from ._writer import (
    REJECTS,
    KnownVersions,
    Refusal,
    TableWriter,
    WriteOptions,
    reject_id,
    warehouse_tables,
)

__all__ = [
    "DELETED",
    "DELETED_AT",
    "HISTORY_SUFFIX",
    "REJECTS",
    "VERSION",
    "AlsoNamed",
    "CamelRecord",
    "Child",
    "Codes",
    "Column",
    "DateOk",
    "Decoder",
    "Emitter",
    "FreeForm",
    "Group",
    "KnownVersions",
    "LoadReport",
    "LooseText",
    "ModelError",
    "Personal",
    "Privacy",
    "Record",
    "Refusal",
    "Rejected",
    "RowFile",
    "Secret",
    "Spool",
    "Table",
    "TableShape",
    "TableWriter",
    "Tabular",
    "TabularWriter",
    "Tally",
    "TextRecords",
    "Totals",
    "Type",
    "Validator",
    "WarehouseRecords",
    "WriteOptions",
    "column_hint",
    "reject_id",
    "slices",
    "table_shapes",
    "tabular_tables",
    "warehouse_tables",
]
