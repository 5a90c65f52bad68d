"""Which counts of answers can be shown, rounded, so that no single answer follows from them.

Where an audience may not see the answers on an instrument, counts of them are rounded and correlations are classes. What makes
an answer safe is another *world*: other answers of some Members for which every figure that is shown is the same. A world in
which a Member answers otherwise proves its answer safe against everybody who answers in it as in truth, that is against all but
the others that answer otherwise in it too. So a Member is safe if no other Member answers otherwise in all its worlds.

Worlds are looked for by changing one answer and repairing, answer by answer, the counts that this spoils. What is not found
this way is asked of an integer program among few Members, which finds a world or proves that there is none. Among more, it may
exist all the same: then a figure is withheld that need not have been, and nothing worse. Among many there are some of the same
groups: where they swap their answers, all counts stay as they are, so that nothing has to be looked for.
(Rounding as a means: Hundepool et al. 2012, Statistical Disclosure Control, 5.4; that counts are whole numbers is what the
worlds are for. Swapping: Dalenius and Reiss 1982, Journal of Statistical Planning and Inference 6, 73-85.)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.changes import NO_CHANGES, Changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

TRIES = 6
"""How often a world is looked for that has a Member's answer otherwise, each time by other changes."""
RELATION_TRIES = 8
"""The same where classes of correlations are to be as they are too."""
RELATION_TRIES_OF_MANY = 2
"""The same among many Members, where a world changes so little of a correlation that most are found at once."""
STEPS = 14
"""Answers that are changed to repair what the first change spoiled, before it is given up."""
NOISE = 0.7
"""How far chance is let in, in spoiled counts, when the next change is chosen."""
STEERING = 0.5
"""How much a correlation that goes off counts beside spoiled counts, a standard deviation of the KPI's ranks being one."""
FEW = 20
"""Answers up to which worlds that the search did not find are asked of integer programs: of 62 that takes four times as long as
all the rest, for three in a hundred counts more."""
PROGRAMS = 300
"""How many of these are solved for a question, at most."""
NODES = 200
"""Nodes of an integer program's tree, after which it is given up; most need one. A limit of time would be another on each
machine."""
MANY = 500
"""Answers from which on worlds are begun with by swapping, and looked for among some of the answers, for some Members at once."""
SWAPS = 256
"""Worlds that are made by swapping, at most."""
SWAPPED_SHARE = 0.02
"""Of the answers, swapped with as many others in one world: who answers otherwise in one is to answer as in truth in most."""
AT_ONCE = 64
"""For how many Members worlds are looked for at once, where there are many."""
CANDIDATES = 256
"""How many of many answers may change in these worlds, as many of each as there are."""
NEARLY = 1e-9
"""How far a coefficient is from a threshold at least, where it is surely on one side of it."""
SEED = 20_231_115


