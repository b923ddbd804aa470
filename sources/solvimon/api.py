"""Solvimon's API, list by list: what is sent, and what of the answer is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from sources.kit.streams import Answer, Context, FetchPage, Page, retry_policy
from sources.kit.transport import ApiKeyAuth, Client, ObjectStore, StaticTokenAuth, WrongAnswer

from .settings import LARGEST_PAGE, SolvimonSettings

_KEY_HEADER = "X-API-KEY"
_PLATFORM_HEADER = "x-platform-id"
_REQUEST_ID_HEADER = "X-REQUEST-ID"
# Without both of these an invoice comes without its lines.
_WHOLE_INVOICE = {"include_periods": "true", "include_lines": "true"}


def connect(settings: SolvimonSettings) -> Client:
    """A client with the API key, or with the token that was configured instead."""
    auth: Any = ApiKeyAuth(_KEY_HEADER, settings.api_key or "")
    if settings.token:
        auth = StaticTokenAuth(settings.token, prefix="Bearer")
    return Client(
        settings.base_url or "",
        auth=auth,
        headers={_PLATFORM_HEADER: settings.platform_id} if settings.platform_id else None,
        policy=retry_policy(settings),
        max_connections=settings.max_connections,
        read_timeout=settings.read_timeout_seconds,
        request_id_header=_REQUEST_ID_HEADER,
    )


def probe(client: Client, settings: SolvimonSettings) -> None:
    """Reads one report definition, which shows that the credentials work, and lists the place of pushed reports."""
    params = {settings.page_parameter: 1, settings.limit_parameter: 1}
    client.read("GET", settings.endpoints.report_definitions, params=params, parse=Answer)
    if settings.report_push_url:
        ObjectStore(settings.report_push_url, policy=retry_policy(settings), redactor=client.redactor).probe()


def page_of(response: httpx.Response, number: int, size: int) -> Page:
    """A page of a list.

    ``links.next`` says whether there is another; without links the number of pages does. The links themselves
    are not followed. Raises ``WrongAnswer`` for an empty page that says that there is another.
    """
    answer = Answer(response)
    records = answer.records("data")
    announced = answer.number("total_number_of_pages")
    pages = announced
    if answer.raw("links") is not None:
        pages = number if answer.raw("links.next") is None else max(number + 1, announced or 0)
    if not records and pages is not None and number < pages:
        raise WrongAnswer(f"page {number} is empty and says that there are more")
    return Page(records, None if announced is None else announced * size, pages)


class Listed:
    """A list that is read by page number, in the order of creation: what is new is at its end.

    Args:
        endpoint: the name of its path among the settings.
        order_by: what it is ordered by; ``None`` for a list that has no order to choose.
    """

    def __init__(self, endpoint: str, order_by: str | None = "created_at") -> None:
        self._endpoint = endpoint
        self._order_by = order_by

    def path(self, settings: SolvimonSettings) -> str:
        path: str = getattr(settings.endpoints, self._endpoint)
        return path

    def page(self, context: Context, number: int) -> Page:
        return self._page(context, number, self.page_size(context), "ASC", {})

    def count(self, context: Context) -> int | None:
        """As many pages of one record as the API announces."""
        return self._page(context, 1, 1, "ASC", {}).total

    def page_with(self, client: Client, settings: SolvimonSettings, number: int) -> Page:
        """A page for who has no context, outside of any load."""
        return self._asked(client, settings, number, settings.page_size or LARGEST_PAGE, "ASC", {})

    def page_size(self, context: Context) -> int:
        return int(context.settings.page_size)

    def _page(
        self, context: Context, number: int, size: int, direction: str, filters: Mapping[str, Any]
    ) -> Page:
        return self._asked(context.client, context.settings, number, size, direction, filters)

    def _asked(
        self,
        client: Client,
        settings: SolvimonSettings,
        number: int,
        size: int,
        direction: str,
        filters: Mapping[str, Any],
    ) -> Page:
        params: dict[str, Any] = {settings.page_parameter: number, settings.limit_parameter: size, **filters}
        if self._order_by is not None:
            params |= {"order_by": self._order_by, "order_direction": direction}
        return client.read(
            "GET", self.path(settings), params=params, parse=lambda found: page_of(found, number, size)
        )


class PaymentsOf(Listed):
    """The payments of one invoice. Its pages raise ``NotFound`` when the invoice is gone."""

    def __init__(self, invoice_id: str) -> None:
        super().__init__("invoice_payments")
        self._invoice_id = invoice_id

    def path(self, settings: SolvimonSettings) -> str:
        return super().path(settings).format(id=quote(self._invoice_id, safe=""))


class Invoices(Listed):
    """Invoices with their periods and lines."""

    def __init__(self) -> None:
        super().__init__("invoices")

    def page(self, context: Context, number: int) -> Page:
        return self._invoices(context, number, "ASC", {})

    def newest(self, context: Context, number: int) -> Page:
        return self._invoices(context, number, "DESC", {})

    def open_lists(self, context: Context) -> Sequence[FetchPage]:
        """What is not paid, what is not final, what is on hold: an invoice on several comes several times."""
        settings: SolvimonSettings = context.settings
        sql = "select distinct status from {invoices} where status <> %s"
        seen = {row[0] for row in context.warehouse.query(sql, settings.invoice_status_final)}
        statuses = sorted(seen | set(settings.invoice_statuses_open or ()))
        filters: list[dict[str, Any]] = [{"paid": "false"}, {"statuses[]": statuses}, {"on_hold": "true"}]
        return [self._filtered(context, each) for each in filters]

    def known_open(self, context: Context) -> set[str]:
        sql = (
            f"select id from {{invoices}} where {context.warehouse.unmarked('invoices')} and"
            " (coalesce(status, '') <> %s or not coalesce(paid, false) or coalesce(on_hold, false))"
        )
        return {row[0] for row in context.warehouse.query(sql, context.settings.invoice_status_final)}

    def one(self, context: Context, key: str) -> bytes:
        path = context.settings.endpoints.invoice.format(id=key)
        return context.client.read("GET", path, params=_WHOLE_INVOICE, parse=whole)

    def _filtered(self, context: Context, filters: Mapping[str, Any]) -> FetchPage:
        return lambda number: self._invoices(context, number, "ASC", filters)

    def _invoices(self, context: Context, number: int, direction: str, filters: Mapping[str, Any]) -> Page:
        filters = {**_WHOLE_INVOICE, **filters}
        return self._page(context, number, self.page_size(context), direction, filters)


def whole(response: httpx.Response) -> bytes:
    """The answer is one record, byte for byte. Raises ``WrongAnswer`` when it is something else."""
    record = Answer(response).raw("")
    if record is None or not record.lstrip().startswith(b"{"):
        raise WrongAnswer("the answer is not a record")
    return record
