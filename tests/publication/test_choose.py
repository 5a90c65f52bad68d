"""Questions are decided alike, however many processes decide them: a cycle that is held for one question is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from hypothesis import example, given
from hypothesis import strategies as st

from orchestration.publication.protection.choose import AT_ONCE, MUCH, choose_all
from orchestration.warm.side_by_side import SideBySide

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Question:
    number: int
    cycle: str
    released: tuple[str, ...]
    is_safe: bool
    n_unknown: int


class Counted(SideBySide):
    """Some processes' worth of calls, made here and counted."""

    def __init__(self, n_processes: int) -> None:
        super().__init__(n_processes)
        self.n_calls = self.n_for_others = 0

    def map(self, function: Callable[[T], R], asked: Sequence[T], is_much: Callable[[T], bool]) -> list[R]:
        self.n_calls += len(asked)
        self.n_for_others += sum(map(is_much, asked))
        return [function(one) for one in asked]


def by_itself(question: Question) -> tuple[int, str, bool]:
    return question.number, "by itself", True


def with_released(question: Question) -> tuple[int, str, bool]:
    return question.number, "with what was released", question.is_safe


def one_by_one(asked: Sequence[Question], held: set[str]) -> list[tuple[int, str, bool]]:
    """The same as plainly as can be."""
    choices = []
    for question in asked:
        choice = with_released(question) if question.released and question.cycle not in held else by_itself(question)
        if not choice[2]:
            held = held | {question.cycle}
        choices.append(choice)
    return choices


@given(
    questions=st.lists(
        st.tuples(st.sampled_from("abc"), st.booleans(), st.booleans(), st.sampled_from([0, 62, 1000])), max_size=12
    ),
    held=st.sets(st.sampled_from("abc"), max_size=1),
    n_processes=st.integers(1, 5),
)
@example(questions=[("c", True, False, 0)] * 3 + [("c", True, False, 1000)], held=set(), n_processes=2)
def test_choices_do_not_depend_on_the_number_of_processes(
    questions: list[tuple[str, bool, bool, int]], held: set[str], n_processes: int
) -> None:
    asked = [
        Question(number, cycle, ("a publication",) if is_released else (), is_safe, n_unknown)
        for number, (cycle, is_released, is_safe, n_unknown) in enumerate(questions)
    ]
    own_held, side_by_side = set(held), Counted(n_processes)
    chosen = choose_all(asked, by_itself, with_released, lambda choice: choice[2], own_held, side_by_side)
    assert chosen == one_by_one(asked, held)
    assert own_held == held | {question.cycle for question, choice in zip(asked, chosen, strict=True) if not choice[2]}
    # what is looked at for nothing, since the cycle is held by then, is no more than was asked at once
    at_once = AT_ONCE * n_processes if n_processes > 1 else 1
    assert side_by_side.n_calls <= len(asked) + len(own_held - held) * (at_once - 1)
    assert (side_by_side.n_for_others > 0) == (sum(question.n_unknown**2 for question in asked) >= MUCH)
