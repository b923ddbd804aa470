"""What must not be read by others is replaced before it reaches an error, a log line or a file (P10)."""

from __future__ import annotations

import base64
import json
import re
import threading
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

MASK = "***"
# Enough of a vendor's error to understand it, and no page of data.
BODY_CHARACTERS = 300
# Of a large body only the start is looked at; the factor leaves room for what redaction shortens.
_BODY_BYTES = BODY_CHARACTERS * 20
# A shorter "secret" would mask ordinary text everywhere.
SHORTEST_SECRET = 4

_HEADER_NAMES = (
    r"(?:proxy-)?authorization|(?:set-)?cookie|x-api-key|api-key|x-auth-token|x-amz-security-token"
    r"|x-goog-iam-authorization-token"
)
# Query and form parameters that sign or authenticate; `Expires` and the like stay.
_PARAMETER_NAMES = (
    r"x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)|x-signature"
    r"|awsaccesskeyid|googleaccessid|key-pair-id|(?:access_|refresh_|id_|auth_?)?token|client_?secret"
    r"|(?:api_?|access_?)key|sig|signature|passw(?:or)?d|secret|credential"
)
_QUERY_ONLY_NAMES = r"key|code|policy"
# Fields of the three contracts (and the usual ones) that hold credentials, persons or accounts.
_FIELD_NAMES = (
    r"(?:client|callback|access|refresh|id)?_?(?:auth)?_?(?:secret|token|password)|client_?id|api_?key"
    r"|national_?register|supplier_?document_?number|cpf|cnpj|tax_?id|iban|account_?iban|counterparty_?iban"
    r"|account_?number|account|agency|conta|ag[eê]ncia|pix_?key|chave_?pix|barcode|e?-?mail(?:_?address)?"
    r"|phone|telefone"
)

_JWT = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]*){1,4}")
_QUOTED_HEADER = re.compile(rf"(?i)(['\"](?:{_HEADER_NAMES})['\"]\s*[:,]\s*b?['\"])[^'\"]*")
_COOKIE_LINE = re.compile(r"(?i)\b((?:set-)?cookie\s*[:=]\s*)[^\r\n'\"]+")
_PLAIN_HEADER = re.compile(
    rf"(?i)\b((?:{_HEADER_NAMES})\s*[:=]\s*)(?:(?:bearer|basic|token|apikey)\s+)?[^\s'\",;]+"
)
_BEARER = re.compile(r"(?i)\b((?:bearer|basic)\s+)[\w.~+/-]{12,}=*")
# A value ends at the next parameter, also where "&" is written %26, \u0026 or &amp;.
_VALUE = r"(?:[^&\s\"'<>#\\%,;)]|%(?!26))*"
_PARAMETER = re.compile(
    rf"(?i)((?:(?<![\w-])|(?<=%3f)|(?<=%26)|(?<=u0026))(?:{_PARAMETER_NAMES})(?:=|%3d)){_VALUE}"
    rf"|((?:[?&]|%3f|%26|u0026|&amp;)(?:{_QUERY_ONLY_NAMES})(?:=|%3d)){_VALUE}"
)
_USERINFO = re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s@'\"]+@")
_FIELD = re.compile(
    rf"(?i)((?<![\w-])\\?[\"']?(?:{_FIELD_NAMES})\\?[\"']?\s*[:=]\s*)"
    r"(?:\\?\"(?:[^\"\\]|\\(?!\").)*\\?\"|'[^']*'|[\w.+/-]+(?:@[\w.-]+)?)"
)
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")
_FORMATTED_REGISTER = re.compile(
    r"(?<![\w-])(?:\d{3}\.\d{3}\.\d{3}-\d{2}|[A-Z0-9]{2}\.[A-Z0-9]{3}\.[A-Z0-9]{3}/[A-Z0-9]{4}-\d{2})(?![\w-])"
)
_LETTERED_CNPJ = re.compile(r"\b[A-Z0-9]{12}\d{2}\b")
# CPF (11), CNPJ (14), access keys (44), bar codes (44 to 48), account numbers; not in a UUID or a hash.
_DIGITS = re.compile(r"(?i)(?:(?<![0-9a-f])(?<![0-9a-f]{4}-)|(?<=cpf))\d{11,}(?![0-9a-f])")


class Redactor:
    """Replaces secrets and personal identifiers in text by `***`.

    Knows the configured secrets, in the forms in which they travel (as they are, URL-encoded, base64, JSON),
    and recognises what looks like a credential, a signature, an e-mail address or a tax or account number.
    Secrets of fewer than 4 characters are not looked for. Thread-safe.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._forms: frozenset[str] = frozenset()
        self._known: re.Pattern[str] | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Never show these either. For what is learnt on the way, such as tokens."""
        new = {form for secret in secrets if len(secret) >= SHORTEST_SECRET for form in _forms(secret)}
        with self._lock:
            if new <= self._forms:
                return
            self._forms |= new
            longest_first = sorted(self._forms, key=len, reverse=True)
            self._known = re.compile("|".join(map(re.escape, longest_first)))

    def text(self, text: str) -> str:
        """The text without secrets, credentials, signatures and personal identifiers; any length."""
        known = self._known
        if known is not None:
            text = known.sub(MASK, text)
        for pattern in (_QUOTED_HEADER, _COOKIE_LINE, _PLAIN_HEADER, _BEARER):
            text = pattern.sub(rf"\g<1>{MASK}", text)
        text = _JWT.sub(MASK, text)
        text = _PARAMETER.sub(lambda match: f"{match[1] or match[2]}{MASK}", text)
        text = _USERINFO.sub(rf"\g<1>{MASK}@", text)
        text = _FIELD.sub(rf"\g<1>{MASK}", text)
        text = _EMAIL.sub(MASK, text)
        text = _FORMATTED_REGISTER.sub(MASK, text)
        text = _IBAN.sub(lambda match: MASK if _is_iban(match[0]) else match[0], text)
        text = _LETTERED_CNPJ.sub(lambda match: MASK if _is_cnpj(match[0]) else match[0], text)
        return _DIGITS.sub(MASK, text)

    def body(self, body: bytes) -> str:
        """The start of an answer, redacted, on one line, at most about 300 characters."""
        text = " ".join(self.text(body[:_BODY_BYTES].decode("utf-8", "replace")).split())
        return text if len(text) <= BODY_CHARACTERS else text[:BODY_CHARACTERS] + "…"


def _forms(secret: str) -> set[str]:
    """The secret as it may be written in a URL, a JSON text, a Python repr or a base64 text."""
    forms = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret)}
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    raw = secret.encode()
    # inside a longer text ("user:secret") base64 depends on where the secret begins, modulo 3
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        inner = encoded[first:last].decode()
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= SHORTEST_SECRET}


def _is_iban(text: str) -> bool:
    """Whether the check digits fit (ISO 13616: modulo 97)."""
    compact = text.replace(" ", "")
    return int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def _is_cnpj(text: str) -> bool:
    """Whether the check digits fit, by the rule that also holds for CNPJs with letters (from July 2026)."""
    values = [ord(character) - ord("0") for character in text]
    for length in (12, 13):
        weights = [2 + (length - 1 - i) % 8 for i in range(length)]
        remainder = sum(value * weight for value, weight in zip(values, weights, strict=False)) % 11
        if values[length] != (0 if remainder < 2 else 11 - remainder):
            return False
    return True
