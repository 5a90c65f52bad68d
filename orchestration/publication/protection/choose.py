"""The order in which questions are decided: those with a history first, since a cycle that is held for one of them is held."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from orchestration.warm.side_by_side import SideBySide


class Asked(Protocol):
    """What is asked: what can be shown of a KPI, or of a question on an instrument, in a cycle."""

    @property
    def cycle(self) -> str:
        """Of the question."""

    @property
    def n_unknown(self) -> int:
        """Values or answers for which worlds have to be looked for; 0 where they are known."""

    @property
    def released(self) -> Sequence[object]:
        """What earlier publications tell of the same."""


MUCH = 100_000
"""From how much work on processes are begun for it: a question's grows with the square of what is unknown in it. This much takes
about two seconds, and beginning them one: thirty questions to 62 Members, decided for the first time, or one to some hundreds."""

AT_ONCE = 4
"""Questions that are asked at once for each process: several, since some take much longer than others."""

Q = TypeVar("Q", bound=Asked)
A = TypeVar("A")


def choose_all(
    asked: Sequence[Q],
    alone: Callable[[Q], A],
    with_released: Callable[[Q], A],
    is_safe: Callable[[A], bool],
    held: set[str],
    side_by_side: SideBySide,
) -> list[A]:
    """Choose what is shown, question by question.

    Args:
        asked: the questions.
        alone: chooses without regard to what earlier publications tell.
        with_released: chooses beside it.
        is_safe: whether a choice is safe beside it.
        held: cycles that are held already: what is released of them does not matter. Those that are not safe are added.
        side_by_side: processes.

    Returns:
        a choice for each question, in their order: the same, however many processes there are.
    """
    chosen: dict[int, A] = {}
    # what is little work is done here, one after the other: none of it for nothing
    is_much = sum(one.n_unknown**2 for one in asked) >= MUCH

    def is_for_others(one: Q) -> bool:
        return is_much and one.n_unknown > 0

    to_do = iter([number for number, one in enumerate(asked) if one.released])
    at_once = AT_ONCE * side_by_side.n_processes if is_much and side_by_side.n_processes > 1 else 1
    while lot := list(islice(to_do, at_once)):
        lot = [number for number in lot if asked[number].cycle not in held]
        choices = side_by_side.map(with_released, [asked[number] for number in lot], is_for_others)
        for number, choice in zip(lot, choices, strict=True):
            if asked[number].cycle in held:
                continue  # since the one before it
            chosen[number] = choice
            if not is_safe(choice):
                held.add(asked[number].cycle)
    rest = [number for number in range(len(asked)) if number not in chosen]
    chosen |= zip(rest, side_by_side.map(alone, [asked[number] for number in rest], is_for_others), strict=True)
    return [chosen[number] for number in range(len(asked))]
