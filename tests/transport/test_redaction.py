"""No secret and no personal identifier in an error, a log line or a traceback (P10)."""

from __future__ import annotations

import base64
import io
import json
import logging
import traceback
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import pytest

from sources.kit.transport import (
    RedactionFilter,
    Redactor,
    Refused,
    RetryPolicy,
    SourceError,
    StaticTokenAuth,
    WrongAnswer,
    install_redaction,
)

from .support import Reply

SECRET = 'pä/ss "word"+1'
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJpbnZlbnRlZCJ9.c2lnbmF0dXJlLW9m"
SIGNED = "https://store.test/part-1.zip?X-Amz-Date=20260302&X-Amz-Expires=300&X-Amz-Signature=abc123def"


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        quote(SECRET, safe=""),
        quote_plus(SECRET),
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        repr(SECRET)[1:-1],
    ],
)
def test_a_configured_secret_is_hidden_in_every_form_it_travels_in(form) -> None:
    assert Redactor([SECRET]).text(f"before {form} after") == "before *** after"


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
def test_a_configured_secret_is_hidden_inside_base64_wherever_it_begins(before) -> None:
    encoded = base64.b64encode(f"{before}{SECRET}".encode()).decode()
    hidden = Redactor([SECRET]).text(f"sent {encoded}")
    assert "***" in hidden
    assert encoded not in hidden


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc.def", "abc.def"),
        ("authorization=abcdef", "abcdef"),
        ("{'X-API-KEY': 'k-1234'}", "k-1234"),
        ("[(b'Set-Cookie', b'session=abcd; Path=/'), (b'Date', b'today')]", "abcd"),
        ("Cookie: a=b; session=abcd", "abcd"),
        (f"got {JWT} there", JWT[10:]),
        (SIGNED, "abc123def"),
        ("GET /p?X-Goog-Credential=me%40x&X-Goog-Signature=beef01 HTTP/1.1", "beef01"),
        ('{"url":"https://s.test/a?Expires=1\\u0026X-Goog-Signature=beef01\\u0026x=1"}', "beef01"),
        ("https://s.test/a?sv=1&amp;sig=aa%2Bbb%3D&amp;se=2", "aa%2Bbb"),
        ("redirect=https%3A%2F%2Fs.test%2Fa%3FSignature%3Dbeef01%26Expires%3D9", "beef01"),
        ("https://s.test/a?key=AIza123", "AIza123"),
        ("client_secret=shh-1&grant_type=x", "shh-1"),
        ("https://user:hunter2@host.test/", "hunter2"),
        ('{"callbackAuthToken": "cb-1", "a": 1}', "cb-1"),
        ('{"nationalRegister": "123"}', "123"),
        ('{\\"account\\": \\"12345-6\\", \\"x\\": 1}', "12345-6"),
        ("account: 12345-6", "12345-6"),
        ('{"pixKey": "+5511"}', "+5511"),
        ("maria@example.test wrote", "maria@"),
        ("CPF 529.982.247-25", "529.982"),
        ("CPF52998224725", "52998224725"),
        ("CNPJ 11.222.333/0001-81", "11.222"),
        ("supplier 12ABC34501DE35 unknown", "12ABC34501DE35"),
        ("from DE89370400440532013000", "DE8937"),
        ("from DE89 3704 0044 0532 0130 00", "3704"),
        ("nfe_35260311222333000181550010000012341000012345.xml", "35260311222333"),
    ],
)
def test_what_looks_like_a_credential_or_a_person_is_hidden(text, secret) -> None:
    hidden = Redactor().text(text)
    assert secret not in hidden
    assert "***" in hidden


@pytest.mark.parametrize(
    "text",
    [
        "GET /v1/invoices/123e4567-e89b-12d3-a456-426614174000: status 500",
        "load package 1772442000.123456 in 0.25 s, 1,234,567 rows",
        "sha256 8f434346648f6b96df89dda901c5176b10a6d83961dd3c1ac88b59b2dc327aa4",
        "primary_key=id merge_key=account_payable_id page_token_count 5",
        "expires 2026-03-02T10:00:00Z, INVOICE_HEADER00, ABCDEFGHIJKL12",
        "https://api.test/v1/reports?page=2&limit=100&Expires=1772442000",
    ],
)
def test_ordinary_text_stays_as_it_is(text) -> None:
    assert Redactor().text(text) == text


def test_the_rest_of_a_signed_url_stays_readable() -> None:
    assert Redactor().text(SIGNED) == SIGNED.replace("abc123def", "***")


def test_a_body_in_an_error_is_redacted_cut_and_on_one_line(serve, connect) -> None:
    body = "line one\r\nmaria@example.test " + "x" * 5000
    server = serve(Reply(400, body.encode(), headers={"X-REQUEST-ID": "req-77"}))
    with pytest.raises(Refused) as caught:
        connect(server.url).read("GET", "/rows", params={"customer_id": "cust-5", "page": 1}, parse=bool)
    error = caught.value
    assert (error.method, error.path, error.status, error.request_id) == (
        "GET",
        "/rows?customer_id&page",
        400,
        "req-77",
    )
    text = str(error)
    assert text.startswith("GET /rows?customer_id&page, status 400, request id req-77: line one *** xxx")
    assert len(text) < 420
    assert "\n" not in text


