"""The records of a framework's files (docs/design.md section 2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from orchestration.inputs.records import Record

if TYPE_CHECKING:
    from collections.abc import Mapping

Formula = Literal["ratio", "variation", "value"]
Direction = Literal["higher", "lower", "none"]
Disclosure = Literal["public", "wco", "member"]
Basis = Literal["source", "inferred"]

DISCLOSURES: tuple[Disclosure, ...] = ("public", "wco", "member")
"""Levels of disclosure, widest first (docs/design.md section 6)."""

VARIABLES: dict[Formula, tuple[str, ...]] = {
    "ratio": ("numerator", "denominator"),
    "variation": ("current", "previous"),
    "value": ("value",),
}
"""The figures that a Member sends for a KPI, by the KPI's formula."""

POLICIES: dict[str, tuple[float, float]] = {
    "skewness_threshold": (0, 100),
    "strong_skewness_threshold": (0, 100),
    "minimum_reported": (1, 1000),
    "high_usage_rate": (0, 1),
    "low_usage_rate": (0, 1),
    "low_planned_use_rate": (0, 1),
    "high_awareness_rate": (0, 1),
    "high_response_rate": (0, 1),
    "low_response_rate": (0, 1),
    "alpha": (0.0001, 0.5),
    "minimum_pairs": (2, 1000),
    "approximation_minimum_pairs": (3, 100_000),
    "minimum_group_size_mean": (1, 1000),
    "minimum_group_size_quartiles": (1, 1000),
    "compared_cycles": (1, 1000),
    "count_rounding_base": (2, 1000),
    "protection_percent": (1, 100),
    "weak_correlation": (0, 1),
    "moderate_correlation": (0, 1),
    "strong_correlation": (0, 1),
}
"""The thresholds of a framework (docs/design.md section 4), each with the least and largest value it can have."""

NOT_ABOVE = (
    ("skewness_threshold", "strong_skewness_threshold"),
    ("low_usage_rate", "high_usage_rate"),
    ("low_response_rate", "high_response_rate"),
    ("minimum_group_size_mean", "minimum_group_size_quartiles"),
    ("weak_correlation", "moderate_correlation"),
    ("moderate_correlation", "strong_correlation"),
)
"""Pairs of thresholds of which the first is never above the second."""

Code = str
"""A code of the framework's own, as `EO01` or `K01`."""


class Grouping(Record):
    """A way to divide Members into groups; a column of every roster."""

    grouping: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    groups: tuple[str, ...] | None = None

    def position(self, group: str) -> int | None:
        """A group's place in the framework's own order, from 1; None where the framework does not list it."""
        return self.groups.index(group) + 1 if self.groups and group in self.groups else None


class Unit(Record):
    """A unit of KPI values.

    Attributes:
        scale: what a ratio of the unit is multiplied by, 100 for a percentage.
        decimals: with how many protected audiences are shown figures of the unit; the Secretariat is shown all digits.
    """

    scale: float = Field(gt=0)
    symbol: str = ""
    decimals: int = Field(1, ge=0, le=9)


class Policy(Record):
    """A threshold of the analysis."""

    value: float
    description: str
    source: str


DEFAULT_POLICY = {
    "compared_cycles": Policy(
        value=3,
        description="Trends compare a cycle with as many earlier cycles as this, the nearest ones",
        source="the project's; the framework says nothing",
    ),
    "count_rounding_base": Policy(
        value=3,
        description="Counts of answers that an audience may not see are rounded to multiples of this",
        source="usual of censuses and surveys, as of the Office for National Statistics; the base is the project's",
    ),
    "protection_percent": Policy(
        value=10,
        description="A hidden value can be anything this percentage to either side of it, whatever is known besides",
        source="the p % rule of statistical disclosure control; the percentage is the project's",
    ),
    "weak_correlation": Policy(
        value=0.1,
        description="A correlation is weak from this absolute coefficient on, below it there is none",
        source="Cohen 1988, Statistical power analysis for the behavioral sciences",
    ),
    "moderate_correlation": Policy(
        value=0.3,
        description="A correlation is moderate from this absolute coefficient on",
        source="Cohen 1988, Statistical power analysis for the behavioral sciences",
    ),
    "strong_correlation": Policy(
        value=0.5,
        description="A correlation is strong from this absolute coefficient on",
        source="Cohen 1988, Statistical power analysis for the behavioral sciences",
    ),
}
"""Thresholds that a framework may leave out."""


class FrameworkFile(Record):
    """`framework.toml`."""

    framework: str
    name: str
    source: str
    groupings: tuple[Grouping, ...]
    units: dict[str, Unit]
    policy: dict[str, Policy]


class Dimension(Record):
    """A row of `dimensions.csv`."""

    dimension: Code
    name: str
    basis: Basis


