"""Languages of the report: words from gettext catalogues, numbers and dates as each language writes them.

A language is a catalogue, `languages/<language>.po`; English is the language of the templates and has none. The catalogue is read
as it is: nothing has to be compiled.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import NullTranslations, Translations

if TYPE_CHECKING:
    import datetime
    from collections.abc import Sequence

CATALOGUES = Path(__file__).with_name("languages")
ENGLISH = "en"
MISSING = "–"
"""What stands where there is no figure."""


@dataclass(frozen=True)
class Language:
    """A language.

    Attributes:
        code: ISO 639-1.
    """

    code: str

    @property
    def locale(self) -> Locale:
        """As Babel has it."""
        return _locale(self.code)

    @property
    def name(self) -> str:
        """What its speakers call it."""
        return str(self.locale.get_display_name(self.code)).capitalize()

    @property
    def translations(self) -> NullTranslations:
        """Its words."""
        return _translations(self.code)

    def __call__(self, text: str, **values: object) -> str:
        """A text of the templates, with values in the place of their names in braces."""
        return str(self.translations.ugettext(text)).format(**values) if text else ""

    def plural(self, one: str, many: str, n: int, **values: object) -> str:
        """A text that depends on a number, which it names `n`."""
        return str(self.translations.ungettext(one, many, n)).format(n=self.number(n, 0), **values)

    def number(self, value: float | None, decimals: int) -> str:
        """A number with so many decimals; a dash where there is none."""
        return MISSING if value is None else _number(self.code, float(value), decimals)

    def signed(self, value: float | None, decimals: int) -> str:
        """A change, with its sign."""
        if value is None:
            return MISSING
        text = self.number(abs(value), decimals)
        if round(value, decimals) == 0:
            return text
        return f"+{text}" if value > 0 else f"\N{MINUS SIGN}{text}"

    def percent(self, rate: float | None, decimals: int = 0) -> str:
        """A rate of 0 to 1 in percent."""
        return MISSING if rate is None else self.with_symbol(self.number(100 * rate, decimals), "%")

    def with_symbol(self, number: str, symbol: str) -> str:
        """A number and its unit; with a space that does not break where the language has one, as SI has before all but %."""
        if not symbol or number == MISSING:
            return number
        return number + ("" if symbol == "%" and self.code == ENGLISH else "\N{NARROW NO-BREAK SPACE}") + symbol

    def date(self, value: datetime.date | None) -> str:
        """A day."""
        return MISSING if value is None else str(format_date(value, "long", locale=self.locale))

    def time(self, value: datetime.datetime) -> str:
        """A moment, UTC."""
        return f"{format_datetime(value, 'd MMMM y, HH:mm', locale=self.locale)} UTC"

    def series(self, parts: Sequence[str]) -> str:
        """Several as a sentence names them: a, b and c."""
        return str(format_list(list(parts), locale=self.locale))


@cache
def languages() -> tuple[Language, ...]:
    """All languages, English first."""
    return (Language(ENGLISH), *(Language(path.stem) for path in sorted(CATALOGUES.glob("*.po"))))


@cache
def _locale(code: str) -> Locale:
    return Locale.parse(code)


@cache
def _translations(code: str) -> NullTranslations:
    path = CATALOGUES / f"{code}.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return Translations(compiled)


@lru_cache(maxsize=100_000)
def _number(code: str, value: float, decimals: int) -> str:
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    rounded = round(value, decimals)
    return str(format_decimal(0.0 if rounded == 0 else rounded, pattern, locale=_locale(code))).replace("-", "\N{MINUS SIGN}")
