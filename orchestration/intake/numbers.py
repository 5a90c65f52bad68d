"""What is a number in a submission: digits with an optional sign, decimal point and exponent, and nothing else.

Anything that could be read in two ways is never guessed: the fault says what was read.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass

PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SPACES = str.maketrans(dict.fromkeys(" \u00a0\u2007\u2009\u202f'\u2019_", ""))
"""Characters that people put between thousands."""
SEPARATED = re.compile(r"[+-]?\d{1,3}([.,]?\d{3})*([.,]\d+)?|[+-]?\d+[.,]\d+", re.ASCII)


@dataclass(frozen=True, slots=True)
class NumberFault:
    """A text that is not a number.

    Attributes:
        rule: `separators_in_number` or `not_a_number`.
        message: what was read, and what to write instead.
    """

    rule: str
    message: str


def parse_number(text: str) -> float | NumberFault:
    """Read a figure.

    Args:
        text: as sent; spaces around it do not count.

    Returns:
        the number, finite; or the fault.
    """
    text = text.strip()
    if PLAIN.fullmatch(text):
        number = float(text)
        if math.isfinite(number):
            return number
        return NumberFault("not_a_number", f"{text!r} is too large for a number; check the figure.")
    readings = _readings(text)
    if len(readings) > 1:
        choices = " or ".join(readings)
        return NumberFault(
            "separators_in_number",
            f"{text!r} can be read as {choices}; write the one that is meant, without thousands separators and with a "
            f"decimal point.",
        )
    if readings:
        return NumberFault(
            "separators_in_number",
            f"{text!r} was read as {readings[0]}, but figures are written without separators and with a decimal point; "
            f"if that is meant, write {readings[0]}.",
        )
    if text.endswith("%") and PLAIN.fullmatch(text[:-1].strip()):
        return NumberFault("not_a_number", f"{text!r} has a percent sign; write the number alone, in the unit asked for.")
    return NumberFault("not_a_number", f"{text!r} is text where a number belongs; write digits only, such as 1234.5.")


def _readings(text: str) -> list[str]:
    """The plain numbers that a text with separators or other scripts' digits can mean, most likely first."""
    digits = "".join(str(unicodedata.decimal(c)) if unicodedata.decimal(c, None) is not None else c for c in text)
    digits = digits.replace("\u2212", "-").replace("\u066b", ".").replace("\u066c", ",")
    joined = digits.translate(SPACES)
    if PLAIN.fullmatch(joined):
        return [joined]
    if not SEPARATED.fullmatch(joined):
        return []
    points, commas = joined.count("."), joined.count(",")
    if points and commas:
        decimal = max(".", ",", key=joined.rfind)
        if joined.count(decimal) > 1:
            return []
        thousands = "," if decimal == "." else "."
        return [joined.replace(thousands, "").replace(decimal, ".")]
    mark = "," if commas else "."
    if joined.count(mark) > 1:
        return [joined.replace(mark, "")]
    whole, part = joined.split(mark)
    as_decimal = f"{whole}.{part}"
    if len(part) == 3 and whole.lstrip("+-") not in ("", "0") and len(whole.lstrip("+-")) <= 3 and joined == digits:
        return [whole + part, as_decimal]
    return [as_decimal]
