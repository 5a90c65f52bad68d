"""What a Member has sent itself, which it may see whatever its level: from the warehouse, or from its own file."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orchestration.inputs.cycles import NOT_CLASSIFIED, get_cycle
from orchestration.inputs.framework.model import kpi_value
from orchestration.inputs.records import InputError, Problem
from orchestration.intake.check import Sufficiency, check_file
from orchestration.report.figures import ALL
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import duckdb

    from orchestration.inputs.framework import Framework
    from orchestration.inputs.home import Home
    from orchestration.report.figures import Row


@dataclass(frozen=True)
class Own:
    """What a Member has sent.

    Attributes:
        member: its code.
        name: its name.
        cycle: what it was sent for.
        year: the reporting year.
        framework: the framework's code.
        is_synthetic: whether the cycle's Members and figures are invented.
        is_sent: whether a submission of it counts in the cycle.
        kpis: the framework's KPIs, as rows of `reference.kpis`.
        values: by KPI that it reported its value, in the KPI's unit.
        not_applicable: the KPIs that it said not to apply.
        usage: by instrument `in_use` and so on, where it answered.
        aware: by instrument `yes` or `no`, where it answered.
        groups: by grouping the group that it is in.
        earlier: by earlier cycle and KPI its value then.
        least_rate: which part of the KPIs that apply has to be reported for a submission to count.
        least_instruments: how many instruments have to be answered about.
    """

    member: str
    name: str
    cycle: str
    year: int
    framework: str
    is_synthetic: bool
    is_sent: bool
    kpis: list[Row]
    values: dict[str, float]
    not_applicable: frozenset[str]
    usage: dict[str, str]
    aware: dict[str, str]
    groups: dict[str, str]
    least_rate: float
    least_instruments: int
    earlier: dict[str, dict[str, float]] = field(default_factory=dict)

    @property
    def applicable(self) -> list[str]:
        """The KPIs that apply to it."""
        return [row["kpi"] for row in self.kpis if row["kpi"] not in self.not_applicable]

    @property
    def missing(self) -> list[str]:
        """The KPIs that apply to it and that it did not report."""
        return [kpi for kpi in self.applicable if kpi not in self.values]

    @property
    def n_answered(self) -> int:
        """Instruments that it answered about."""
        return len(self.usage.keys() | self.aware.keys())

    @property
    def is_sufficient(self) -> bool:
        """Whether its answers enter the results (§6)."""
        n, missing = len(self.applicable), tuple(self.missing)
        n_reported = n - len(missing)
        rate = n_reported / n if n else 0.0
        return Sufficiency(n, n_reported, rate, self.n_answered, self.least_rate, self.least_instruments, missing).is_sufficient


def members_of(internal: Path, cycle: str) -> list[str]:
    """The Members of whom a submission counts in a cycle.

    Args:
        internal: the file with everything.
        cycle: the cycle.
    """
    with attached(shown=internal) as connection:
        query = "select member from shown.completeness.member_completeness where cycle = ? and is_submitted order by member"
        return [member for (member,) in connection.execute(query, [cycle]).fetchall()]


def own_of(internal: Path, cycle: str, member: str) -> Own:
    """What a Member sent for a cycle, as the warehouse has it.

    Args:
        internal: the file with everything; nothing of another Member is read.
        cycle: the cycle.
        member: the Member's code.

    Raises:
        InputError: the file does not have the cycle, or the Member is not on its roster.
    """
    with attached(shown=internal) as connection:

        def rows(query: str) -> list[Row]:
            found = connection.execute(query, {name: given[name] for name in given if f"${name}" in query})
            names = [column[0] for column in found.description]
            return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

        given = {"cycle": cycle, "member": member}
        about = rows("from shown.reference.cycles where cycle = $cycle")
        named = rows("from shown.reference.members where cycle = $cycle and member = $member")
        if not about or not named:
            known = _known(connection, cycle if about else None)
            what = f"there is no {member} on the roster of {cycle}" if about else f"there is no cycle {cycle}"
            raise InputError("There is no scorecard", [Problem(internal.name, None, None, f"{what}; there are {known}")])
        kpis = rows("from shown.reference.kpis where cycle = $cycle order by position")
        answers = rows(
            "select kpi, instrument, field, value, word from shown.lineage.answers "
            "where cycle = $cycle and member = $member and is_counted"
        )
        groups = rows("select grouping, group_name from shown.reference.member_groups where cycle = $cycle and member = $member")
        earlier = rows(
            "select cycle, kpi, value from shown.kpi.member_kpi_values "
            "where cycle != $cycle and member = $member and value is not null"
        )
        (sent,) = rows(
            "select is_submitted from shown.completeness.member_completeness where cycle = $cycle and member = $member"
        )
    return _own(
        member,
        named[0]["member_name"],
        about[0],
        kpis,
        answers,
        {row["grouping"]: row["group_name"] for row in groups},
        _by_cycle((row["cycle"], row["kpi"], row["value"]) for row in earlier),
        (about[0]["minimum_completeness_rate"], about[0]["minimum_instruments_answered"]),
        is_sent=sent["is_submitted"],
    )


def own_of_file(home: Home, path: Path, cycle: str | None, against: Path) -> Own:
    """What a Member is about to send, as a refresh would read it.

    Args:
        home: where cycles and frameworks are.
        path: its workbook or JSON file.
        cycle: the cycle; None for what the file says.
        against: an audience's file, which may show what the Member sent for earlier cycles.

    Raises:
        InputError: the file is of more or fewer than one Member, or can't be used.
    """
    checked = check_file(home, path, cycle)
    found = get_cycle(home, checked.cycle)
    what = f"{checked.read.file} gives no scorecard"
    suffices = checked.sufficiency
    if suffices is None:
        problem = "it is not one Member's answers on KPIs and instruments; pmm check says what it is"
        raise InputError(what, [Problem(checked.read.file, None, None, problem)])
    judged = checked.judged[0]
    if judged.state == "rejected":
        raise InputError(what, [Problem(checked.read.file, None, None, judged.reason)])
    member, framework = judged.submission.member, found.framework
    entry = found.roster[member]
    with attached(shown=against) as connection:
        earlier = connection.execute(
            "select cycle, kpi, value from shown.kpi.member_kpi_values where member = ? and cycle != ? and value is not null",
            [member, checked.cycle],
        ).fetchall()
    answers = [
        {
            "kpi": answer.code if answer.part == "kpis" else None,
            "instrument": answer.code if answer.part == "instruments" else None,
            "field": answer.field,
            "value": answer.value,
            "word": answer.word,
        }
        for answer in judged.answers
    ]
    about = {
        "cycle": checked.cycle,
        "reporting_year": found.file.reporting_year,
        "framework": framework.code,
        "data_origin": found.file.data_origin,
    }
    return _own(
        member,
        entry.name,
        about,
        _kpis_of(framework),
        answers,
        entry.groups,
        _by_cycle(earlier),
        (suffices.least_rate, suffices.least_instruments),
        is_sent=True,
    )


def _own(
    member: str,
    name: str,
    about: Row,
    kpis: list[Row],
    answers: list[dict[str, Any]],
    groups: dict[str, str],
    earlier: dict[str, dict[str, float]],
    least: tuple[float, int],
    *,
    is_sent: bool,
) -> Own:
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    words: dict[str, dict[str, str]] = defaultdict(dict)
    for answer in answers:
        code = answer["kpi"] or answer["instrument"]
        if answer["value"] is not None:
            figures[code][answer["field"]] = answer["value"]
        elif answer["word"] is not None:
            words[answer["field"]][code] = answer["word"]
    values = {
        row["kpi"]: value
        for row in kpis
        if (value := kpi_value(row["formula"], row["scale"], figures.get(row["kpi"], {}))) is not None
    }
    said = words["status"]
    not_applicable = frozenset(kpi for kpi, word in said.items() if word == "not_applicable") - values.keys()
    return Own(
        member,
        name,
        about["cycle"],
        about["reporting_year"],
        about["framework"],
        about["data_origin"] == "synthetic",
        is_sent,
        kpis,
        values,
        not_applicable,
        words["usage"],
        words["aware"],
        {grouping: group for grouping, group in groups.items() if grouping != ALL[0] and group not in ("", NOT_CLASSIFIED)},
        *least,
        earlier,
    )


def _kpis_of(framework: Framework) -> list[Row]:
    """A framework's KPIs as rows of `reference.kpis`."""
    return [
        {
            "kpi": kpi.kpi,
            "kpi_name": kpi.name,
            "outcome": kpi.outcome,
            "dimension": framework.outcomes[kpi.outcome].dimension,
            "formula": kpi.formula,
            "scale": framework.scale(kpi),
            "numerator": kpi.numerator,
            "denominator": kpi.denominator,
            "unit": kpi.unit,
            "symbol": framework.units[kpi.unit].symbol,
            "decimals": framework.units[kpi.unit].decimals,
            "direction": kpi.direction,
            "minimum": kpi.minimum,
            "maximum": kpi.maximum,
            "disclosure": kpi.disclosure,
        }
        for kpi in framework.kpis.values()
    ]


def _by_cycle(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for cycle, kpi, value in rows:
        found[cycle][kpi] = value
    return dict(found)


def _known(connection: duckdb.DuckDBPyConnection, cycle: str | None) -> str:
    """Which Members of a cycle, or which cycles there are, in words."""
    if cycle is None:
        rows = connection.execute("select cycle from shown.reference.cycles order by 1").fetchall()
    else:
        rows = connection.execute("select member from shown.reference.members where cycle = ? order by 1", [cycle]).fetchall()
    names = [name for (name,) in rows]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
