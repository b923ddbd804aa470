"""Check digits of Brazil's fiscal numbers: the access key, the CNPJ and the CPF, all modulo 11.

From July 2026 the first twelve characters of a CNPJ may be capital letters, in the CNPJ itself and in its
place in the access key. A character's value in the sum is its ASCII code less 48, so digits count as they
always did. Sources: Nota Técnica Conjunta 2025.001 (CNPJ alfanumérico); Manual de Orientação do
Contribuinte 7.0, 2.2.6.
"""

import re

ACCESS_KEY = re.compile(r"[0-9]{6}[0-9A-Z]{12}[0-9]{26}")
CNPJ = re.compile(r"[0-9A-Z]{12}[0-9]{2}")
CPF = re.compile(r"[0-9]{11}")


def access_key_check_digit(first_43: str) -> int:
    """The last digit of an access key: weights 2 to 9 from the right, again and again."""
    return _mod11(first_43, wrap_at=9)


def is_access_key(key: str) -> bool:
    """44 characters in the layout of a key, with the right check digit."""
    return ACCESS_KEY.fullmatch(key) is not None and access_key_check_digit(key[:43]) == int(key[43])


def is_cnpj(number: str) -> bool:
    """14 characters without punctuation, both check digits right, and not one character repeated."""
    if CNPJ.fullmatch(number) is None or len(set(number)) == 1:
        return False
    first = _mod11(number[:12], wrap_at=9)
    return number[12:] == f"{first}{_mod11(f'{number[:12]}{first}', wrap_at=9)}"


def is_cpf(number: str) -> bool:
    """11 digits without punctuation, both check digits right, and not one digit repeated."""
    if CPF.fullmatch(number) is None or len(set(number)) == 1:
        return False
    first = _mod11(number[:9], wrap_at=11)
    return number[9:] == f"{first}{_mod11(f'{number[:9]}{first}', wrap_at=11)}"


def _mod11(text: str, wrap_at: int) -> int:
    weights = range(2, wrap_at + 1)
    total = sum((ord(c) - 48) * weights[i % len(weights)] for i, c in enumerate(reversed(text)))
    digit = 11 - total % 11
    return 0 if digit > 9 else digit
