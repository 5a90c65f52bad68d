"""`make attack`: all attacks on the home's current publication, by everybody who has files of it, and what they find."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from time import monotonic
from typing import Any

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from tests.lab import rows
from tests.publication import intruders

WHO = {"public": ["public"], "wco": ["wco", "public"]}
"""Who attacks, and the files that they have."""
ON_VALUES: dict[str, Callable[..., set[Any]]] = {
    "values, by adding and subtracting": intruders.values_by_algebra,
    "values, by an insider who adds and subtracts": partial(intruders.values_by_algebra, insiders=True),
    "values, by intervals": partial(intruders.values_by_intervals, insiders=False),
    "values, by intervals and quartiles": partial(intruders.values_by_intervals, insiders=False, with_quartiles=True),
    "values, by an insider with intervals": partial(intruders.values_by_intervals, insiders=True),
    "values that are quartiles": intruders.values_that_are_quartiles,
}


def on_answers(home: Home) -> dict[str, Callable[..., set[Any]]]:
    """Attacks on answers on instruments: of an outsider, and of the first Member as an insider."""
    query = "select min(member) from instrument.member_instrument_answers"
    base = int(
        rows(home.published("internal"), "select max(value) from reference.policy where policy = 'count_rounding_base'")[0][0]
    )
    (first,) = rows(home.published("internal"), query)[0]
    found: dict[str, Callable[..., set[Any]]] = {"answers, by notes": intruders.answers_by_notes}
    for question in intruders.QUESTIONS:
        found[f"{question}, by whole numbers"] = partial(intruders.answers_by_counts, question=question, base=base)
        found[f"{question}, by {first} with whole numbers"] = partial(
            intruders.answers_by_counts, question=question, base=base, insider=first
        )
    found["awareness, by coefficients"] = partial(intruders.answers_by_correlations, base=base, every=12)
    return found


def attack(home: Home, who: str, what: Callable[..., set[Any]]) -> tuple[set[Any], float]:
    """What an attack finds, and how many seconds it took."""
    began = monotonic()
    files = [home.published(name).resolve() for name in WHO[who]]
    told = intruders.Publication(home.published("internal").resolve(), files, AUDIENCES[who].levels)  # type: ignore[index]
    return what(told), monotonic() - began


def main() -> int:
    home, n_found = Home.current(), 0
    if not home.published("internal").exists():
        sys.exit(f"Nothing is published in {home.path}; make run does it, and PMM_HOME says where else it may be.")
    attacks = [(who, name, what) for who in WHO for name, what in ON_VALUES.items()]
    # what `wco` may see of answers is no secret to it
    attacks += [("public", name, what) for name, what in on_answers(home).items()]
    with ProcessPoolExecutor(2) as pool:
        running = [(who, name, pool.submit(attack, home, who, what)) for who, name, what in attacks]
        for who, name, one in running:
            found, seconds = one.result()
            n_found += len(found)
            print(f"{who:6} {name:46} {len(found):4} found, {seconds:5.0f} s  {sorted(found)[:3] if found else ''}", flush=True)
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
