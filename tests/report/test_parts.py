"""What needs no file: bounds of a mean, few instruments for many needs, and how languages write."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from orchestration.report import language as language_module
from orchestration.report.language import Language, languages
from orchestration.report.pages.needs import smallest_set
from orchestration.report.view import addresses, bounds, slug

HERE = Path(language_module.__file__).parent
KEYWORDS = {"say": None, "language": None, "other": None, "_": None, "plural": (1, 2)}


@given(
    st.lists(st.floats(0, 100), min_size=1, max_size=20),
    st.lists(st.floats(0, 100), max_size=20),
    st.integers(0, 5),
)
def test_with_the_missing_answers_the_mean_stays_within_its_bounds(
    reported: list[float], missing: list[float], n_not_applicable: int
) -> None:
    row = {
        "mean": sum(reported) / len(reported),
        "n_reported": len(reported),
        "n_members": len(reported) + len(missing) + n_not_applicable,
        "n_not_applicable": n_not_applicable,
    }
    between = bounds(row, 0.0, 100.0)
    if not missing:
        assert between is None
        return
    assert between is not None
    low, high = between
    everybody = [*reported, *missing]
    assert low is not None
    assert high is not None
    assert low - 1e-9 <= sum(everybody) / len(everybody) <= high + 1e-9
    assert bounds(row, None, None) == (None, None)


@given(st.lists(st.lists(st.sampled_from("ABCDEF"), max_size=3), max_size=12))
def test_few_instruments_answer_most_needs(needs: list[list[str]]) -> None:
    rows = [{"instruments": own} for own in needs]
    chosen = smallest_set(rows)
    can_be = [set(own) for own in needs if own]
    names = {name for name, _ in chosen}
    n_answered = sum(bool(own & names) for own in can_be)
    assert n_answered >= 0.8 * len(can_be)
    assert sum(n for _, n in chosen) == n_answered
    assert [n for _, n in chosen] == sorted((n for _, n in chosen), reverse=True)
    # no fewer do, and no others of their number answer more
    for size in range(len(chosen) + 1):
        for some in itertools.combinations("ABCDEF", size):
            n = sum(bool(own & set(some)) for own in can_be)
            assert n < 0.8 * len(can_be) if size < len(chosen) else n <= n_answered


@pytest.mark.parametrize(
    ("code", "number", "percent", "change", "date"),
    [
        ("en", "1,234.5", "82%", "−0.3", "June 30, 2024"),
        ("fr", "1\u202f234,5", "82\u202f%", "−0,3", "30 juin 2024"),
    ],
)
def test_numbers_and_dates_are_written_as_the_language_does(code: str, number: str, percent: str, change: str, date: str) -> None:
    say = Language(code)
    assert (say.number(1234.5, 1), say.percent(0.82), say.signed(-0.3, 1)) == (number, percent, change)
    assert say.date(dt.date(2024, 6, 30)) == date
    assert (say.number(-0.04, 1), say.signed(0.04, 1), say.number(None, 1)) == (say.number(0, 1), say.number(0, 1), "–")


def test_every_catalogue_has_every_text_and_no_other() -> None:
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    wanted = {found[2] for found in extract_from_dir(HERE, methods, keywords=KEYWORDS, options_map={})}
    assert len(wanted) > 150
    for language in languages()[1:]:
        with (HERE / "languages" / f"{language.code}.po").open("rb") as file:
            catalogue = {message.id: message for message in read_po(file) if message.id}
        assert set(catalogue) == wanted
        for text, message in catalogue.items():
            texts = [text] if isinstance(text, str) else list(text)
            said = [message.string] if isinstance(message.string, str) else list(message.string or ())
            assert all(said), f"{text} is not translated"
            # the same values stand in them
            names = {name for one in texts for name in re.findall(r"\{\w*\}", one)}
            assert {name for one in said for name in re.findall(r"\{\w*\}", one)} == names


def test_an_address_is_plain() -> None:
    assert slug("Afrique de l’Ouest / Centre") == "afrique-de-louest-centre"
    assert slug("非洲") == "other"
    assert addresses(["K01", "k01", "../../etc", "a/b", "a b", "index", "非洲", "亚洲"]) == [
        "K01",
        "k01-2",
        "etc",
        "a-b",
        "a-b-2",
        "index-2",
        "other",
        "other-2",
    ]
