"""Invented Members: ISO 3166 user-assigned codes, with attributes spread as those of the first cycle's participants."""

from __future__ import annotations

import itertools
import string
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from orchestration.inputs.members import MemberRow
from orchestration.inputs.records import InputError, read_csv

if TYPE_CHECKING:
    from orchestration.inputs.home import Home
    from orchestration.inputs.records import Problem
    from orchestration.sample.targets import Targets

INCOME_STEPS = ("Low income", "Lower middle income", "Upper middle income", "High income")
TYPE_SHARES = {"Customs": 0.55, "Revenue authority": 0.3, "Border agency": 0.11, "": 0.04}
"""The type of administration has no source; its spread is invented."""


@dataclass(frozen=True)
class SampleMember:
    """An invented Member.

    Attributes:
        capacity: its general level of performance, about 0 with a spread of about 1.
    """

    member: str
    name: str
    groups: dict[str, str]
    capacity: float


def sample_codes() -> list[str]:
    """The user-assigned codes XAA to XZZ, less XKX, which stands for Kosovo in wide use."""
    pairs = itertools.product(string.ascii_uppercase, repeat=2)
    return [code for code in ("X" + "".join(pair) for pair in pairs) if code != "XKX"]


def sample_roster(home: Home, targets: Targets) -> list[SampleMember]:
    """The Members of a sample cycle: first the sufficient, then the partial, the unusable and the silent.

    A Member's attributes and capacity depend on its code and `members_seed` only, so that cycles share Members.
    """
    problems: list[Problem] = []
    rows = read_csv(home.members, MemberRow, problems, extra="groups")
    if problems:
        raise InputError("The list of Members can't be used", problems)
    took_part = [row for row in rows.values() if row.groups.get("cycle_1") == "true"]
    others = [row for row in rows.values() if row.groups.get("cycle_1") != "true"]
    codes = sample_codes()[: targets.file.n_nominated]
    columns = {
        name: _spread(name, took_part, others, targets.file.members_seed)
        for name in targets.framework.groupings
        if name != "administration_type"
    }
    members = []
    for index, code in enumerate(codes):
        rng = Random(f"{targets.file.members_seed}/{code}")
        groups = {name: values[index % len(values)] for name, values in columns.items()}
        if "administration_type" in targets.framework.groupings:
            groups["administration_type"] = rng.choices(list(TYPE_SHARES), list(TYPE_SHARES.values()))[0]
        income = groups.get("income_group", "")
        step = INCOME_STEPS.index(income) if income in INCOME_STEPS else 1.5
        members.append(SampleMember(code, f"Sample Member {code}", groups, (step - 1.5) / 2 + rng.gauss(0, 0.8)))
    return members


def _spread(grouping: str, took_part: list[MemberRow], others: list[MemberRow], seed: str) -> list[str]:
    """A grouping's values, shuffled for themselves, so that no invented Member has a real one's set of attributes."""
    values = []
    for name, rows in (("took part", took_part), ("others", others)):
        column = [row.groups.get(grouping, "") for row in rows]
        Random(f"{seed}/{grouping}/{name}").shuffle(column)
        values += column
    return values
