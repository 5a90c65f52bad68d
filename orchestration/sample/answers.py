"""The sample Members' answers: values that follow each KPI's curve, handed out so that able Members tend to do better."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

from orchestration.inputs.framework.model import DISCLOSURES
from orchestration.intake.forms.draft import Draft

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.inputs.framework import Framework, Kpi
    from orchestration.sample.roster import SampleMember
    from orchestration.sample.targets import KpiTarget, Targets

NARROWER_SHARE = 0.02
"""Share of figures for which a Member chooses a narrower level than the KPI's; invented."""

Figures = dict[str, "str | int | float"]


def curve(target: KpiTarget, n: int) -> list[float]:
    """N values from low to high with the target's mean, those of a power curve at the middle of n equal steps.

    With the mean above the middle the values crowd at the high end (negative skewness), below it at the low end.
    """
    low, mean, high = target.low, target.mean, target.high
    steps = [(i + 0.5) / n for i in range(n)]
    if mean >= (low + high) / 2:
        power = (high - low) / (high - mean) - 1
        values = [high - (high - low) * s**power for s in reversed(steps)]
    else:
        power = (high - low) / (mean - low) - 1
        values = [low + (high - low) * s**power for s in steps]
    shift = mean - sum(values) / n
    return [min(high, max(low, v + shift)) for v in values]


def sufficient_drafts(targets: Targets, members: Sequence[SampleMember]) -> list[Draft]:
    """The answers of the sufficient Members, one draft a Member in the same order; status filled in for every KPI."""
    drafts = [Draft(m.member, m.name, 1, _sent(targets, m.member), {k: {} for k in targets.framework.kpis}) for m in members]
    for kpi in targets.framework.kpis.values():
        target = targets.kpis[kpi.kpi]
        rng = Random(f"{targets.file.seed}/{kpi.kpi}")
        order = list(range(len(members)))
        rng.shuffle(order)
        reporting = order[: target.n_reported]
        for index in order[target.n_reported :][: target.n_not_applicable]:
            drafts[index].kpis[kpi.kpi]["status"] = "not_applicable"
        for index in order[target.n_reported + target.n_not_applicable :]:
            drafts[index].kpis[kpi.kpi]["status"] = "not_available"
        sign = -1 if kpi.direction == "lower" else 1
        lean = 0.0 if kpi.direction == "none" else 0.6
        reporting.sort(key=lambda i: sign * lean * members[i].capacity + rng.gauss(0, 0.8))
        for index, value in zip(reporting, curve(target, len(reporting)), strict=True):
            answer: Figures = {"status": "reported", **figures(targets.framework, kpi, value, rng)}
            drafts[index].kpis[kpi.kpi] = answer
    _answer_instruments(targets, members, drafts)
    for draft in drafts:
        _choose_levels(targets, draft)
    return drafts


def _choose_levels(targets: Targets, draft: Draft) -> None:
    """Now and then a Member wants a figure seen by fewer than the KPI's own level lets."""
    rng = Random(f"{targets.file.seed}/disclosure/{draft.member}")
    for code, answer in draft.kpis.items():
        narrower = DISCLOSURES[DISCLOSURES.index(targets.framework.kpis[code].disclosure) + 1 :]
        if answer["status"] == "reported" and narrower and rng.random() < NARROWER_SHARE:
            answer["disclosure"] = rng.choice(narrower)


def figures(framework: Framework, kpi: Kpi, value: float, rng: Random) -> Figures:
    """Figures that give a KPI's value as nearly as whole numbers allow."""
    base = int(10 ** rng.uniform(4.2, 6.5))
    scale = framework.scale(kpi)
    if kpi.formula == "ratio":
        return {"numerator": round(value / scale * base), "denominator": base}
    if kpi.formula == "variation":
        return {"current": round(base * (1 + value / scale)), "previous": base}
    return {"value": round(value) if kpi.unit == "count" else round(value, 2)}


def _answer_instruments(targets: Targets, members: Sequence[SampleMember], drafts: list[Draft]) -> None:
    for code, target in targets.instruments.items():
        rng = Random(f"{targets.file.seed}/{code}")
        ranked = sorted(range(len(members)), key=lambda i: -0.5 * members[i].capacity - rng.gauss(0, 0.8))
        for place, index in enumerate(ranked):
            users, planners = target.n_in_use, target.n_in_use + target.n_plans_to_use
            usage = "in_use" if place < users else "plans_to_use" if place < planners else "no_plans"
            aware = "yes" if place < target.n_aware else "no"
            drafts[index].instruments[code] = {"aware": aware, "usage": usage}


def partial_draft(targets: Targets, member: SampleMember) -> Draft:
    """The answers of a Member that sends something, but too little to be sufficient: up to a third of the KPIs."""
    rng = Random(f"{targets.file.seed}/partial/{member.member}")
    draft = Draft(member.member, member.name, 1, _sent(targets, member.member))
    codes = list(targets.framework.kpis)
    for code in sorted(rng.sample(codes, rng.randint(2, len(codes) // 3))):
        kpi, target = targets.framework.kpis[code], targets.kpis[code]
        value = rng.choice(curve(target, 20))
        draft.kpis[code] = {"status": "reported", **figures(targets.framework, kpi, value, rng)}
    for code in rng.sample(list(targets.instruments), rng.randint(0, len(targets.instruments) // 2)):
        draft.instruments[code] = {"aware": rng.choice(["yes", "no"]), "usage": rng.choice(["in_use", "no_plans"])}
    return draft


def _sent(targets: Targets, member: str) -> dt.datetime:
    rng = Random(f"{targets.file.seed}/sent/{member}")
    days = (targets.file.last_day - targets.file.first_day).days
    start = dt.datetime.combine(targets.file.first_day, dt.time(8))
    return start + dt.timedelta(days=rng.randint(0, days), minutes=rng.randint(0, 540))
