from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.intake.numbers import NumberFault, parse_number


@given(st.one_of(st.integers(-(10**15), 10**15), st.floats(allow_nan=False, allow_infinity=False)))
def test_every_number_as_python_writes_it_is_read_back(number: float) -> None:
    assert parse_number(str(number)) == number
    assert parse_number(f"  {number} ") == number


@given(st.text(max_size=12))
def test_anything_else_is_a_fault_and_never_a_guess(text: str) -> None:
    found = parse_number(text)
    if not isinstance(found, NumberFault):
        assert math.isfinite(found)
        assert float(text) == found
        assert not set(text.strip()) - set("0123456789+-.eE")


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        ("1,234", ["1234 or 1.234"]),
        ("1,234,567", ["read as 1234567"]),
        ("98,1", ["read as 98.1"]),
        ("0,125", ["read as 0.125"]),
        ("1234,567", ["read as 1234.567"]),
        ("1.234,5", ["read as 1234.5"]),
        ("1,234.5", ["read as 1234.5"]),
        ("1.234.567", ["read as 1234567"]),
        ("12 345", ["read as 12345"]),
        ("12\u202f345,6", ["read as 12345.6"]),
        ("12'345", ["read as 12345"]),
        ("-1,5", ["read as -1.5"]),
        ("\u0661\u0662\u0663", ["read as 123"]),
        ("\u2212\u0035", ["read as -5"]),
    ],
)
def test_separators_are_told_with_what_was_read(text: str, readings: list[str]) -> None:
    found = parse_number(text)
    assert isinstance(found, NumberFault)
    assert found.rule == "separators_in_number"
    assert all(reading in found.message for reading in readings)


@pytest.mark.parametrize("text", ["n/a", "", "-", "12 (estimate)", "45%", "1e999", "nan", "inf", "0x10", "1,2,3", "1..2"])
def test_what_is_no_number_is_told_as_such(text: str) -> None:
    found = parse_number(text)
    assert isinstance(found, NumberFault)
    assert found.rule == "not_a_number"
