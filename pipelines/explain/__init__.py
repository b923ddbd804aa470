"""Where a number of the marts comes from: the signed rows that make it, down to source record and load.

Reads the marts of the last ``transform`` and changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime

from pipelines.dataset import ReadOnlyWarehouse
from pipelines.destinations import Destination
from pipelines.errors import UsageError

from ._find import find
from ._payable import MEASURES as PAYABLE_MEASURES
from ._payable import explain_payable
from ._result import Entry, Explanation, Record
from ._revenue import MEASURES as REVENUE_MEASURES
from ._revenue import explain_revenue

MARTS = "analytics"
TABLES = ("fct_payable_document", "fct_payable_event", "fct_record_evidence", "fct_revenue_invoice")


def explain(
    document: str,
    measure: str,
    destination: Destination,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Explanation:
    """What makes up a measure of a payable document or a revenue invoice.

    ``document`` is its id at its source, its number, its access key or its key in the marts, with the source
    before it where two have it: ``roit:4711``. ``as_of`` and ``known_at`` are the two clocks of the ledger; left
    out, they stand where those of the marts do. Raises ``UsageError`` for what is not there.
    """
    if not destination.exists():
        raise UsageError(f"there is no {destination.describe()} yet: ledgerhouse load makes it")
    marts = ReadOnlyWarehouse(MARTS, destination)
    if not all(marts.has_table(name) for name in TABLES):
        raise UsageError("the models are not built yet: ledgerhouse transform builds them")
    found = find(marts, document)
    if found.kind == "revenue":
        if as_of is not None or known_at is not None:
            raise UsageError("a revenue invoice has no ledger: leave out --as-of and --known-at")
        return explain_revenue(marts, found, _known(measure, REVENUE_MEASURES, "a revenue invoice"))
    measure = _known(measure, PAYABLE_MEASURES, "a payable document")
    return explain_payable(marts, found, measure, as_of, known_at)


def _known(measure: str, measures: tuple[str, ...], of: str) -> str:
    if measure not in measures:
        raise UsageError(f"{of} has no measure {measure!r}; it has {', '.join(measures)}")
    return measure


__all__ = ["PAYABLE_MEASURES", "REVENUE_MEASURES", "Entry", "Explanation", "Record", "explain"]
