"""What a scorecard says: a Member's own figures beside what it may see of all Members and of its groups."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from orchestration.report import charts
from orchestration.report.charts import Chart
from orchestration.report.figures import ALL
from orchestration.report.page import Page
from orchestration.report.pages.kpi import correlation
from orchestration.report.scorecard.place import HIGHER, LOWER, Place, Rank, place_of, rank_of
from orchestration.report.table import Cell, Column, table
from orchestration.report.view import View

if TYPE_CHECKING:
    from orchestration.report.figures import Cycle
    from orchestration.report.language import Language
    from orchestration.report.scorecard.own import Own

MOST_INSTRUMENTS, MOST_PEERS = 3, 4
"""How many instruments are named for a need, and how many peers who use one."""


class Help(NamedTuple):
    """An instrument that could help where a Member is weak.

    Attributes:
        name: of the instrument.
        own: what the Member said of it.
        evidence: what its use has to do with the KPI, and how many use it.
        peers: who uses it, most groups in common first.
    """

    name: str
    own: str
    evidence: str
    peers: str


def note_from_warehouse(say: Language, held: str | None = None) -> str:
    """For whom a scorecard of the warehouse is, and of what it is made.

    Args:
        say: the language.
        held: the earlier publication whose figures of the cycle the audience keeps, where it is held for it.
    """
    note = say(
        "For this administration and the Secretariat alone. Others' figures are those that the National Contact Points of all "
        "Members may see."
    )
    if held is not None:
        note += " " + say("They are those of {publication}, since the cycle is held.", publication=held)
    return note


def note_from_file(say: Language, file: str) -> str:
    """Of what a scorecard of a Member's own file is made."""
    return say("Made on this computer from {file}: nothing was sent.", file=file)


def compared(own: Own, cycle: Cycle) -> Cycle:
    """A cycle of an audience's file, with all KPIs of the Member's framework named, those that the audience is not shown too."""
    return replace(cycle, tables=cycle.tables | {"reference.kpis": own.kpis}, also=frozenset(row["kpi"] for row in own.kpis))


