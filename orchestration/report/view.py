"""What a page says of figures, in a language: names, numbers with their units, links, and words for what is withheld."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import TYPE_CHECKING

from orchestration.report.figures import ALL
from orchestration.report.language import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orchestration.report.figures import Cycle, Row
    from orchestration.report.language import Language

PERFORMANCE = ("well_performing", "balanced", "low_performing", "not_evaluated")


@dataclass(frozen=True)
class View:
    """A cycle of an audience's file, in a language.

    Attributes:
        audience: whose file it is.
        cycle: the cycle.
        language: the language.
    """

    audience: str
    cycle: Cycle
    language: Language

    @cached_property
    def _texts(self) -> dict[tuple[str, str], str]:
        rows = self.cycle.rows("reference.texts")
        return {(row["kind"], row["code"]): row["text"] for row in rows if row["language"] == self.language.code}

    def text(self, kind: str, code: str, english: str) -> str:
        """A text of the framework, in the language where the framework has it."""
        return self._texts.get((kind, code), english)

    def kpi(self, kpi: str) -> str:
        """A KPI's name."""
        return self.text("kpi", kpi, self.cycle.kpis[kpi]["kpi_name"])

    def outcome(self, outcome: str) -> str:
        """An expected outcome's name."""
        return self.text("outcome", outcome, self.cycle.outcomes[outcome]["outcome_name"])

    def dimension(self, dimension: str) -> str:
        """A dimension's name."""
        return self.text("dimension", dimension, self.cycle.dimensions[dimension]["dimension_name"])

    def instrument(self, instrument: str) -> str:
        """An instrument's name."""
        return self.text("instrument", instrument, self.cycle.instruments[instrument]["instrument_name"])

    def grouping(self, grouping: str) -> str:
        """A grouping's name."""
        names = {one.grouping: one.name for one in self.cycle.groupings}
        return self.text("grouping", grouping, names.get(grouping, grouping))

    def group(self, group: tuple[str, str]) -> str:
        """A group's name."""
        return self.text("group", group[1], group[1])

    def member(self, member: str) -> str:
        """A Member's name."""
        return self.cycle.member_names.get(member, member)

    @property
    def all_members(self) -> str:
        """The name of the group of all Members."""
        return self.group(ALL)

    @cached_property
    def groups(self) -> list[tuple[str, str]]:
        """Grouping and group of each group but that of all Members."""
        return [(one.grouping, group) for one in self.cycle.groupings for group in one.groups]

    def symbol(self, kpi: str) -> str:
        """What stands behind a KPI's figures."""
        return str(self.cycle.kpis[kpi].get("symbol") or "")

    def unit(self, kpi: str) -> str:
        """A KPI's unit, in a word."""
        unit, say = self.cycle.kpis[kpi]["unit"], self.language
        words = {"percent": say("Percent"), "count": say("Number"), "hours": say("Hours"), "days": say("Days")}
        return words.get(str(unit), str(unit).capitalize())

    def decimals(self, kpi: str) -> int:
        """With how many decimals a KPI's figures are written."""
        decimals = self.cycle.kpis[kpi]["decimals"]
        return 1 if decimals is None else int(decimals)

    def figure(self, kpi: str, value: float | None) -> str:
        """A figure of a KPI, with its unit."""
        return self.language.with_symbol(self.language.number(value, self.decimals(kpi)), self.symbol(kpi))

    def change(self, kpi: str, value: float | None) -> str:
        """A difference of two figures of a KPI; of percentages in percentage points."""
        symbol = self.symbol(kpi)
        symbol = self.language("points") if symbol == "%" else symbol
        text = self.language.signed(value, self.decimals(kpi))
        return text if text == MISSING or not symbol else f"{text}\N{NO-BREAK SPACE}{symbol}"

    def withheld(self, suppression: str | None) -> str:
        """Why figures of a KPI and a group are not shown, as a sentence; empty where all are that a page shows."""
        say, policy, number = self.language, self.cycle.policy, self.language.number
        if suppression == "too few Members":
            n = number(policy.get("minimum_group_size_mean"), 0)
            return say("Withheld: fewer than {n} Members reported.", n=n)
        first, *others = (suppression or "").split(", ")
        if first == "hidden values":
            return say("Withheld: a single answer would follow from it.")
        words = {
            "mean": say("the mean"),
            "quartiles": say("one or more quartiles"),
            "shape": say("the skewness"),
            "judgement": say("the judgement"),
        }
        found = []
        if first == "all but the mean":
            n = number(policy.get("minimum_group_size_quartiles"), 0)
            found.append(say("Quartiles and the skewness are shown from {n} Members on.", n=n))
        # the first of the others is that the least and the greatest value are not shown, and they are on no page
        if parts := [words[part] for part in others]:
            found.append(say("Withheld, since single answers would follow: {parts}.", parts=self.join(parts)))
        return " ".join(found)

    def withheld_use(self, suppression: str | None) -> str:
        """Why figures of an instrument's use, or of what it has to do with a KPI, are not shown or not exact; else empty."""
        say, policy, number = self.language, self.cycle.policy, self.language.number
        n = number(policy.get("minimum_group_size_mean"), 0)
        reasons = {
            "hidden answers": say("a single answer would follow from it"),
            "too few Members": say("fewer than {n} Members answered", n=n),
        }
        found = []
        for part in (suppression or "").split("; "):
            what, _, why = part.rpartition(": ")
            if part == "rounded":
                base = number(policy.get("count_rounding_base"), 0)
                found.append(say("Rates are of counts that are rounded to multiples of {base}.", base=base))
            elif why in reasons:
                template = {
                    "awareness": say("Awareness is withheld: {why}.", why=reasons[why]),
                    "usage": say("Use is withheld: {why}.", why=reasons[why]),
                }
                found.append(template.get(what, say("Withheld: {why}.", why=reasons[why])))
        return " ".join(found)

    def performance(self, word: str | None) -> str:
        """A judgement, in words."""
        if word is None:
            return MISSING
        words = {
            "well_performing": self.language("well performing"),
            "low_performing": self.language("low performing"),
            "balanced": self.language("balanced"),
            "not_evaluated": self.language("not evaluated"),
        }
        return words[word]

    def finding(self, word: str | None) -> str:
        """A finding on an instrument and a KPI, in words."""
        words = {
            "review_relevance": self.language("review its relevance"),
            "raise_awareness": self.language("raise awareness"),
            "recommendations_taken_up": self.language("recommendations taken up"),
            "other": self.language("no clear finding"),
        }
        return words.get(word or "", MISSING)

    def kpi_page(self, kpi: str) -> str:
        """The address of a KPI's page, from the cycle's folder."""
        return f"kpis/{self._kpi_addresses[kpi]}.html"

    def instrument_page(self, instrument: str) -> str:
        """The address of an instrument's page."""
        return f"instruments/{self._instrument_addresses[instrument]}.html"

    def group_page(self, group: tuple[str, str]) -> str:
        """The address of a group's page."""
        return f"groups/{self._group_addresses[group]}.html"

    def outcome_page(self, outcome: str) -> str:
        """The address of an expected outcome's KPIs; empty where none of them is shown."""
        is_there = any(kpi["outcome"] == outcome for kpi in self.cycle.kpis.values())
        return f"kpis/index.html#{self.anchor(outcome)}" if is_there else ""

    def anchor(self, code: str) -> str:
        """Where a dimension or an expected outcome stands on the page of all KPIs."""
        return self._anchors[code]

    @cached_property
    def _kpi_addresses(self) -> dict[str, str]:
        return dict(zip(self.cycle.kpis, addresses(self.cycle.kpis), strict=True))

    @cached_property
    def _instrument_addresses(self) -> dict[str, str]:
        return dict(zip(self.cycle.instruments, addresses(self.cycle.instruments), strict=True))

    @cached_property
    def _group_addresses(self) -> dict[tuple[str, str], str]:
        names = (f"{slug(grouping)}-{slug(group)}" for grouping, group in self.groups)
        return dict(zip(self.groups, addresses(names), strict=True))

    @cached_property
    def _anchors(self) -> dict[str, str]:
        codes = [*self.cycle.dimensions, *self.cycle.outcomes]
        return dict(zip(codes, addresses(codes), strict=True))

    def needs_words(self, need: str) -> str:
        """A kind of need, in words."""
        words = {
            "low_performance": self.language("low performance"),
            "low_response": self.language("few answers"),
            "low_uptake": self.language("instruments little used"),
        }
        return words.get(need, need)

    def join(self, parts: Sequence[str]) -> str:
        """Several, as a sentence names them."""
        return self.language.series(parts)


def addresses(names: Iterable[str]) -> list[str]:
    """Names as they may stand in addresses, and as files of any file system, no two of them the same."""
    found: list[str] = []
    taken = {"index"}
    for name in names:
        plain = name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else slug(name)
        address = next(one for n in count(1) if (one := plain if n == 1 else f"{plain}-{n}").lower() not in taken)
        taken.add(address.lower())
        found.append(address)
    return found


def slug(name: str) -> str:
    """A name as it may stand in an address."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "other"


def bounds(row: Row, minimum: float | None, maximum: float | None) -> tuple[float | None, float | None] | None:
    """Between what a mean would be if all that are missing had reported the least or the largest value that is possible.

    Returns:
        the two ends, None where the KPI has no bound there; None where there is no mean, or nobody is missing.
    """
    missing = row["n_members"] - row["n_reported"] - (row["n_not_applicable"] or 0)
    if row["mean"] is None or missing <= 0:
        return None

    def mean(value: float | None) -> float | None:
        return None if value is None else float(row["mean"] * row["n_reported"] + missing * value) / (row["n_reported"] + missing)

    return mean(minimum), mean(maximum)