def test_the_request_id_header_is_a_setting(serve, connect) -> None:
    server = serve(Reply(404, headers={"Trace": "t-1"}))
    with pytest.raises(SourceError, match="request id t-1"):
        connect(server.url, request_id_header="trace").read("GET", "/rows", parse=bool)


def test_a_traceback_of_an_error_shows_neither_secret_nor_data(serve, connect) -> None:
    server = serve(Reply(200, b'{"nationalRegister": "52998224725"}'))
    client = connect(
        server.url, auth=StaticTokenAuth("tok-secret-1"), policy=RetryPolicy(attempts=1, budget_seconds=0)
    )

    def parse(response) -> int:
        return int(f"{response.json()['nationalRegister']}x tok-secret-1")

    with pytest.raises(WrongAnswer) as caught:
        client.read("GET", "/rows", parse=parse)
    printed = "".join(traceback.format_exception(caught.value))
    assert "ValueError" in printed
    assert "52998224725" not in printed
    assert "tok-secret-1" not in printed


def test_errors_survive_a_process_boundary() -> None:
    import pickle

    error = Refused("detail", method="GET", path="/x", status=400, request_id="r", hint="do this")
    error.may_have_arrived = False
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (str(error), vars(error))


@pytest.fixture
def root_output() -> Iterator[io.StringIO]:
    """What a handler of the root logger writes, with everything on."""
    output, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(output)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s %(extra_one)s", defaults={"extra_one": ""}))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield output
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def redaction(root_output) -> Iterator[None]:
    undo = install_redaction(Redactor([SECRET]))
    yield
    undo()


def test_the_http_libraries_print_no_signature_even_without_the_program_doing_anything(
    serve, fetcher, connect, root_output, tmp_path
) -> None:
    from sources.kit.transport import AddressRule, SignedUrl

    server = serve(Reply(200, b"{}", headers={"Set-Cookie": "session=cookie-value"}))
    link = SignedUrl(f"{server.url}/part?X-Amz-Expires=60&X-Amz-Signature=beef01")
    fetcher(rule=AddressRule(allow_loopback=True)).download(link, tmp_path / "part")
    connect(server.url, auth=StaticTokenAuth("opaque-1")).read(
        "GET", "/rows", params={"echo": "opaque-1"}, parse=bool
    )
    printed = root_output.getvalue()
    assert "HTTP Request: GET" in printed
    assert "receive_response_headers" in printed
    for secret in ("beef01", "opaque-1", "cookie-value"):
        assert secret not in printed
    assert "beef01" not in repr(link)


@pytest.mark.usefixtures("redaction")
def test_messages_arguments_extras_and_tracebacks_of_any_logger_are_redacted(root_output) -> None:
    log = logging.getLogger("somebody.else")
    log.warning("plain %s and %d", SECRET, 5, extra={"extra_one": f"extra {SECRET}"})
    log.warning(f"formatted {SECRET}")
    log.warning({"key": SECRET})
    log.warning("Authorization: %s", "split-over-arguments")
    try:
        raise RuntimeError(f"inside {SECRET}")
    except RuntimeError:
        log.exception("it failed")
    printed = root_output.getvalue()
    assert "plain *** and 5 extra ***" in printed
    assert "formatted ***" in printed
    assert "RuntimeError: inside ***" in printed
    assert "split-over" not in printed
    assert SECRET not in printed
    assert repr(SECRET)[1:-1] not in printed


@pytest.mark.usefixtures("redaction")
def test_a_record_whose_arguments_do_not_fit_is_redacted_too(root_output, capsys) -> None:
    logging.getLogger("careless").warning("no placeholder", SECRET)
    assert "no placeholder" in root_output.getvalue()
    assert SECRET not in root_output.getvalue() + capsys.readouterr().err


@pytest.mark.usefixtures("redaction")
def test_arguments_without_secrets_keep_their_types() -> None:
    records: list[logging.LogRecord] = []
    log = logging.getLogger("typed")
    handler = logging.Handler()
    handler.emit = records.append
    log.addHandler(handler)
    log.warning("%d rows", 5)
    log.removeHandler(handler)
    assert records[0].args == (5,)


def test_redaction_can_be_undone(root_output) -> None:
    undo = install_redaction(Redactor([SECRET]))
    undo()
    logging.getLogger("later").warning(SECRET)
    assert SECRET in root_output.getvalue()


def test_a_handler_added_later_can_take_the_filter_by_itself() -> None:
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    handler.addFilter(RedactionFilter(Redactor([SECRET])))
    log = logging.getLogger("filtered")
    log.addHandler(handler)
    log.warning("a %s", SECRET)
    log.removeHandler(handler)
    assert output.getvalue() == "a ***\n"


def test_secrets_of_fewer_than_four_characters_do_not_mask_ordinary_text() -> None:
    assert Redactor(["", "a", "abc"]).text("abc of a") == "abc of a"
