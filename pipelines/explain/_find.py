"""From what a person calls a document to its row in the marts."""

from __future__ import annotations

from pipelines.dataset import ReadOnlyWarehouse
from pipelines.errors import UsageError

from ._result import Document, joined

# Of documents that share a number, how many a message names.
SHOWN = 5

_PAYABLE = (
    "select 'payable', document_key, source_name, source_document_id, document_number"
    " from {fct_payable_document} where %s in (document_key, source_document_id, document_number, access_key)"
)
# A document that both systems hold stands in the marts under the other one's id.
_ABSORBED = (
    "select 'payable', documents.document_key, documents.source_name, documents.source_document_id,"
    " documents.document_number from {fct_payable_document} as documents"
    " inner join {fct_record_evidence} as evidence on documents.document_key = evidence.mart_key"
    " where evidence.mart_name = 'fct_payable_document' and evidence.evidence_role = 'same_document'"
    " and evidence.record_id = %s"
)
_REVENUE = (
    "select 'revenue', invoice_key, 'solvimon', invoice_id, invoice_number"
    " from {fct_revenue_invoice} where %s in (invoice_key, invoice_id, invoice_number)"
)


def find(marts: ReadOnlyWarehouse, name: str) -> Document:
    """The one document of that id, number or key. Raises ``UsageError`` when there is none, or are several.

    An id comes before a number: a document that has the name as its id is meant, whatever others are numbered.
    """
    source, _, rest = name.partition(":")
    wanted, source = (rest, source) if rest and source.isalpha() else (name, "")
    found = [
        document
        for sql in (_PAYABLE, _REVENUE, _ABSORBED)
        for document in _documents(marts, sql, wanted)
        if not source or document.source == source
    ]
    by_id = [document for document in found if wanted in (document.id, document.key)]
    candidates = list(dict.fromkeys(by_id or found))
    if not candidates:
        raise UsageError(
            f"no document has the id, number, access key or key {name!r}; ids are as at the source"
        )
    if len(candidates) > 1:
        several = joined([f"{document.source}:{document.id}" for document in candidates[:SHOWN]])
        raise UsageError(f"{len(candidates)} documents are called {name!r}; name one: {several}")
    return candidates[0]


def _documents(marts: ReadOnlyWarehouse, sql: str, name: str) -> list[Document]:
    return [Document(*row) for row in marts.query(sql, name)]