@dataclass(frozen=True)
class Relation:
    """The class of a correlation of the answers with a KPI whose values are known.

    Attributes:
        values: centred ranks of the KPI's values, oriented so that more is better; not a number where a Member has none; shape
            (n,), a Member each.
        thresholds: absolute coefficients from which on the strength has its next word, rising.
        limits: absolute coefficients between which it is significant, or is not, as it is in truth.
    """

    values: NDArray[np.float64]
    thresholds: tuple[float, ...]
    limits: tuple[float, float] = (0.0, 1.0)

    def agrees(self, truth: NDArray[np.float64], worlds: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether strength, sign and significance are as in truth.

        Args:
            truth: the coefficient in truth; shape (1,).
            worlds: the coefficients in worlds; shape (worlds,).
        """
        rho = np.concatenate([truth, worlds])
        # a coefficient that is nearly a threshold is neither on the one side nor on the other: others may compute it otherwise
        below, above = (
            np.sign(rho) * np.searchsorted(self.thresholds, np.abs(rho) + side * NEARLY, side="right") for side in (-1, 1)
        )
        low, high = self.limits
        is_same = (below == above) & (below == above[0])
        return np.asarray(is_same[1:] & is_same[0] & (low <= np.abs(rho[1:])) & (np.abs(rho[1:]) <= high), dtype=bool)


@dataclass(frozen=True)
class Earlier:
    """What makes a question of several publications: an answer that changed between them is two, and groups are of either.

    Attributes:
        owners: whose answer each is, as a number; shape (n,).
        groups: of which groups the counts are released; shape (groups,).
        relations: which classes are; shape (relations,).
    """

    owners: NDArray[np.int64]
    groups: NDArray[np.bool_]
    relations: NDArray[np.bool_]


@dataclass(frozen=True)
class Question:
    """Answers on one question that an audience may not see.

    Attributes:
        answers: which answer each Member gave, as a number from 0; shape (n,).
        n_answers: how many answers there are.
        is_counted: of which answers the counts are shown; shape (answers,).
        groups: whether each group has each Member; shape (groups, n).
        base: to multiples of which counts are rounded.
        relations: classes of correlations.
        earlier: what earlier publications tell of the same; None where there is none.
    """

    answers: NDArray[np.int64]
    n_answers: int
    is_counted: NDArray[np.bool_]
    groups: NDArray[np.bool_]
    base: int
    relations: tuple[Relation, ...] = ()
    earlier: Earlier | None = None

    @property
    def is_of_many(self) -> bool:
        """Whether there are so many answers that worlds are made and looked for as of many."""
        return len(self.answers) >= MANY

    @property
    def owners(self) -> NDArray[np.int64]:
        """Whose answer each is, as a number; shape (n,)."""
        return np.arange(len(self.answers)) if self.earlier is None else self.earlier.owners

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Members of each group by answer; shape (groups, answers)."""
        return self.groups.astype(int) @ np.eye(self.n_answers, dtype=int)[self.answers]

    def rounded(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts as they are shown; shape (groups, any), as given."""
        return self.rounded_of(counts, self.groups.sum(axis=1))

    def rounded_of(self, counts: NDArray[np.int64], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
        """Counts as they are shown, of groups of some sizes.

        Args:
            counts: shape (any,) or (groups, any).
            sizes: Members that answered; shape (groups,).
        """
        return np.minimum((2 * counts + self.base) // (2 * self.base) * self.base, sizes[:, None] // self.base * self.base)


@dataclass
class Pool:
    """Other answers than those given, for which all that is shown is the same.

    Attributes:
        truth: the answers that were given; shape (n,).
        owners: whose answer each is; shape (n,).
        changes: the worlds.
    """

    truth: NDArray[np.int64]
    owners: NDArray[np.int64]
    changes: Changes = NO_CHANGES

    @property
    def answers(self) -> NDArray[np.int8]:
        """The answers in each world, as small numbers, since there are millions; shape (worlds, n)."""
        return np.asarray(self.changes.worlds(self.truth.astype(np.int8)), dtype=np.int8)

    @property
    def is_changed(self) -> NDArray[np.bool_]:
        """Whether each answer is another than in truth; shape (worlds, n)."""
        found = np.zeros((self.changes.n_worlds, len(self.truth)), dtype=bool)
        found[self.changes.world, self.changes.place] = True
        return found

    def unsafe(
        self, among: NDArray[np.bool_] | None = None, of: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Answers that the worlds do not prove safe, and against whom.

        Args:
            among: which worlds count; None for all.
            of: which answers are asked for, as indices; None for all. More worlds make no safe answer unsafe.

        Returns:
            answers as indices, and for each the owner who answers otherwise in all its worlds; its own where it has none.
        """
        worlds = self if among is None else self.only(among)
        asked = np.arange(len(self.truth)) if of is None else of
        return worlds._unsafe_of_many(asked) if len(self.truth) >= MANY else worlds._unsafe_of_few(asked)

    def _unsafe_of_few(self, asked: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        changed = self.is_changed.astype(np.float32)
        own = changed[:, asked].sum(axis=0)
        together = changed[:, asked].T @ self._owners_changed().astype(np.float32)
        together[np.arange(len(asked)), self.owners[asked]] = np.where(own == 0, np.inf, -1)
        against = together.argmax(axis=1)
        is_unsafe = together.max(axis=1, initial=-1) >= own
        return asked[is_unsafe], against[is_unsafe]

    def _unsafe_of_many(self, asked: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The same where a world changes few of many answers: of whom one world changes, the next changes few again."""
        place, world = self.changes.place, self.changes.world
        own = np.bincount(place, minlength=len(self.truth))
        # of each answer the worlds that change it, those of the first answer first
        of_answers, first = world[np.argsort(place, kind="stable")], own.cumsum() - own
        # an owner a bit, in whole words of 64: who answers otherwise in the first world of each answer, and then in the next too
        owner, n_bytes = self.owners[place], 8 * (int(self.owners.max()) // 64 + 1)
        packed = np.zeros((self.changes.n_worlds, n_bytes), dtype=np.uint8)
        np.bitwise_or.at(packed.reshape(-1), world.astype(np.int64) * n_bytes + owner // 8, (128 >> owner % 8).astype(np.uint8))
        is_unsafe, against = own[asked] == 0, self.owners[asked].copy()
        some = np.flatnonzero(~is_unsafe)
        always = packed[of_answers[first[asked[some]]]]
        always[np.arange(len(some)), against[some] // 8] &= ~(128 >> against[some] % 8).astype(np.uint8)
        for number in range(1, int(own[asked].max(initial=0)) + 1):
            is_anybody = always.view(np.uint64).any(axis=1)
            some, always = some[is_anybody], always[is_anybody]
            is_last = own[asked[some]] == number
            is_unsafe[some[is_last]] = True
            against[some[is_last]] = _last_bit(always[is_last])
            some, always = some[~is_last], always[~is_last]
            always &= packed[of_answers[first[asked[some]] + number]]
        return asked[is_unsafe], against[is_unsafe]

    @property
    def _has_each_one(self) -> bool:
        """Whether each owner has one answer, in their order."""
        return np.array_equal(self.owners, np.arange(len(self.owners)))

    def _owners_changed(self) -> NDArray[np.bool_]:
        """Which owners have an answer that is changed; shape (worlds, owners)."""
        if self._has_each_one:
            return self.is_changed
        found = np.zeros((self.changes.n_worlds, self.owners.max(initial=-1) + 1), dtype=bool)
        found[self.changes.world, self.owners[self.changes.place]] = True
        return found

    def add(self, *worlds: Changes) -> None:
        """Add worlds."""
        self.changes = Changes.joined([self.changes, *worlds])

    def only(self, some: NDArray[np.bool_]) -> Pool:
        """Some of the worlds; shape (worlds,)."""
        return replace(self, changes=self.changes.only(some))

    def needed(self) -> Pool:
        """As few of the worlds as prove what all do, those first that say most of what the others do not."""
        is_changed, some = self.is_changed, np.zeros(self.changes.n_worlds, dtype=bool)
        changed = is_changed.astype(np.float32)
        same = 1 - self._owners_changed().astype(np.float32)
        # that an answer changes while another owner's do not: what is to be found in some world
        wanted = changed.T @ same > 0
        wanted_alone: NDArray[np.bool_] = np.asarray(is_changed.any(axis=0))
        gains = ((changed @ wanted) * same).sum(axis=1) + changed @ wanted_alone
        while wanted.any() or wanted_alone.any():
            best = int(np.argmax(np.where(some, -1, gains)))
            some[best] = True
            # what this one says of the answers that it changes, no other needs to say
            own = np.flatnonzero(is_changed[best])
            said = wanted[own] & (same[best] > 0)
            gains -= ((changed[:, own] @ said) * same).sum(axis=1) + changed[:, own] @ wanted_alone[own]
            wanted[own] &= ~said
            wanted_alone[own] = False
        return self.only(some)


def _last_bit(packed: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where the last bit is that is set in each row, of which each has one; shape (rows,)."""
    byte = packed.shape[1] - 1 - (packed[:, ::-1] != 0).argmax(axis=1)
    last = packed[np.arange(len(packed)), byte].astype(np.int64)
    return np.asarray(8 * byte + 7 - np.log2(last & -last).astype(np.int64), dtype=np.int64)


@dataclass(frozen=True)
class Choice:
    """Which figures are shown, and why that is safe.

    Attributes:
        groups: whether each group's counts are shown; shape (groups,).
        relations: whether each class is shown; shape (relations,).
        worlds: that prove it.
    """

    groups: NDArray[np.bool_]
    relations: NDArray[np.bool_]
    worlds: Pool


def choose_counts(question: Question, can_be_shown: NDArray[np.bool_], known: Changes | None = None) -> Choice:
    """Choose which figures are shown so that every Member's answer is safe against everybody, other Members included.

    Args:
        question: the answers.
        can_be_shown: by group whether it is large enough, say; shape (groups,).
        known: worlds that were found for the same before; None to look for them.

    Returns:
        the choice, with about as many worlds as it takes to prove it.
    """
    worlds = Pool(question.answers, question.owners, NO_CHANGES if known is None else known)
    if known is None:
        chance = np.random.default_rng(SEED)
        if question.is_of_many:
            worlds.add(swapped(question, SWAPS, chance))
        shown = _find(question, can_be_shown, worlds, chance)
        relations = _choose_relations(question, shown, worlds, chance)
        worlds = worlds.only(_all(_agreeing(question, worlds.changes)[relations], 0))
        if not question.is_of_many:
            worlds = worlds.needed()
    relations = _all(_agreeing(question, worlds.changes), 1)
    return Choice(can_be_shown & _is_alike(question, worlds), relations, worlds)


def swapped(question: Question, n_worlds: int, chance: np.random.Generator) -> Changes:
    """Worlds in which some Members of the same groups have swapped their answers, so that all counts are as in truth.

    Args:
        question: the answers.
        n_worlds: how many.
        chance: who swaps with whom.
    """
    truth, n = question.answers, len(question.answers)
    of_groups = np.unique(question.groups, axis=1, return_inverse=True)[1].reshape(-1)
    common = (np.eye(of_groups.max() + 1, dtype=int)[of_groups].T @ np.eye(question.n_answers, dtype=int)[truth]).argmax(axis=1)
    is_common = truth == common[of_groups]
    rare = np.flatnonzero(~is_common)
    share = min(0.5, SWAPPED_SHARE * n / max(len(rare), 1))
    n_changed = np.zeros(n)
    # of one groups' all turns are before those of the next: a world changes an answer once at most. Groups, turn and answer
    # are put in one whole number: no two are alike, so that they are sorted the same way by any method, and quickly
    bits_of_groups, bits_of_answer = int(of_groups.max(initial=0)).bit_length(), n.bit_length()
    bits_of_turn = 62 - bits_of_groups - bits_of_answer
    before = (of_groups << (bits_of_turn + bits_of_answer)) | np.arange(n)
    steps = 2.0**bits_of_turn / (n_worlds + 1)

    def in_turn(some: NDArray[np.int64], turn: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Answers by their groups, and a number that the next of the rare and of the common ones of a groups' have alike."""
        ordered = np.sort(before[some] + ((turn[some] * steps).astype(np.int64) << bits_of_answer))
        groups, answer = ordered >> (bits_of_turn + bits_of_answer), ordered & ((1 << bits_of_answer) - 1)
        place = np.arange(len(ordered))
        first = np.maximum.accumulate(np.where(np.diff(groups, prepend=-1) != 0, place, 0))
        return answer, groups * n + place - first

    places: list[NDArray[np.int64]] = []
    answers: list[NDArray[np.int64]] = []
    for _ in range(n_worlds):
        # those first that answered otherwise in the fewest worlds
        turn = n_changed + chance.random(n)
        one, number_of_one = in_turn(rare[chance.random(len(rare)) < share], turn)
        other, number_of_other = in_turn(np.flatnonzero(is_common), turn)
        # both rise
        at = np.minimum(np.searchsorted(number_of_other, number_of_one), max(len(other) - 1, 0))
        is_there = number_of_other[at] == number_of_one if len(other) else np.zeros(len(one), dtype=bool)
        one, other = one[is_there], other[at[is_there]]
        is_of_two = question.owners[one] != question.owners[other]
        one, other = one[is_of_two], other[is_of_two]
        both, instead = np.concatenate([one, other]), np.concatenate([truth[other], truth[one]])
        in_order = np.argsort(both)
        places.append(both[in_order])
        answers.append(instead[in_order])
        n_changed[one] += 1
        n_changed[other] += 1
    world = np.repeat(np.arange(n_worlds, dtype=np.int32), [len(own) for own in places])
    nothing = np.zeros(0, dtype=np.int64)
    place, answer = (np.concatenate([nothing, *own]) for own in (places, answers))
    return Changes(n_worlds, world, place.astype(np.int32), answer.astype(float))


def _find(question: Question, can_be_shown: NDArray[np.bool_], worlds: Pool, chance: np.random.Generator) -> NDArray[np.bool_]:
    """Look for worlds that prove all Members safe, and withhold groups until there are; the groups that are shown."""
    shown = can_be_shown & ~_tells_alone(question)
    released = np.zeros(len(shown), dtype=bool) if question.earlier is None else question.earlier.groups
    sizes = question.groups.sum(axis=1)
    # of many, each try finds worlds for more of them, among others that may answer otherwise
    tries = 3 * TRIES if question.is_of_many else TRIES
    unsafe = np.arange(len(question.answers))
    n_programs = PROGRAMS if len(unsafe) <= FEW and not question.is_of_many else 0
    while True:
        spoiled = np.zeros(len(shown))
        for number in range(4 * TRIES):
            unsafe, against = worlds.unsafe(of=unsafe)
            if not len(unsafe) or (number >= tries and spoiled.any()):
                break
            found = [
                _look_for(question, shown, unsafe[some], against[some], number, chance) for some in _at_once(question, unsafe)
            ]
            worlds.add(*(one for one, _ in found))
            spoiled = np.sum([by for _, by in found], axis=0)
        if len(unsafe) and n_programs:
            n_programs -= _find_exactly(question, shown, worlds, unsafe, n_programs)
            unsafe, _ = worlds.unsafe(of=unsafe)
        if not len(unsafe):
            return shown
        # a group goes that stopped the search for many, smaller ones sooner, and all Members' last of all
        with_unsafe = shown * question.groups[:, unsafe].sum(axis=1)
        if not with_unsafe.any():
            return shown  # they are in no group that is shown: nothing tells of them
        stopping = (spoiled * shown + 1e-3 * with_unsafe) / (sizes + 1)
        for others in (~released & (sizes < sizes.max()), ~released):
            if stopping[others].any():
                stopping = np.where(others, stopping, 0)
                break
        shown[int(np.argmax(stopping))] = False


def _find_exactly(question: Question, shown: NDArray[np.bool_], worlds: Pool, unsafe: NDArray[np.int64], n_programs: int) -> int:
    """Solve integer programs for the worlds that the search did not find, until all are there or one is proved not to be.

    Args:
        question: the answers.
        shown: which groups are shown; shape (groups,).
        worlds: those that are there; what is found is added.
        unsafe: answers that they do not prove safe.
        n_programs: how many programs may be solved.

    Returns:
        how many were.
    """
    # takes a while to import, and most questions need none
    from scipy.optimize import Bounds, LinearConstraint, milp

    truth, kinds, n = question.answers, question.n_answers, len(question.answers)
    # a variable for each answer that a Member may give; each gives one, and of each group as many are given as can be
    least, most = (limits[shown][:, question.is_counted] for limits in _limits(question))
    of_kind = np.eye(kinds)[question.is_counted]
    rows = np.vstack([np.kron(question.groups[shown], of_kind), np.kron(np.eye(n), np.ones((1, kinds)))])
    one_each = LinearConstraint(rows, np.concatenate([least.ravel(), np.ones(n)]), np.concatenate([most.ravel(), np.ones(n)]))
    is_given = np.eye(kinds, dtype=bool)[truth]
    for solved in range(n_programs):
        unsafe, against = worlds.unsafe(of=unsafe)
        if not len(unsafe):
            return solved
        secret, other = unsafe[0], against[0]
        may_be = np.ones((n, kinds))
        if other != question.owners[secret]:
            may_be[(question.owners == other)[:, None] & ~is_given] = 0
        may_be[secret, truth[secret]] = 0
        found = milp(
            np.zeros(n * kinds),
            integrality=np.ones(n * kinds, dtype=int),
            bounds=Bounds(0, may_be.ravel()),
            constraints=one_each,
            options={"node_limit": NODES},
        )
        if found.x is None:
            return solved + 1
        worlds.add(Changes.of(found.x.reshape(1, n, kinds).argmax(axis=2), truth))
    return n_programs


def _at_once(question: Question, unsafe: NDArray[np.int64]) -> Iterator[slice]:
    """Those of the unsafe answers that worlds are looked for at once."""
    step = AT_ONCE if question.is_of_many else max(len(unsafe), 1)
    return (slice(first, first + step) for first in range(0, len(unsafe), step))


def _is_alike(question: Question, worlds: Pool) -> NDArray[np.bool_]:
    """Whether a group's counts are shown alike in truth and in all worlds; shape (groups,)."""
    n_groups = len(question.groups)
    # of each group by world and answer: whole numbers
    counts = _sums(question, worlds.changes, question.groups.T.astype(float)).astype(int).transpose(2, 0, 1)
    rounded = question.rounded(counts.reshape(n_groups, -1)).reshape(counts.shape)
    truth = question.rounded(question.counts)
    return _all(((rounded == truth[:, None]) | ~question.is_counted).reshape(n_groups, -1), 1)


def _sums(question: Question, changes: Changes, of_each: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sums over all who give an answer, of numbers that each Member has; exact in any order where these are whole or half.

    Args:
        question: the answers in truth.
        changes: worlds.
        of_each: the numbers; shape (n, columns).

    Returns:
        shape (worlds, answers, columns).
    """
    truth, kinds = question.answers, question.n_answers
    if not question.is_of_many:
        answers = changes.worlds(truth)
        return np.stack([(answers == kind).astype(float) @ of_each for kind in range(kinds)], axis=1)
    # takes half a second, which a process that decides about few Members need not wait for
    from scipy import sparse

    # few answers are otherwise: each is one more of what it is, and one fewer of what it was
    row, place = changes.world.astype(np.int64) * kinds, np.tile(changes.place, 2)
    rows = np.concatenate([row + changes.answer.astype(np.int64), row + truth[changes.place]])
    one = np.repeat([1.0, -1.0], len(changes.place))
    more = sparse.csr_array((one, (rows, place)), (changes.n_worlds * kinds, len(truth))) @ of_each
    of_truth = np.stack([(truth == kind).astype(float) @ of_each for kind in range(kinds)])
    return np.asarray(of_truth + more.reshape(changes.n_worlds, kinds, of_each.shape[1]), dtype=float)


def _all(conditions: NDArray[np.bool_], axis: int) -> NDArray[np.bool_]:
    """Whether all conditions hold along an axis."""
    return np.asarray(conditions.all(axis=axis), dtype=bool)


def _agreeing(question: Question, changes: Changes) -> NDArray[np.bool_]:
    """Whether each class is as in truth in each world; shape (relations, worlds)."""
    if not question.relations:
        return np.zeros((0, changes.n_worlds), dtype=bool)
    of_truth, of_worlds = (_rho(question, given) for given in (replace(NO_CHANGES, n_worlds=1), changes))
    return np.array(
        [relation.agrees(of_truth[:, i], of_worlds[:, i]) for i, relation in enumerate(question.relations)], dtype=bool
    )


def _rho(question: Question, changes: Changes) -> NDArray[np.float64]:
    """Spearman's coefficients in worlds, ties taking their mean rank; 0 without variation; shape (worlds, relations)."""
    values = np.array([relation.values for relation in question.relations]).T
    has_pair = ~np.isnan(values)
    # whole and half numbers
    counts, products = np.split(_sums(question, changes, np.hstack([has_pair, np.nan_to_num(values)])), 2, axis=2)
    ranks = counts.cumsum(axis=1) - (counts - 1) / 2 - (has_pair.sum(axis=0) + 1) / 2
    product = (ranks * products).sum(axis=1)
    length = np.sqrt((counts * ranks**2).sum(axis=1) * np.nansum(values**2, axis=0))
    return np.asarray(np.divide(product, length, out=np.zeros_like(product), where=length > 0), dtype=float)


def _choose_relations(
    question: Question, groups: NDArray[np.bool_], worlds: Pool, chance: np.random.Generator
) -> NDArray[np.bool_]:
    """Classes that can be shown beside the counts, which do not yield to them: those that enough worlds agree with."""
    shown = np.ones(len(question.relations), dtype=bool)
    released = np.zeros(len(shown), dtype=bool) if question.earlier is None else question.earlier.relations
    agreeing = _agreeing(question, worlds.changes)
    unsafe = np.arange(len(question.answers))
    while shown.any():
        held = [relation for relation, is_shown in zip(question.relations, shown, strict=True) if is_shown]
        for number in range(RELATION_TRIES_OF_MANY if question.is_of_many else RELATION_TRIES):
            unsafe, against = worlds.unsafe(_all(agreeing[shown], 0), of=unsafe)
            if not len(unsafe):
                return shown
            new = Changes.joined(
                _look_for(question, groups, unsafe[some], against[some], number, chance, held)[0]
                for some in _at_once(question, unsafe)
            )
            worlds.add(new)
            agreeing = np.hstack([agreeing, _agreeing(question, new)])
        others = shown & ~released if (shown & ~released).any() else shown
        shown[int(np.argmin(np.where(others, agreeing.sum(axis=1), np.inf)))] = False
    return shown


def _tells_alone(question: Question) -> NDArray[np.bool_]:
    """Groups whose counts by themselves tell a Member of it what somebody else of it answered; shape (groups,)."""
    sizes = question.groups.sum(axis=1)
    least, most = _limits(question)
    found = np.zeros(len(sizes), dtype=bool)
    for group, counts in enumerate(question.counts):
        for insider in np.flatnonzero(counts):
            for secret in np.flatnonzero(counts - (np.arange(len(counts)) == insider)):
                # somebody who answers as `secret` answers something else instead, and the insider does not
                rest = counts.copy()
                rest[insider] -= 1
                low = np.maximum(least[group] - (np.arange(len(counts)) == insider), 0)
                high = most[group] - (np.arange(len(counts)) == insider)
                high[secret] = min(high[secret], rest.sum())
                found[group] |= not _another(rest, int(secret), low, high)
    return np.asarray(found & (sizes > 0), dtype=bool)


def _another(rest: NDArray[np.int64], secret: int, low: NDArray[np.int64], high: NDArray[np.int64]) -> bool:
    """Whether not all can have answered as `secret` does who may have: whether a Member of the rest may answer otherwise.

    Seen from outside, the rest are alike: one of those who answered `secret` may have answered otherwise if and only if the
    others can have given all of the answers in some other way, or not all of the rest answered it.
    """
    if rest[secret] < rest.sum():
        return True  # who of the rest answered what is not known
    others = np.arange(len(rest)) != secret
    # all of the rest answered the same: is a count of one fewer possible?
    return bool(rest.sum() - 1 >= low[secret] and (high[others] >= 1).any() and (low[others] <= 0).all())


def _limits(question: Question) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Least and largest counts that are shown as the true ones are; shape (groups, answers) each."""
    sizes = question.groups.sum(axis=1)
    every = np.arange(sizes.max(initial=0) + 1)
    shown, target = question.rounded_of(every, sizes), question.rounded(question.counts)
    is_alike = ~question.is_counted[:, None] | (shown[:, None, :] == target[:, :, None])
    is_alike &= (every <= sizes[:, None])[:, None, :]
    return is_alike.argmax(axis=2), len(every) - 1 - is_alike[:, :, ::-1].argmax(axis=2)


def _look_for(
    question: Question,
    shown: NDArray[np.bool_],
    members: NDArray[np.int64],
    against: NDArray[np.int64],
    number: int,
    chance: np.random.Generator,
    held: Sequence[Relation] = (),
) -> tuple[Changes, NDArray[np.float64]]:
    """Look for worlds in which Members answer otherwise, one search each.

    Args:
        question: the answers.
        shown: which groups are shown.
        members: each of which is to answer otherwise.
        against: for each which owner's answers are to be as in truth, since it knows them.
        number: which try it is: each begins with the next of a Member's other answers, since some may not be possible at all.
        chance: which change comes next among those that repair as much.
        held: correlations that are to be about what they are.

    Returns:
        the worlds found, and at how many steps of searches that found none each group was spoiled, shape
            (groups,).
    """
    target = question.rounded(question.counts)[shown]
    sizes = question.groups[shown].sum(axis=1)
    some = _candidates(question, members, chance)
    groups, truth = question.groups[shown][:, some], question.answers[some]
    # how far each count is from one that is shown as the true one is: a table for each group and answer, of all that the true
    # count may become when each step changes it by one
    furthest = STEPS + 1
    width = 2 * furthest + 1
    every = question.counts[shown][:, :, None] + np.arange(-furthest - 1, furthest + 2)
    of_count = question.rounded_of(every.reshape(len(every), every.shape[1] * every.shape[2]), sizes).reshape(every.shape)
    away = np.abs(of_count - target[:, :, None]) / question.base
    outside = (every < 0) | (every > sizes[:, None, None])
    away = (away * question.is_counted[:, None] + 4.0 * outside).astype(np.float32)
    # and how much farther it is with one answer more, and with one fewer
    change = np.diff(away, axis=2)
    more, less = change[:, :, 1:].ravel(), -change[:, :, :-1].ravel()
    away = away[:, :, 1:-1].ravel()
    kinds, m, n = question.n_answers, len(members), len(some)
    searches, first = np.arange(m), np.searchsorted(some, members)
    answers = np.tile(truth, (m, 1))
    answers[searches, first] = (answers[searches, first] + 1 + (number + searches) % (kinds - 1)) % kinds
    # by search, answer and group: where in the tables its count is
    member_of, table = groups.astype(np.float32), np.arange(len(groups)) * kinds + np.arange(kinds)[:, None]
    at = np.tile(table * width + furthest, (m, 1, 1))
    at[searches, truth[first]] -= groups.T[first]
    at[searches, answers[searches, first]] += groups.T[first]
    is_fixed = question.owners[some] == against[:, None]
    is_fixed[searches, first] = True
    cannot = np.where(is_fixed, np.float32(np.inf), np.float32(0))
    found: list[NDArray[np.int64]] = []
    n_spoiled = np.zeros((m, len(groups)))
    of_relations = [np.nan_to_num(relation.values[some]) / (np.nanstd(relation.values) or 1.0) for relation in held]
    everyone = np.arange(n)
    for step in range(STEPS + 1):
        is_spoiled = (away[at] > 0).any(axis=1)
        n_spoiled += is_spoiled
        is_whole = ~is_spoiled.any(axis=1)
        if is_whole.any():
            found.append(answers[is_whole])
            answers, at, cannot, n_spoiled = (one[~is_whole] for one in (answers, at, cannot, n_spoiled))
        if step == STEPS or not len(answers):
            break
        rows = np.arange(len(answers))
        # by search, answer and Member: what is gained where the Member gives that answer in place of its own
        gain = (more[at].reshape(-1, len(groups)) @ member_of).reshape(-1, kinds, n)
        gain += (less[at].reshape(-1, len(groups)) @ member_of).reshape(gain.shape)[rows[:, None], answers, everyone][:, None]
        gain += np.float32(NOISE) * chance.random((len(answers), n, kinds), dtype=np.float32).transpose(0, 2, 1)
        for values in of_relations:
            # the sum of products, on which the coefficient depends, goes back to what it is
            apart = ((answers - truth) @ values)[:, None, None]
            step_away = (np.arange(kinds)[:, None] - answers[:, None]) * values
            gain += STEERING * (np.abs(apart + step_away) - np.abs(apart))
        gain += cannot[:, None]
        gain[rows[:, None], answers, everyone] = np.inf
        answer, who = np.divmod(gain.reshape(len(answers), -1).argmin(axis=1), n)
        at[rows, answers[rows, who]] -= groups.T[who]
        at[rows, answer] += groups.T[who]
        answers[rows, who] = answer
        cannot[rows, who] = np.inf
    spoiled = np.zeros(len(shown))
    spoiled[shown] = n_spoiled.sum(axis=0)
    return Changes.joined(Changes.of(answers, truth, some) for answers in found), spoiled


def _candidates(question: Question, members: NDArray[np.int64], chance: np.random.Generator) -> NDArray[np.int64]:
    """Answers that may change in the worlds that are looked for, rising: all, or these Members' and some alike of the others'."""
    if not question.is_of_many:
        return np.arange(len(question.answers))
    of_each = CANDIDATES // question.n_answers
    alike = (np.flatnonzero(question.answers == answer) for answer in range(question.n_answers))
    return np.unique(np.concatenate([members, *(chance.permutation(those)[:of_each] for those in alike)]))
