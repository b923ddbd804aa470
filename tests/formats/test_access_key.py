"""Check digits of access keys, CNPJ and CPF."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kit.formats import access_key_check_digit, is_access_key, is_cnpj, is_cpf

LETTERS_AND_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def test_the_published_example_of_a_cnpj_with_letters_is_right():
    assert is_cnpj("12ABC34501DE35")
    assert not is_cnpj("12ABC34501DE36")


@pytest.mark.parametrize(
    ("number", "right"),
    [
        ("11222333000181", True),
        ("11222333000182", False),
        ("11.222.333/0001-81", False),
        ("11222333000a81", False),
        ("00000000000000", False),
        ("1122233300018", False),
        ("", False),
    ],
)
def test_a_cnpj_is_right_without_punctuation_and_with_both_check_digits(number, right):
    assert is_cnpj(number) is right


@pytest.mark.parametrize(
    ("number", "right"),
    [("52998224725", True), ("52998224724", False), ("11111111111", False), ("529.982.247-25", False)],
)
def test_a_cpf_is_right_with_both_check_digits(number, right):
    assert is_cpf(number) is right


def by_hand(first_43):
    """The manual's own words: weights 2 to 9 from the right, 11 less the remainder, 0 for 10 and 11."""
    weights = [4, 3, 2, 9, 8, 7, 6, 5] * 5 + [4, 3, 2]
    rest = sum((ord(c) - 48) * w for c, w in zip(first_43, weights, strict=True)) % 11
    return 0 if rest in (0, 1) else 11 - rest


@given(st.from_regex(r"\A[0-9]{6}[0-9A-Z]{12}[0-9]{25}\Z"))
def test_the_check_digit_is_that_of_the_manual_also_with_letters(first_43):
    digit = access_key_check_digit(first_43)
    assert digit == by_hand(first_43)
    assert is_access_key(f"{first_43}{digit}")
    assert not is_access_key(f"{first_43}{(digit + 1) % 10}")


def test_letters_count_by_their_code_less_48():
    digits_only, with_letter = "0" * 43, "0" * 6 + "A" + "0" * 36
    assert access_key_check_digit(digits_only) == 0
    assert access_key_check_digit(with_letter) == by_hand(with_letter) != 0


@pytest.mark.parametrize(
    "key",
    ["", "1" * 43, "1" * 45, "A" + "0" * 43, "0" * 6 + "abcdefghijkl" + "0" * 26, "٠" * 44, "0" * 44 + "\n"],
)
def test_what_has_not_the_layout_of_a_key_is_none(key):
    assert not is_access_key(key)
