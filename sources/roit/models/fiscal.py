"""Brazil's fiscal documents, out of the files of the exports.

Their columns are declared once, beside the parser of their layout; the models are made from that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

import msgspec
from pydantic import Field, create_model

from sources.kit.formats import (
    CTE_TABLES,
    EVENT_TABLES,
    NFE_TABLES,
    NFSE_EVENT_TABLES,
    NFSE_TABLES,
    FieldSpec,
)
from sources.kit.tables import Personal, Record, Table

EXTRA = "_extra"
_ANNOTATIONS: Mapping[str, Any] = {
    "text": str,
    "decimal": Decimal,
    "timestamp": datetime,
    "date": date,
    "int": int,
    "bool": bool,
}

NFE_LISTS: Mapping[str, str] = {
    "items": "One row per item of an NF-e, with its taxes side by side.",
    "payments": "One row per means of payment of an NF-e (`detPag`).",
    "installments": "One row per installment of an NF-e (`dup`).",
    "references": "One row per document that an NF-e refers to (`NFref`).",
}

CTE_LISTS: Mapping[str, str] = {
    "documents": "One row per document that a CT-e carries (`infDoc`): NF-e, DC-e, paper invoices, others.",
    "previous_documents": "One row per earlier transport document of a CT-e (`docAnt`).",
    "components": "One row per component of a CT-e's price (`Comp`).",
    "quantities": "One row per quantity of a CT-e's cargo (`infQ`).",
    "installments": "One row per installment of a CT-e (`dup`).",
    "complements": "One row per CT-e whose value a CT-e completes (`infCteComp`).",
    "deliveries": "One row per delivery of a simplified CT-e (`det`).",
}
NFSE_LISTS: Mapping[str, str] = {
    "services": "One row per service of an NFS-e; its own values, which the note sums up.",
    "taxes": "One row per tribute of an NFS-e, made from the note's columns: base, rate, value, withheld or not.",
}


def _fields(
    specs: Sequence[FieldSpec], own: frozenset[str], required: tuple[str, ...] = ()
) -> dict[str, Any]:
    """The columns as ``create_model`` takes them; ``own`` are those that every table has by itself."""
    fields: dict[str, Any] = {}
    for spec in specs:
        if spec.name in own:
            continue
        kind = _ANNOTATIONS[spec.type]
        annotation = Annotated[kind, Personal()] if spec.personal else kind
        if spec.name in required:
            fields[spec.name] = (annotation, Field(description=spec.description))
        else:
            fields[spec.name] = (annotation | None, Field(None, description=spec.description))
    return fields


def _document(
    base: type[Record], tables: Mapping[str, Sequence[FieldSpec]], lists: Mapping[str, str]
) -> type[Record]:
    """The record of a document: the columns of its header, and its lists by the names of their tables."""
    table = base.table
    assert table is not None
    own = frozenset({EXTRA, "position", *(f"{table.singular}_{name}" for name in table.key)})
    fields = _fields(tables[table.name], own, table.key)
    for name, description in lists.items():
        columns = _fields(tables[f"{table.name}__{name}"], own)
        element = create_model(f"{table.name}__{name}", __base__=Record, __module__=__name__, **columns)
        fields[name] = (list[element] | None, Field(None, description=description))
    name = base.__name__.lstrip("_")
    return create_model(name, __base__=base, __module__=__name__, __doc__=base.__doc__, **fields)


class _Nfe(Record):
    """An NF-e or NFC-e (layout 4.00): an invoice for goods, as the tax authority has it. Amounts in BRL.

    One with the authority's protocol replaces one without.
    """

    table: ClassVar[Table | None] = Table(
        name="nfe",
        singular="nfe",
        key=("access_key",),
        version="protocol__received_at",
        amount="total__invoice_value",
        partition="issued_at",
    )


class _NfeEvent(Record):
    """An event of an NF-e: a cancellation, a correction letter, a manifestation of the recipient, …

    One with the authority's answer replaces one without. A cancellation counts when it is registered.
    """

    table: ClassVar[Table | None] = Table(
        name="nfe_events",
        singular="nfe_event",
        key=("access_key", "event_type", "sequence"),
        version="registered_at",
        partition="occurred_at",
    )


class _CteEvent(Record):
    """An event of a CT-e: a cancellation, a correction letter, the taker's disagreement, …

    One with the authority's answer replaces one without. A cancellation counts when it is registered.
    """

    table: ClassVar[Table | None] = Table(
        name="cte_events",
        singular="cte_event",
        key=("access_key", "event_type", "sequence"),
        version="registered_at",
        partition="occurred_at",
    )


class _Cte(Record):
    """A CT-e or CT-e OS (layout 4.00): the invoice of a transport, as the tax authority has it. Amounts in BRL.

    One with the authority's protocol replaces one without.
    """

    table: ClassVar[Table | None] = Table(
        name="cte",
        singular="cte",
        key=("access_key",),
        version="protocol__received_at",
        amount="total__service_value",
        partition="issued_at",
    )


class _Nfse(Record):
    """An NFS-e (national layout 1.00, or ABRASF 2.04): an invoice for services. Amounts in BRL.

    Its number is one only with its issuer and the issuing municipality: `id` is made of the three.
    """

    table: ClassVar[Table | None] = Table(
        name="nfse", singular="nfse", amount="service_value", partition="issued_on"
    )


class _NfseEvent(Record):
    """An event of a national NFS-e: a cancellation, a confirmation or rejection by a party, a block, …

    A registered one replaces the request for it. Notes in ABRASF tell of their cancellation themselves.
    """

    table: ClassVar[Table | None] = Table(
        name="nfse_events",
        singular="nfse_event",
        key=("access_key", "event_type", "sequence"),
        version="registered_at",
        partition="occurred_at",
    )


Nfe = _document(_Nfe, NFE_TABLES, NFE_LISTS)
NfeEvent = _document(_NfeEvent, EVENT_TABLES, {})
CteEvent = _document(_CteEvent, EVENT_TABLES, {})
Cte = _document(_Cte, CTE_TABLES, CTE_LISTS)
Nfse = _document(_Nfse, NFSE_TABLES, NFSE_LISTS)
NfseEvent = _document(_NfseEvent, NFSE_EVENT_TABLES, {})


# What each table has by itself, by its document's header: the columns that no record carries.
_OWN = {
    table.name: frozenset({EXTRA, "position", *(f"{table.singular}_{key}" for key in table.key)})
    for table in (model.table for model in (Nfe, NfeEvent, Cte, CteEvent, Nfse, NfseEvent))
    if table is not None
}


def document_record(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """The rows of one parsed document, by table, as the JSON record that its model decodes.

    The first table is the header's and has one row. Columns without a value are left out: most of a layout's
    columns are empty in any one document. What the layout has and no column names becomes a field of its own,
    under its path, and so ends in ``_extra`` as every unknown field does.
    """
    (header, (row,)), *lists = rows.items()
    own = _OWN[header]
    record = _flat(row, own)
    for name, elements in lists:
        record[name.removeprefix(f"{header}__")] = [_flat(element, own) for element in elements]
    return msgspec.json.encode(record)


def _flat(row: Mapping[str, Any], own: frozenset[str]) -> dict[str, Any]:
    unnamed: dict[str, Any] = json.loads(row[EXTRA]) if row.get(EXTRA) else {}
    named = {name: value for name, value in row.items() if value is not None and name not in own}
    return named | unnamed
