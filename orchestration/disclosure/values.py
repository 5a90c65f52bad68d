"""Which figures of a KPI can be shown, and whose values, so that no secret value follows from them even nearly.

What makes a secret safe is another *world*: other values of some Members for which every figure that is shown has the same
digits. A secret is safe from an intruder if there is a world in which it is lower by p percent at least, and one in which it is
higher, and in both the intruder's own value is the true one. That is the p % rule with interval protection of statistical
disclosure control (Hundepool et al. 2012, Statistical Disclosure Control, 4.2 to 4.4), for outsiders and for each Member as an
intruder, with the proof at hand: all of the figures, of whatever kind, are computed for each world and compared.

A world is found by linear programming: the secret moves, others move against it so that the means of all groups and panels stay
within their rounding, and as few values as possible that could be shown have to be hidden for it. All Members' deviation and
skewness, which are not linear, are held by repeated linearization. Figures that a world does not leave as they are, are withheld.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.solver import Columns, least

if TYPE_CHECKING:
    from numpy.typing import NDArray

SKEWNESS_DECIMALS = 2
"""With how many decimals skewness is published; it has no unit."""
ROUNDS = 4
"""Times that it is decided who moves, each time with those cheaper who moved much before: few move far, not many a little."""
REPAIRS = 5
"""Times that what they move is mended after that, until squares and cubes come out as published."""
TRIES, HALVES = 6, 3
"""Worlds looked for at most for one goal of a secret, and of these those that need to spare half of the possible insiders only:
three worlds of which no two need the same Members hide fewer values than two that have none in common."""
CANDIDATES = 120
"""How many Members at most take part in the search for one world: the hidden, then those that share most groups."""
MANY = 500
"""Values from which on figures are computed only of the groups that a world changes."""
MARGIN = 0.9
"""Share of its rounding within which a figure is held, so that arithmetic's own rounding never shows."""
EXCESS = 1.02
"""How much farther than necessary a secret moves, for the same reason."""
AT_ONCE = 300_000
"""Values of groups whose figures are worked out at once, some megabytes of them."""
NEARLY = 1e-11
"""By what share of itself a figure may come out otherwise where it is computed in another order."""
HIDDEN, HIDING, QUARTILE = 0.02, 1.05, 1.26
"""What it costs to move a value by as much as the secret: a hidden one, one that has to be hidden for it, and more where a
quartile of a group moves with it."""
OF_MEAN, OF_ALL, OF_PANEL, OF_SHAPE = 15.0, 1000.0, 4.5, 40.0
"""What it costs to lose a group's mean (and one more for each of its Members), all Members' mean, a panel, all Members' shape."""


@dataclass(frozen=True)
class Figures:
    """What is published of a KPI's values; without a figure, not a number. Of many worlds, worlds come first in each shape.

    Attributes:
        mean: by group; shape (groups,).
        quartiles: first, second, third; shape (groups, 3).
        stddev: by group; shape (groups,).
        skewness: by group; shape (groups,).
        judgement: by group a number for performance and degree; shape (groups,).
        panel_mean: by panel; shape (panels,).
    """

    mean: NDArray[np.float64]
    quartiles: NDArray[np.float64]
    stddev: NDArray[np.float64]
    skewness: NDArray[np.float64]
    judgement: NDArray[np.float64]
    panel_mean: NDArray[np.float64]