class Outcome(Record):
    """A row of `outcomes.csv`: an expected outcome of a dimension."""

    outcome: Code
    dimension: Code
    name: str
    basis: Basis


class Kpi(Record):
    """A row of `kpis.csv`. `minimum` and `maximum` bound the KPI's value, in its unit; None is no bound."""

    kpi: Code
    outcome: Code
    name: str
    formula: Formula
    numerator: str
    denominator: str | None = None
    unit: str
    direction: Direction
    minimum: float | None = None
    maximum: float | None = None
    disclosure: Disclosure
    basis: Basis

    @property
    def variables(self) -> tuple[str, ...]:
        """The figures that a Member sends, in their order."""
        return VARIABLES[self.formula]

    def label(self, variable: str) -> str:
        """What the framework asks for under a variable: the numerator's text comes first, the denominator's second."""
        return (self.numerator if self.variables.index(variable) == 0 else self.denominator) or ""

    @property
    def allows_negative(self) -> bool:
        """Whether a negative figure can be right.

        A figure below zero makes a ratio or a value fall below zero, and a variation fall below -100 %, so the KPI's
        minimum already says whether one is possible.
        """
        return self.minimum is None or self.minimum < (-100 if self.formula == "variation" else 0)


class Instrument(Record):
    """A row of `instruments.csv`: a WCO instrument or tool. `disclosure` is the level of every Member's answers on it."""

    instrument: Code
    name: str
    dimension: Code
    disclosure: Disclosure
    basis: Basis


class InstrumentOutcome(Record):
    """A row of `instrument_outcomes.csv`: an instrument bears on an outcome."""

    instrument: Code
    outcome: Code
    basis: Basis


class Sdg(Record):
    """A row of `sdgs.csv`: a Sustainable Development Goal of the United Nations."""

    sdg: int = Field(ge=1)
    name: str
    basis: Basis


class OutcomeSdg(Record):
    """A row of `outcome_sdgs.csv`: an outcome contributes to an SDG."""

    outcome: Code
    sdg: int
    basis: Basis


TextKind = Literal[
    "framework",
    "dimension",
    "outcome",
    "kpi",
    "numerator",
    "denominator",
    "instrument",
    "sdg",
    "grouping",
    "group",
    "policy",
]
"""Of what a framework has texts; those of a numerator or denominator are of a KPI."""


class Text(Record):
    """A row of `texts.<language>.csv`: what a text of the framework is in another language.

    Attributes:
        code: of what the text is; of a group its name.
    """

    kind: TextKind
    code: str
    text: str
    basis: Basis


@dataclass(frozen=True)
class Framework:
    """A version of the PMM, or another set of indicators, complete and without contradiction.

    The dictionaries are keyed by code and keep the files' order; the texts are keyed by language (ISO 639-1).
    """

    code: str
    name: str
    source: str
    groupings: dict[str, Grouping]
    units: dict[str, Unit]
    policy: dict[str, Policy]
    dimensions: dict[Code, Dimension]
    outcomes: dict[Code, Outcome]
    kpis: dict[Code, Kpi]
    instruments: dict[Code, Instrument]
    instrument_outcomes: tuple[InstrumentOutcome, ...]
    sdgs: dict[int, Sdg]
    outcome_sdgs: tuple[OutcomeSdg, ...]
    texts: dict[str, tuple[Text, ...]]

    def scale(self, kpi: Kpi) -> float:
        """What the KPI's formula multiplies a ratio by; a variation is always a percentage (docs/design.md section 2)."""
        return {"ratio": self.units[kpi.unit].scale, "variation": 100.0, "value": 1.0}[kpi.formula]

    def value(self, kpi: Kpi, figures: dict[str, float]) -> float:
        """The KPI's value from its figures, in its unit; the warehouse's own is `dbt_project/macros/kpi_value.sql`.

        Intake needs it before any warehouse is there, to tell a sender that a value is out of range.

        Raises:
            KeyError: a figure is missing.
            ZeroDivisionError: the denominator or previous figure is zero.
        """
        value = kpi_value(kpi.formula, self.scale(kpi), figures)
        if value is None:
            raise KeyError(f"{kpi.kpi} needs {' and '.join(kpi.variables)}")
        return value


def kpi_value(formula: Formula, scale: float, figures: Mapping[str, float]) -> float | None:
    """A KPI's value from its figures; None where one is missing.

    Args:
        formula: the KPI's.
        scale: what it multiplies by.
        figures: by the name of the variable.

    Raises:
        ZeroDivisionError: the denominator or previous figure is zero.
    """
    parts = [figures[name] for name in VARIABLES[formula] if name in figures]
    if len(parts) < len(VARIABLES[formula]):
        return None
    if formula == "ratio":
        return scale * parts[0] / parts[1]
    if formula == "variation":
        return scale * (parts[0] - parts[1]) / parts[1]
    return parts[0]