class Card:
    """A Member's scorecard.

    Args:
        own: what it has sent.
        cycle: what its audience's file shows of the cycle that it is compared with.
        audience: whose file that is.
        language: of the page.
        note: for whom the page is, and of what it is made.
    """

    def __init__(self, own: Own, cycle: Cycle, audience: str, language: Language, note: str) -> None:
        self.own, self.note = own, note
        self.view = View(audience, compared(own, cycle), language)

    def page(self) -> Page:
        """The page."""
        view, own, say = self.view, self.own, self.view.language
        drawn = [chart for chart in (self._by_dimension(),) if chart]
        context = {
            "lead": say("Reporting year {year}", year=own.year) + f" · {own.cycle}",
            "for_whom": self.note,
            "tiles": self._tiles(),
            "sentences": self._sentences(),
            "strengths": [self._standing(kpi) for kpi in self.at(Place.BEST)],
            "needs": [self._standing(kpi) | {"help": self.help_for(kpi)} for kpi in self.at(Place.WEAKEST)],
            "kpis": self._table_of_kpis(),
            "cycles": self._table_of_cycles(),
            "groups": self._table_of_groups(),
            "missing": [f"{kpi} {view.kpi(kpi)}" for kpi in own.missing],
            "not_applicable": [f"{kpi} {view.kpi(kpi)}" for kpi in view.cycle.kpis if kpi in own.not_applicable],
            "instruments": self._table_of_instruments(),
        }
        path = f"{own.cycle}/{own.member}.html"
        return Page(path, "scorecard.html", say("Scorecard of {name}", name=own.name), context, tuple(drawn))

    def value(self, kpi: str) -> float | None:
        """The Member's value, with the decimals that the audience is shown of others'."""
        value = self.own.values.get(kpi)
        return None if value is None else round(value, self.view.decimals(kpi))

    def direction(self, kpi: str) -> str:
        """Which values of a KPI are better."""
        return str(self.view.cycle.kpis[kpi]["direction"])

    @cached_property
    def places(self) -> dict[str, Place]:
        """Where the Member's values stand among all Members', by KPI, where enough is shown to say so."""
        found = {}
        for kpi in self.view.cycle.kpis:
            value = self.value(kpi)
            place = None if value is None else place_of(value, self.view.cycle.results[kpi].get(ALL), self.direction(kpi))
            if place is not None:
                found[kpi] = place
        return found

    def at(self, place: Place) -> list[str]:
        """The KPIs of which the Member stands at a place; those that are not judged are none of them."""
        return [kpi for kpi, one in self.places.items() if one is place and self.direction(kpi) in (HIGHER, LOWER)]

    def rank(self, kpi: str) -> Rank | None:
        """The Member's rank among the values that are shown."""
        value, shown = self.value(kpi), self.view.cycle.values.get(kpi, [])
        if value is None or any(member is None for member, _ in shown):
            return None
        return rank_of(value, [other for member, other in shown if member != self.own.member], self.direction(kpi))

    def befores(self, kpi: str) -> list[tuple[str, float]]:
        """The Member's values in the earlier cycles with which the KPI is compared, the nearest first, with their cycles."""
        cycle = self.view.cycle
        if self.own.cycle == cycle.name:
            cycles = [row["previous_cycle"] for row in cycle.trends[kpi].get(ALL, []) if row["is_comparable"]]
        else:
            cycles = [cycle.name]
        return [(name, value) for name in cycles if (value := self.own.earlier.get(name, {}).get(kpi)) is not None]

    def change(self, kpi: str) -> float | None:
        """How the Member's value has changed since then."""
        value, befores = self.own.values.get(kpi), self.befores(kpi)
        return None if value is None or not befores else value - befores[0][1]

    def help_for(self, kpi: str) -> list[Help]:
        """Instruments that could help with a KPI and that the Member does not use, those with evidence first."""
        cycle, view = self.view.cycle, self.view
        found: list[tuple[tuple[bool, bool, float], Help]] = []
        for row in cycle.rows("correlation.instrument_findings"):
            instrument = row["instrument"]
            if row["kpi"] != kpi or self.own.usage.get(instrument) == "in_use":
                continue
            related = cycle.correlations.get((instrument, kpi, "usage"), {})
            sign, is_significant = related.get("sign"), bool(related.get("is_significant"))
            if sign == "negative" and is_significant:
                continue
            order = (not (sign == "positive" and is_significant), sign != "positive", -(row["in_use_rate"] or 0.0))
            evidence, peers = self._evidence(row, kpi), self._peers(instrument, kpi)
            text = Help(view.instrument(instrument), self._own_use(instrument), evidence, peers)
            found.append((order, text))
        return [one for _, one in sorted(found, key=lambda pair: pair[0])[:MOST_INSTRUMENTS]]

    def peers(self, instrument: str, kpi: str) -> list[tuple[str, int]]:
        """Who uses an instrument, as far as it is shown, and how many groups each has in common.

        The most groups first, and of those with as many the one that does best on a KPI, where its value is shown.
        """
        users = self.view.cycle.users.get(instrument, {}).get("in_use")
        members = [] if users is None else [member for member in users.members if member != self.own.member]
        groups, sign = self._groups_of_members, -1.0 if self.direction(kpi) == HIGHER else 1.0
        values = {member: sign * value for member, value in self.view.cycle.values.get(kpi, []) if member is not None}
        in_common = [(member, len(groups.get(member, frozenset()) & frozenset(self.own.groups.items()))) for member in members]
        return sorted(in_common, key=lambda pair: (-pair[1], values.get(pair[0], math.inf), pair[0]))

    @cached_property
    def _groups_of_members(self) -> dict[str, frozenset[tuple[str, str]]]:
        found: dict[str, set[tuple[str, str]]] = {}
        for row in self.view.cycle.rows("reference.member_groups"):
            found.setdefault(row["member"], set()).add((row["grouping"], row["group_name"]))
        return {member: frozenset(groups) for member, groups in found.items()}

    def _peers(self, instrument: str, kpi: str) -> str:
        say, peers = self.view.language, self.peers(instrument, kpi)
        if not peers:
            return ""
        named = [
            say("{name} ({n} of {all} groups in common)", name=self.view.member(member), n=n, all=len(self.own.groups))
            for member, n in peers[:MOST_PEERS]
        ]
        more = len(peers) - len(named)
        return self.view.join([*named, say.plural("{n} other", "{n} others", more)] if more else named)

    def _own_use(self, instrument: str) -> str:
        """What the Member said of an instrument."""
        say = self.view.language
        words = {
            "in_use": say("in use"),
            "plans_to_use": say("planned"),
            "no_plans": say("no plans"),
        }
        if (usage := self.own.usage.get(instrument)) is not None:
            return words[usage]
        aware = {"yes": say("known, nothing said of its use"), "no": say("not known")}
        return aware.get(self.own.aware.get(instrument, ""), say("not answered"))

    def _evidence(self, row: dict[str, Any], kpi: str) -> str:
        say, parts = self.view.language, []
        if row["in_use_rate"] is not None:
            parts.append(say("in use by {rate} of all Members", rate=say.percent(row["in_use_rate"])))
        if self.view.cycle.correlations.get((row["instrument"], kpi, "usage"), {}).get("strength") is not None:
            parts.append(correlation(self.view, row["instrument"], kpi))
        return " · ".join(parts)

    def _tiles(self) -> list[tuple[str, str]]:
        say, own = self.view.language, self.own
        n_reported = say.number(len(own.applicable) - len(own.missing), 0)
        found = [
            (
                say("{n} of {all}", n=n_reported, all=say.number(len(own.applicable), 0)),
                say("KPIs reported, of those that apply"),
            ),
            (
                say("{n} of {all}", n=say.number(own.n_answered, 0), all=say.number(len(self.view.cycle.instruments), 0)),
                say("instruments answered about"),
            ),
        ]
        if self.places:
            found += [
                (say.number(len(self.at(Place.BEST)), 0), say("KPIs in the best quarter")),
                (say.number(len(self.at(Place.WEAKEST)), 0), say("KPIs in the weakest quarter")),
            ]
        return found

    def _sentences(self) -> list[str]:
        say, own, cycle = self.view.language, self.own, self.view.cycle
        if not own.is_sent:
            return [say("No submission of it counts in this cycle.")]
        needed = say(
            "{rate} of the KPIs that apply and {n} instruments are needed.",
            rate=say.percent(own.least_rate),
            n=say.number(own.least_instruments, 0),
        )
        suffices = say("The answers suffice: they enter the results.")
        too_few = say("The answers do not suffice: they enter no result.")
        found = [f"{suffices if own.is_sufficient else too_few} {needed}"]
        if own.cycle != cycle.name:
            found.append(say("Others' figures are those of {cycle}, reporting year {year}.", cycle=cycle.name, year=cycle.year))
        n_judged = sum(self.direction(kpi) in (HIGHER, LOWER) for kpi in self.places)
        if n_judged:
            found.append(
                say(
                    "Of {n} KPIs whose place among all Members can be told, {best} stand in the best quarter, {weakest} in the "
                    "weakest.",
                    n=say.number(n_judged, 0),
                    best=say.number(len(self.at(Place.BEST)), 0),
                    weakest=say.number(len(self.at(Place.WEAKEST)), 0),
                )
            )
        changes = [self._is_better(kpi) for kpi in cycle.kpis]
        if any(one is not None for one in changes):
            found.append(
                say(
                    "Since it last reported, {better} KPIs are better and {worse} worse.",
                    better=say.number(changes.count(True), 0),
                    worse=say.number(changes.count(False), 0),
                )
            )
        return found

    def _is_better(self, kpi: str) -> bool | None:
        change, direction = self.change(kpi), self.direction(kpi)
        if change is None or direction not in (HIGHER, LOWER) or round(change, self.view.decimals(kpi)) == 0:
            return None
        return (change > 0) == (direction == HIGHER)

    def word(self, place: Place | None, kpi: str) -> str:
        """A place, in words."""
        if place is None:
            return ""
        say = self.view.language
        judged = {
            Place.BEST: say("best quarter"),
            Place.SECOND: say("second quarter"),
            Place.THIRD: say("third quarter"),
            Place.WEAKEST: say("weakest quarter"),
            Place.BETTER_HALF: say("better half"),
            Place.WEAKER_HALF: say("weaker half"),
            Place.BETTER_THAN_MEAN: say("better than the mean"),
            Place.WORSE_THAN_MEAN: say("worse than the mean"),
            Place.AS_MOST: say("as most"),
        }
        by_size = {
            Place.BEST: say("highest quarter"),
            Place.SECOND: say("second highest quarter"),
            Place.THIRD: say("third highest quarter"),
            Place.WEAKEST: say("lowest quarter"),
            Place.BETTER_HALF: say("upper half"),
            Place.WEAKER_HALF: say("lower half"),
            Place.BETTER_THAN_MEAN: say("above the mean"),
            Place.WORSE_THAN_MEAN: say("below the mean"),
            Place.AS_MOST: say("as most"),
        }
        return (judged if self.direction(kpi) in (HIGHER, LOWER) else by_size)[place]

    def _standing(self, kpi: str) -> dict[str, Any]:
        """A KPI among the strengths or the needs."""
        view, say, rank = self.view, self.view.language, self.rank(kpi)
        of_all = view.cycle.results[kpi].get(ALL, {})
        parts = [view.figure(kpi, self.own.values[kpi])]
        if of_all.get("median") is not None:
            parts.append(say("median of all Members {median}", median=view.figure(kpi, of_all["median"])))
        if rank is not None:
            parts.append(say("rank {place} of {n} that are shown", place=rank.place, n=rank.n))
        return {"code": kpi, "name": view.kpi(kpi), "text": " · ".join(parts)}

    def _by_dimension(self) -> Chart | None:
        """Of each dimension's KPIs the shares that stand in the best quarter, in the middle and in the weakest."""
        say, view = self.view.language, self.view
        rows: list[dict[str, Any]] = []
        for dimension in view.cycle.dimensions:
            places = [
                place
                for kpi, place in self.places.items()
                if view.cycle.kpis[kpi]["dimension"] == dimension and self.direction(kpi) in (HIGHER, LOWER)
            ]
            if places:
                n_best, n_weakest = places.count(Place.BEST), places.count(Place.WEAKEST)
                rows.append(
                    {
                        "dimension": view.dimension(dimension),
                        "n": len(places),
                        "best": n_best,
                        "between": len(places) - n_best - n_weakest,
                        "weakest": n_weakest,
                    }
                )
        if not rows:
            return None
        parts = {"best": say("best quarter"), "between": say("in between"), "weakest": say("weakest quarter")}
        columns = {"dimension": say("Dimension"), "n": say("KPIs"), **parts}
        text = "; ".join(
            say(
                "{dimension}: {best} of {n} KPIs in the best quarter, {weakest} in the weakest",
                **{name: row[name] for name in ("dimension", "best", "n", "weakest")},
            )
            for row in rows
        )
        shares = [(f"{row['dimension']} ({row['n']})", [row[part] / row["n"] for part in parts]) for row in rows]
        drawing = charts.shares(say("Share of the KPIs whose place can be told"), shares, list(parts.values()))
        return Chart("by-dimension", say("Where its KPIs stand, by dimension"), text, drawing, columns, rows)

    def _table_of_kpis(self) -> dict[str, Any] | None:
        view, say, rows = self.view, self.view.language, []
        for kpi in view.cycle.kpis:
            if kpi not in self.own.values:
                continue
            of_all, change, rank = view.cycle.results[kpi].get(ALL, {}), self.change(kpi), self.rank(kpi)
            place, is_better = self.places.get(kpi), self._is_better(kpi)
            mark = "" if self.direction(kpi) == "none" else MARKS.get(place, "") if place else ""
            why = say("Not in the file that it is compared with.") if not of_all else view.withheld(of_all["suppression"])
            rows.append(
                [
                    Cell(kpi),
                    Cell(view.kpi(kpi)),
                    Cell(view.figure(kpi, self.own.values[kpi]), sort=self.own.values[kpi]),
                    Cell(view.change(kpi, change), mark="" if is_better is None else "better" if is_better else "worse"),
                    Cell(view.figure(kpi, of_all.get("mean")), sort=of_all.get("mean")),
                    Cell(view.figure(kpi, of_all.get("median")), sort=of_all.get("median")),
                    Cell(self.word(place, kpi), mark=mark, note=why),
                    Cell("" if rank is None else say("{place} of {n}", place=rank.place, n=rank.n)),
                ]
            )
        if not rows:
            return None
        columns = [
            Column(say("Code")),
            Column(say("KPI")),
            Column(say("Own"), is_figure=True),
            Column(say("Since last reported"), is_figure=True),
            Column(say("Mean"), is_figure=True),
            Column(say("Median"), is_figure=True),
            Column(say("Place among all Members")),
            Column(say("Rank among those shown"), is_figure=True),
        ]
        return table("kpis", say("Own values, and all Members"), columns, rows)

    def _table_of_cycles(self) -> dict[str, Any] | None:
        """The Member's values over the cycles with which each KPI is compared, the earliest first."""
        view, say, cycle = self.view, self.view.language, self.view.cycle
        earlier = [name for name in sorted(self.own.earlier, key=lambda name: cycle.years.get(name, 0)) if name in cycle.years]
        rows = []
        for kpi in cycle.kpis:
            known = dict(self.befores(kpi))
            if kpi in self.own.values and known:
                cells = [Cell(view.figure(kpi, known.get(name)), sort=known.get(name)) for name in earlier]
                rows.append([Cell(kpi), Cell(view.kpi(kpi)), *cells, Cell(view.figure(kpi, self.own.values[kpi]))])
        if not rows:
            return None
        columns = [Column(say("Code")), Column(say("KPI"))]
        columns += [Column(f"{cycle.years[name]} ({name})", is_figure=True) for name in earlier]
        columns.append(Column(f"{self.own.year} ({self.own.cycle})", is_figure=True))
        return table("cycles", say("Own values over the cycles"), columns, rows)

    def _table_of_groups(self) -> dict[str, Any] | None:
        view, say = self.view, self.view.language
        groups = [
            (one.grouping, self.own.groups[one.grouping]) for one in view.cycle.groupings if one.grouping in self.own.groups
        ]
        rows = []
        for kpi in view.cycle.kpis:
            results = view.cycle.results[kpi]
            if kpi not in self.own.values or not any((results.get(group) or {}).get("mean") is not None for group in groups):
                continue
            cells = []
            for group in groups:
                row = results.get(group) or {}
                place = place_of(self.value(kpi) or 0.0, row, self.direction(kpi))
                mark = "" if self.direction(kpi) == "none" or place is None else MARKS.get(place, "")
                word = self.word(place, kpi)
                mean = view.figure(kpi, row.get("mean"))
                cells.append(Cell(f"{mean} ({word})" if word else mean, mark=mark))
            rows.append([Cell(kpi), Cell(view.kpi(kpi)), Cell(view.figure(kpi, self.own.values[kpi])), *cells])
        if not rows:
            return None
        columns = [Column(say("Code")), Column(say("KPI")), Column(say("Own"), is_figure=True)]
        columns += [Column(f"{view.group(group)} ({view.grouping(group[0])})") for group in groups]
        return table("groups", say("Own values, and the means of its groups"), columns, rows)

    def _table_of_instruments(self) -> dict[str, Any]:
        view, say, rows = self.view, self.view.language, []
        for code in view.cycle.instruments:
            of_all = view.cycle.use[code].get(ALL, {})
            aware = {"yes": say("yes"), "no": say("no")}.get(self.own.aware.get(code, ""), "")
            usage = self._own_use(code) if code in self.own.usage else ""
            rows.append(
                [
                    Cell(code),
                    Cell(view.instrument(code)),
                    Cell(aware),
                    Cell(usage),
                    Cell(say.percent(of_all.get("awareness_rate"))),
                    Cell(say.percent(of_all.get("in_use_rate"))),
                ]
            )
        columns = [
            Column(say("Code")),
            Column(say("Instrument")),
            Column(say("Aware")),
            Column(say("Use")),
            Column(say("Aware, all Members"), is_figure=True),
            Column(say("In use, all Members"), is_figure=True),
        ]
        return table("instruments", say("Instruments"), columns, rows)


MARKS = {
    Place.BEST: "better",
    Place.BETTER_HALF: "better",
    Place.WEAKEST: "worse",
    Place.WEAKER_HALF: "worse",
}
"""How a place is marked in a table."""