@dataclass(frozen=True)
class Target:
    """The values that were reported of one KPI in one cycle.

    Attributes:
        values: shape (n,).
        is_secret: whose value may not be shown; shape (n,).
        minimum: least value that is possible; minus infinity where there is none.
        maximum: largest value that is possible.
        decimals: with which figures in the KPI's unit are published.
        is_whole: whether values are whole numbers.
        percent: how far to either side of a secret its interval reaches at least.
        groups: whether each group has each Member; all Members first; shape (groups, n).
        panels: the same of those that reported in another cycle too; shape (panels, n).
        least_for_mean, least_for_shape, least_for_judgement: fewest Members of each.
        thresholds: of skewness, from which on it is judged, and strongly.
        well: the sign of a skewness that means that most do well; 0 where the KPI is not judged.
        earlier: what earlier publications tell of the same; None where there is none.
    """

    values: NDArray[np.float64]
    is_secret: NDArray[np.bool_]
    minimum: float
    maximum: float
    decimals: int
    is_whole: bool
    percent: float
    groups: NDArray[np.bool_]
    panels: NDArray[np.bool_]
    least_for_mean: int
    least_for_shape: int
    least_for_judgement: int
    thresholds: tuple[float, float]
    well: int
    earlier: Earlier | None = None

    @property
    def everybody(self) -> tuple[int, ...]:
        """The groups that have all who reported: one for each publication."""
        return (0,) if self.earlier is None else self.earlier.everybody

    def with_own(self, is_changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which values a Member can compare with its own, where one of them is changed; shape (..., n), as is the result."""
        if self.earlier is None:
            return is_changed
        is_own = self.earlier.owners[:, None] == self.earlier.owners
        return np.asarray(is_changed.astype(np.float32) @ is_own.astype(np.float32) > 0, dtype=bool)

    @cached_property
    def reach(self) -> NDArray[np.float64]:
        """How far each value has to be uncertain to either side, before the ends of the range are looked at; shape (n,)."""
        low = self.minimum if np.isfinite(self.minimum) else self.values.min()
        high = self.maximum if np.isfinite(self.maximum) else self.values.max()
        of_range = self.percent / 100 * ((high - low) or max(abs(high), 1.0))
        is_near = (self.values - self.minimum < of_range) | (self.maximum - self.values < of_range)
        # of nothing, p percent is nothing: it has to be uncertain by what is published at least
        return np.maximum(np.where(is_near, of_range, self.percent / 100 * np.abs(self.values)), 0.5 * 10.0**-self.decimals)

    def goals(self, member: int) -> tuple[float, float]:
        """The values that a secret must be able to have, or lie beyond: the lower and the higher one."""
        value, reach = self.values[member], EXCESS * self.reach[member]
        low, high = max(self.minimum, value - reach), min(self.maximum, value + reach)
        return (np.floor(low), np.ceil(high)) if self.is_whole else (low, high)

    @cached_property
    def is_truly_well(self) -> NDArray[np.bool_]:
        """Whether most of all Members do well; shape (publications,)."""
        return self.is_well(self.values)

    def is_well(self, world: NDArray[np.float64]) -> NDArray[np.bool_]:
        """The same for other values; shape (n,)."""
        found = np.zeros(len(self.everybody), dtype=bool)
        for number, row in enumerate(self.everybody):
            own = world[self.groups[row]]
            apart = own - own.mean()
            squared = apart * apart
            ends, sums = (own.min(), own.max()), (squared.sum(), (squared * apart).sum())
            found[number] = self._judgement(np.array(len(own)), *ends, *sums)[1] * self.well > 0
        return found

    def figures(self, values: NDArray[np.float64]) -> Figures:
        """What would be published of some values; shape (worlds, n), as is the result."""
        at_once = max(1, AT_ONCE // max(1, self.groups.size))
        parts = [self._figures(values[first : first + at_once]) for first in range(0, max(1, len(values)), at_once)]
        return Figures(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))

    def _figures(self, values: NDArray[np.float64]) -> Figures:
        n = self.groups.sum(axis=1)
        # each group's values in their order, before those of all others
        ordered = np.sort(np.where(self.groups, values[:, None], np.inf), axis=2, kind="stable")
        is_own = np.arange(values.shape[1]) < n[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            # as exact as numpy's own sums, since deviations may be a tiny part of the values
            mean = np.where(is_own, ordered, 0).sum(axis=2) / n
            apart = np.where(is_own, ordered - mean[:, :, None], 0)
            squares, cubes = np.einsum("wgn,wgn->wg", apart, apart), np.einsum("wgn,wgn,wgn->wg", apart, apart, apart)
            stddev = np.where(n > 1, np.sqrt(squares / (n - 1)), np.nan)
            panel_mean = values @ self.panels.T / self.panels.sum(axis=1)
        # between two values in proportion (Hyndman and Fan 1996, definition 7)
        quarters = np.arange(1, 4) * np.maximum(n - 1, 0)[:, None]
        group = np.arange(len(n))[:, None]
        below, above = ordered[:, group, quarters // 4], ordered[:, group, -(-quarters // 4)]
        smallest, largest = ordered[:, :, 0], ordered[:, group[:, 0], np.maximum(n - 1, 0)]
        with np.errstate(invalid="ignore"):
            quartiles = np.where(n[:, None] == 0, np.nan, below + (above - below) * (quarters % 4 / 4))
        skewness, judgement = self._judgement(n, smallest, largest, squares, cubes)
        return Figures(mean, quartiles, stddev, skewness, judgement, panel_mean)

    def _judgement(
        self,
        n: NDArray[np.int64],
        smallest: NDArray[np.float64],
        largest: NDArray[np.float64],
        squares: NDArray[np.float64],
        cubes: NDArray[np.float64],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Skewness and the judgement of it, from groups' numbers, ends, and sums of powers of deviations; any shape."""
        with np.errstate(divide="ignore", invalid="ignore"):
            g1 = np.sqrt(n * (n - 1.0)) / (n - 2) * (cubes / n) / (squares / n) ** 1.5
            varies = largest - smallest > 1e-12 * np.maximum(np.abs(smallest), np.abs(largest))
        skewness = np.where(varies & (n > 2), g1, np.nan)
        moderate, strong = self.thresholds
        judgement = np.digitize(skewness, [moderate, strong]) - np.digitize(-skewness, [moderate, strong]).astype(float)
        is_judged = (n >= self.least_for_judgement) & ~np.isnan(skewness)
        return skewness, np.where(is_judged, judgement, np.nan)


@dataclass(frozen=True)
class Earlier:
    """What makes a target of several publications: a value that changed between them is two values, and groups are of either.

    Attributes:
        owners: whose value each is, as a number; shape (n,).
        is_known: which are released, and can't be hidden any more; shape (n,).
        everybody: the groups that have all who reported; the publication's that is made comes first.
        released: which figures are released, and can't be withheld any more.
    """

    owners: NDArray[np.int64]
    is_known: NDArray[np.bool_]
    everybody: tuple[int, ...]
    released: Shown


@dataclass
class Shown:
    """Which figures are shown, by group and panel, as in `Figures`."""

    mean: NDArray[np.bool_]
    quartiles: NDArray[np.bool_]
    shape: NDArray[np.bool_]
    judgement: NDArray[np.bool_]
    panels: NDArray[np.bool_]

    def __and__(self, other: Shown) -> Shown:
        """What is shown in both."""
        return Shown(*(own & getattr(other, name) for name, own in vars(self).items()))

    def has_all_of(self, other: Shown) -> bool:
        """Whether all that is shown in the other is shown here."""
        return all(bool((own | ~getattr(other, name)).all()) for name, own in vars(self).items())


@dataclass
class Choice:
    """What is shown of a KPI in a cycle.

    Attributes:
        is_hidden: whose values are not shown: secrets, and those that must not be beside them; shape (n,).
        shown: the figures that are.
        worlds: that prove it, values by Member; shape (worlds, n).
    """

    is_hidden: NDArray[np.bool_]
    shown: Shown
    worlds: NDArray[np.float64]


def rounded(figures: NDArray[np.float64], decimals: int) -> NDArray[np.float64]:
    """Figures as they are published: halves away from zero, as DuckDB rounds."""
    unit = 10.0**decimals
    return np.sign(figures) * np.floor(np.abs(figures) * unit + 0.5) / unit + 0.0


def alike(target: Target, worlds: NDArray[np.float64]) -> Shown:
    """Which figures have the same digits in truth and in all worlds; what is no figure anywhere is alike."""
    if len(target.values) < MANY:
        return _alike(target, worlds)
    # of many a world changes few, and figures of groups with one of these; to sort what is nearly in order is quick
    ordered = np.argsort(target.values, kind="stable")
    world, place = np.nonzero(worlds != target.values)
    parts = []
    for is_in in (*target.groups, *target.panels):
        own = ordered[is_in[ordered]]
        touched = np.unique(world[is_in[place]])
        everybody = np.ones((1, len(own)), dtype=bool)
        part = replace(target, values=target.values[own], is_secret=target.is_secret[own], earlier=None)
        part = replace(part, groups=everybody, panels=everybody)
        parts.append(_alike(part, worlds[touched[:, None], own]))
    n_groups = len(target.groups)
    found = {
        name: np.concatenate(
            [getattr(part, name) for part in (parts[n_groups:] if name == "panels" else parts[:n_groups])] or [[]]
        )
        for name in ("mean", "quartiles", "shape", "judgement", "panels")
    }
    return Shown(**{name: own.astype(bool) for name, own in found.items()})


def _alike(target: Target, worlds: NDArray[np.float64]) -> Shown:
    found = target.figures(np.vstack([target.values, worlds]))

    def same(figures: NDArray[np.float64], decimals: int) -> NDArray[np.bool_]:
        if not len(worlds):
            return np.ones(figures.shape[1:], dtype=bool)
        # a figure that is nearly a half is neither the one digit nor the other: others may compute it otherwise
        low, high = (rounded(figures * (1 + side), decimals) for side in (-NEARLY, NEARLY))
        is_same = ((low == low[0]) & (low == high)) | (np.isnan(low) & np.isnan(low[0]))
        return np.asarray(is_same.all(axis=0), dtype=bool)

    stddev = same(found.stddev, target.decimals)
    return Shown(
        same(found.mean, target.decimals),
        same(found.quartiles, target.decimals),
        stddev & same(found.skewness, SKEWNESS_DECIMALS),
        same(found.judgement, 0),
        same(found.panel_mean, target.decimals),
    )


def tells_alike(target: Target, world: NDArray[np.float64]) -> bool:
    """Whether the KPI is well performing in a world as it is in truth: goals show it, whatever is withheld."""
    return not target.well or bool((target.is_well(world) == target.is_truly_well).all())


def keeps_released(target: Target, world: NDArray[np.float64]) -> bool:
    """Whether a world leaves what is shown of goals, and what was released, as it is."""
    if target.earlier is None:
        return tells_alike(target, world)
    return tells_alike(target, world) and alike(target, world[None]).has_all_of(target.earlier.released)


def choose_values(
    target: Target,
    can_be_shown: Shown,
    hidden: NDArray[np.bool_],
    given: NDArray[np.float64],
    spare: NDArray[np.float64] | None = None,
) -> Choice:
    """Choose which figures are shown, and whose values.

    Args:
        target: the values.
        can_be_shown: figures that are not withheld for their size, or from a wider audience.
        hidden: whose values are hidden in any case, be they secret or not; shape (n,).
        given: worlds that prove a wider audience's file, which shows the same and more, or that were found before; shape
            (worlds, n).
        spare: worlds that are taken where the search finds none that leaves what was released as it is; shape (worlds, n).

    Returns:
        the choice; `prove` says whether its worlds prove all secrets safe. What earlier publications tell can't be withheld:
        where the choice does not show it, the worlds do not agree with it, and prove nothing.
    """
    is_hidden = hidden | target.is_secret | (given != target.values).any(axis=0)
    worlds = [*given]
    nothing = Shown(*(np.zeros_like(shown) for shown in vars(can_be_shown).values()))
    known = np.zeros(len(target.values), dtype=bool)
    if target.earlier is not None:
        nothing, known = target.earlier.released, target.earlier.is_known
    is_of_all = np.isin(np.arange(len(target.groups)), target.everybody)
    least_shown = replace(nothing, mean=nothing.mean | (can_be_shown.mean & is_of_all))
    # of the last two there is seldom need
    searches = [cache(partial(_Search, target, shown)) for shown in (can_be_shown, least_shown, nothing)]
    for member in np.flatnonzero(target.is_secret).tolist():
        for goal in target.goals(member):
            if goal == target.values[member]:
                continue  # there is nothing beyond it
            proving = [w for w in worlds if _is_beyond(w[member], goal, target.values[member])]
            for number in range(TRIES):
                insiders = always_changed(target, proving, member)
                if proving and not insiders.any():
                    break
                fixed = insiders
                if number < HALVES and insiders.sum() > 1:
                    fixed = insiders.copy()
                    fixed[np.flatnonzero(insiders)[number % 2 :: 2]] = False
                fixed = fixed | known
                for search in searches:
                    found = search().world(member, goal, is_hidden, fixed)
                    if keeps_released(target, found):
                        break
                    other = None if spare is None else _spared(target, spare, member, goal, fixed)
                    if other is not None:
                        found = other
                        break
                else:
                    if not tells_alike(target, found):
                        found = _exchanged(target, member, goal, fixed)
                worlds.append(found)
                proving.append(found)
                is_hidden |= found != target.values
    stacked = np.array(worlds).reshape(-1, len(target.values))
    shown = alike(target, stacked) & can_be_shown
    shown.quartiles &= shown.mean[:, None]
    shown.shape &= shown.mean
    return Choice(is_hidden, shown, stacked)


def _spared(
    target: Target, spare: NDArray[np.float64], member: int, goal: float, fixed: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    """A world among some in which a secret is beyond its goal, some values are the true ones, and what was released stays."""
    world: NDArray[np.float64]
    for world in spare:
        is_beyond = _is_beyond(world[member], goal, target.values[member])
        if is_beyond and not (fixed & (world != target.values)).any() and keeps_released(target, world):
            return world
    return None


def _exchanged(target: Target, member: int, goal: float, fixed: NDArray[np.bool_]) -> NDArray[np.float64]:
    """A world that leaves the KPI's judgement what it is, where no search finds one.

    Two Members exchange their values, which leaves all figures of all Members as they are. Where nobody has a value beyond the
    goal, as many others take it as leave the judgement what it is: where all values are equal, one that differs makes a tail,
    and with it a judgement; some more that differ unmake it.
    """
    values = target.values
    places = [*range(member + 1, len(values)), *range(member)]
    others = [other for other in places if not fixed[other]]
    found = values.copy()
    for other in others:
        if _is_beyond(values[other], goal, values[member]):
            found[[member, other]] = values[[other, member]]
            return found
    found[member] = goal
    for other in others:
        if tells_alike(target, found):
            break
        found[other] = goal
    return found


def prove(target: Target, worlds: NDArray[np.float64]) -> list[int]:
    """Secrets that some worlds do not prove safe, from outsiders or from a Member, as indices; all should be proved."""
    found = []
    for member in np.flatnonzero(target.is_secret).tolist():
        for goal in target.goals(member):
            if goal == target.values[member]:
                continue
            proving = [w for w in worlds if _is_beyond(w[member], goal, target.values[member])]
            if not proving or always_changed(target, proving, member).any():
                found.append(member)
    return sorted(set(found))


def _is_beyond(value: float, goal: float, truth: float) -> bool:
    return value >= goal if goal > truth else value <= goal


def always_changed(target: Target, worlds: list[NDArray[np.float64]], member: int) -> NDArray[np.bool_]:
    """Which others have another value in all of some worlds: an insider against whom they prove nothing; shape (n,)."""
    if not worlds:
        return np.zeros(len(target.values), dtype=bool)
    changed = np.asarray(target.with_own(np.array(worlds) != target.values).all(axis=0), dtype=bool)
    own = np.zeros(len(changed), dtype=bool)
    own[member] = True
    return changed & ~target.with_own(own)


@dataclass(frozen=True)
class _Row:
    """A sum of values that is held within its rounding.

    Attributes:
        of: 1 for each Member in it; shape (n,).
        low, high: how far the sum may move.
        cost: of losing it.
    """

    of: NDArray[np.float64]
    low: float
    high: float
    cost: float


@dataclass(frozen=True)
class _Shape:
    """What is to stay of all Members' deviation and skewness.

    Attributes:
        own: who reported; shape (n,).
        values: shape (n,).
        squares: between what the sum of squares about the mean is to stay.
        skewness: between what skewness is.
        cost: of losing either.
    """

    own: NDArray[np.bool_]
    values: NDArray[np.float64]
    squares: tuple[float, float]
    skewness: tuple[float, float]
    cost: float

    @classmethod
    def of(cls, target: Target, truth: Figures, row: int, *, is_shown: bool) -> _Shape | None:
        """Limits for the group in a row; None where neither is shown."""
        t, own = target, target.groups[row]
        n, values = int(own.sum()), target.values[own]
        if not ((values - values.mean()) ** 2).sum() or np.isnan(truth.skewness[0, row]):
            return None
        squares, skewness_limits = (0.0, np.inf), (-np.inf, np.inf)
        stddev, skewness, judgement = (float(figures[0, row]) for figures in (truth.stddev, truth.skewness, truth.judgement))
        if is_shown:
            half, step = 0.5 * 10.0**-t.decimals, 0.5 * 10.0**-SKEWNESS_DECIMALS
            shown = float(rounded(np.array(stddev), t.decimals))
            low, high = (MARGIN * (shown + side * half - stddev) + stddev for side in (-1, 1))
            squares = (max(low, 0.0) ** 2 * (n - 1), high**2 * (n - 1))
            shown = float(rounded(np.array(skewness), SKEWNESS_DECIMALS))
            low, high = (MARGIN * (shown + side * step - skewness) + skewness for side in (-1, 1))
            skewness_limits = (low, high)
        if not is_shown and t.well and not np.isnan(judgement):
            # nothing is shown but whether most do well
            edge, is_well = t.thresholds[0] * t.well, judgement * t.well > 0
            beyond = (edge * (1 + 1e-6), np.inf) if t.well > 0 else (-np.inf, edge * (1 + 1e-6))
            before = (-np.inf, edge * (1 - 1e-6)) if t.well > 0 else (edge * (1 - 1e-6), np.inf)
            skewness_limits = beyond if is_well else before
        elif not np.isnan(judgement):
            moderate, strong = t.thresholds
            edges = np.array([-np.inf, -strong, -moderate, moderate, strong, np.inf])
            place = int(np.clip(np.searchsorted(edges, skewness, side="right"), 1, len(edges) - 1))
            within = 1e-6 * np.array([1, -1])
            low, high = edges[place - 1 : place + 1] + within
            skewness_limits = (max(skewness_limits[0], min(low, skewness)), min(skewness_limits[1], max(high, skewness)))
        elif not is_shown:
            return None
        is_released = target.earlier is not None and bool(target.earlier.released.shape[row])
        return cls(own, target.values, squares, skewness_limits, OF_ALL if is_released else OF_SHAPE)

    def is_had_by(self, world: NDArray[np.float64]) -> bool:
        """Whether a world's deviation and skewness are within the limits."""
        apart = world[self.own]
        apart = apart - apart.mean()
        squared = apart * apart
        squares = float(squared.sum())
        is_within = self.squares[0] <= squares <= self.squares[1]
        return is_within and self.skewness[0] <= self._skewness(squares, float((squared * apart).sum())) <= self.skewness[1]

    def _skewness(self, squares: float, cubes: float) -> float:
        n = int(self.own.sum())
        return float(np.sqrt(n * (n - 1.0)) / (n - 2) * np.sqrt(n) * cubes / squares**1.5) if squares else 0.0

    def rows(
        self, at: NDArray[np.float64], before: NDArray[np.float64], columns: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]] | None:
        """Squares and skewness, linear about where the values are: some columns of rows, least and largest, in units of a value.

        None where all values are the same.
        """
        now = self.values + at
        of_own = now[self.own]
        mean = of_own.mean()
        of_own = of_own - mean
        own_squares = of_own**2
        n, squares, cubes = len(of_own), float(own_squares.sum()), float((own_squares * of_own).sum())
        if not squares:
            return None
        skewness = self._skewness(squares, cubes)
        is_own = self.own[columns]
        now, before = now[columns] - mean, before[columns]
        of_squares = 2 * now + before
        of_cubes = 3 * now**2 + 3 * now * before + before**2 - 3 * squares / n
        of_skewness = self._skewness(squares, 1.0) * of_cubes - 1.5 * skewness / squares * of_squares
        per_value = np.array([np.sqrt(n / squares), np.sqrt(squares / n) * n])
        limits = np.array([self.squares, self.skewness]) - np.array([[squares], [skewness]])
        low, high = (limits * per_value[:, None]).T
        return np.stack([of_squares, of_skewness]) * per_value[:, None] * is_own, low, high


class _Search:
    """Looks for worlds of one KPI that leave what can be shown as it is, where that is possible."""

    def __init__(self, target: Target, can_be_shown: Shown) -> None:
        self.target = target
        truth = target.figures(target.values[None])
        of_groups = OF_MEAN + target.groups.sum(axis=1)
        of_groups[list(target.everybody)] = OF_ALL
        of_panels = np.full(len(target.panels), OF_PANEL)
        if target.earlier is not None:
            of_groups[target.earlier.released.mean] = of_panels[target.earlier.released.panels] = OF_ALL
        rows = [
            self._row(group, mean, cost)
            for group, mean, ok, cost in zip(target.groups, truth.mean[0], can_be_shown.mean, of_groups, strict=True)
            if ok
        ]
        rows += [
            self._row(panel, mean, cost)
            for panel, mean, ok, cost in zip(target.panels, truth.panel_mean[0], can_be_shown.panels, of_panels, strict=True)
            if ok
        ]
        self.rows = np.array([row.of for row in rows]).reshape(-1, len(target.values))
        self.low, self.high, self.cost = (np.array([getattr(row, name) for row in rows]) for name in ("low", "high", "cost"))
        shapes = [_Shape.of(target, truth, row, is_shown=bool(can_be_shown.shape[row])) for row in target.everybody]
        self.shapes = [shape for shape in shapes if shape is not None]
        self.fall, self.rise = self._bands(can_be_shown)

    def _row(self, members: NDArray[np.bool_], mean: float, cost: float) -> _Row:
        half = 0.5 * 10.0**-self.target.decimals
        shown, n = float(rounded(np.array(mean), self.target.decimals)), int(members.sum())
        low, high = MARGIN * (shown - half - mean) * n, MARGIN * (shown + half - mean) * n
        return _Row(members.astype(float), min(low, 0.0), max(high, 0.0), cost)

    def _bands(self, can_be_shown: Shown) -> NDArray[np.float64]:
        """How far each value can fall, and rise, before a quartile of one of its Member's groups moves; shape (2, n)."""
        values = self.target.values
        limits = np.tile([[-np.inf], [np.inf]], len(values))
        for group, ok in zip(self.target.groups, can_be_shown.quartiles, strict=True):
            members = np.flatnonzero(group)
            order = members[np.argsort(values[members], kind="stable")]
            for quarter in np.flatnonzero(ok) + 1:
                place, rest = divmod((len(order) - 1) * int(quarter), 4)
                # the values that the quartile is made of, which stay, and those below and above, which stay there
                own = order[place : place + 1 + bool(rest)]
                limits[:, own] = values[own]
                below, above = order[:place], order[own.size + place :]
                limits[1, below] = np.minimum(limits[1, below], values[own[0]])
                limits[0, above] = np.maximum(limits[0, above], values[own[-1]])
        return np.abs(limits - values)

    def world(self, member: int, goal: float, is_hidden: NDArray[np.bool_], fixed: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Values of all Members in which one has the value that is its goal; figures that stand against it give way."""
        nothing = np.zeros(len(self.target.values))
        wanted = np.where(np.arange(len(nothing)) == member, goal - self.target.values[member], 0.0)
        alone, by_it = self._world(member, goal, wanted), self.rows[:, member] * wanted[member]
        if ((self.low <= by_it) & (by_it <= self.high)).all() and self._has_shape(alone):
            return alone  # nobody need move against it: among many it is mostly so
        may_move = self._candidates(member, is_hidden, fixed)
        move = wanted
        for number in range(ROUNDS):
            found = self._move(nothing, wanted, move if number else nothing, is_hidden, may_move, is_reweighted=number > 0)
            if number and (found is None or np.array_equal(found, move)):
                break  # the next would be the same
            move = move if found is None else found
        # who moves is decided; now how far
        may_move &= is_hidden | (move != 0)
        for _ in range(REPAIRS):
            if self._has_shape(self._world(member, goal, move)):
                break
            found = self._move(move, nothing, nothing, is_hidden | may_move, may_move)
            if found is None:
                break
            move = move + found
        return self._world(member, goal, move)

    def _candidates(self, member: int, is_hidden: NDArray[np.bool_], fixed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        may_move = ~fixed
        may_move[member] = False
        if may_move.sum() > CANDIDATES:
            groups = self.target.groups
            # those that share most; of these the hidden. Small whole numbers are sorted in one go
            rank = -2 * groups[groups[:, member]].sum(axis=0, dtype=np.int16) - is_hidden
            rank[~may_move] = 1
            may_move = np.zeros(len(may_move), dtype=bool)
            may_move[np.argsort(rank, kind="stable")[:CANDIDATES]] = True
            may_move &= rank <= 0
        return may_move

    def _world(self, member: int, goal: float, move: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.clip(self.target.values + move, self.target.minimum, self.target.maximum)
        found[member] = goal
        return found

    def _has_shape(self, world: NDArray[np.float64]) -> bool:
        return all(shape.is_had_by(world) for shape in self.shapes)

    def _move(
        self,
        at: NDArray[np.float64],
        wanted: NDArray[np.float64],
        before: NDArray[np.float64],
        is_hidden: NDArray[np.bool_],
        may_move: NDArray[np.bool_],
        *,
        is_reweighted: bool = False,
    ) -> NDArray[np.float64] | None:
        """How far values move from where they are, so that figures stay what they are; each array has shape (n,).

        Args:
            at: how far they have moved already.
            wanted: how far the secret moves; 0 for all others.
            before: how far they moved in the round before, about which squares and cubes are linearized.
            is_hidden: whose value is hidden, so that its moving costs next to nothing.
            may_move: who else may move.
            is_reweighted: whether those that moved much before are cheaper.

        Returns:
            None where the solver finds nothing.
        """
        t = self.target
        size = float(np.abs(wanted + at).max())
        # only who may move, and whose secret moves, are in what is solved
        some, secret = np.flatnonzero(may_move), np.flatnonzero(wanted)
        moving = np.concatenate([some, secret])
        rows, cost, low, high = self.rows[:, moving], self.cost, self.low, self.high
        if at.any():
            by_earlier = self.rows @ at
            low, high = low - by_earlier, high - by_earlier
        for shape in self.shapes:
            if (linear := shape.rows(at, before, moving)) is not None:
                more_rows, more_low, more_high = linear
                rows, cost = np.vstack([rows, more_rows]), np.append(cost, [shape.cost, shape.cost])
                low, high = np.append(low, more_low), np.append(high, more_high)
        price = np.where(is_hidden[some], HIDDEN, HIDING)
        if is_reweighted:
            price *= np.where(is_hidden[some], 1.0, 1.0 / (np.abs(before[some]) / size + 0.1))
        n, m = len(some), len(rows)
        by_secret = rows[:, n:] @ wanted[secret]
        low, high = low - by_secret, high - by_secret
        values, moved_by = t.values[some], at[some]
        up, down = np.clip(t.maximum - values - moved_by, 0, 3 * size), np.clip(values + moved_by - t.minimum, 0, 3 * size)
        # up to where a quartile moves, and beyond at a higher price
        near_up = np.clip(self.rise[some] - moved_by, 0, None)
        near_down = np.clip(self.fall[some] + moved_by, 0, None)
        if t.is_whole:
            near_up, near_down = np.floor(near_up), np.floor(near_down)
        near_up, near_down = np.minimum(near_up, up), np.minimum(near_down, down)
        limits = np.concatenate([near_up, near_down, up - near_up, down - near_down])
        up_or_down, of_sums = Columns.of(rows[:, :n]), Columns.one_each(m)
        up_or_down = up_or_down.beside(up_or_down.opposite())
        found = least(
            np.concatenate([price, price, price + QUARTILE, price + QUARTILE, cost, cost]) / size,
            up_or_down.beside(up_or_down, of_sums, of_sums.opposite()),
            low,
            high,
            np.concatenate([limits, np.full(2 * m, np.inf)]),
            is_whole=np.repeat([t.is_whole, False], [4 * n, 2 * m]),
        )
        if found is None:
            return None
        near_up, near_down, far_up, far_down = found[: 4 * n].reshape(4, n)
        moved = near_up - near_down + far_up - far_down
        moved[np.abs(moved) < 1e-9 * size] = 0
        move = wanted.copy()
        move[some] = np.round(moved) if t.is_whole else moved
        return move
