"""The attacks that once went through, on the files that are published now: each finds much where nothing protects, and nothing here."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb
import pytest

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from tests.lab import cut_for
from tests.publication import intruders
from tests.publication.conftest import ALL_ALIKE, PROTECTED
from tests.publication.intruders import Publication
from tests.publication.switches import everything_shown


@pytest.fixture(scope="module")
def published(home: Home) -> dict[str, Publication]:
    """By who has them the files: of the public, and of a National Contact Point, who has both."""
    return told(*(home.published(a).resolve() for a in ("internal", *PROTECTED)))


@pytest.fixture(scope="module")
def unprotected(home: Home, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Publication]:
    """The same, with all digits of all figures that are not withheld for their size, and single answers beside secrets too."""
    internal, files = home.published("internal").resolve(), []
    for audience in PROTECTED:
        files.append(tmp_path_factory.mktemp("unprotected") / f"{audience}.duckdb")
        cut_for(internal, files[-1], audience, change=everything_shown)  # type: ignore[arg-type]
        with duckdb.connect(str(files[-1])) as connection:
            connection.execute(f"attach '{internal}' as i (read_only)")
            for table, group, figures in (
                ("aggregate.kpi_by_group", "cycle, kpi, grouping, group_name", ("mean", "q1", "median", "q3")),
                (
                    "aggregate.kpi_trends",
                    "cycle, previous_cycle, kpi, grouping, group_name",
                    ("panel_mean", "previous_panel_mean"),
                ),
            ):
                same = " and ".join(f"s.{key} = i.{key}" for key in group.split(", "))
                for figure in figures:
                    connection.execute(
                        f"update {table} as s set {figure} = i.{figure} from i.{table} as i where s.{figure} is not null and {same}"
                    )
    return told(internal, *files)


def told(internal: Path, wco: Path, public: Path) -> dict[str, Publication]:
    return {
        "public": Publication(internal, [public], AUDIENCES["public"].levels),
        "wco": Publication(internal, [wco, public], AUDIENCES["wco"].levels),
    }


ON_VALUES: dict[str, Callable[[Publication], set[tuple[str, str, str]]]] = {
    "totals, added and subtracted": intruders.values_by_algebra,
    "totals, by an insider": partial(intruders.values_by_algebra, insiders=True),
    "intervals": partial(intruders.values_by_intervals, insiders=False),
    "intervals, by an insider": partial(intruders.values_by_intervals, insiders=True),
    "intervals, with quartiles": partial(intruders.values_by_intervals, insiders=False, with_quartiles=True),
    "quartiles that are values": intruders.values_that_are_quartiles,
}


@pytest.mark.parametrize("attack", ON_VALUES)
@pytest.mark.parametrize("who", ["public", "wco"])
def test_an_attack_on_values_finds_nothing(
    published: dict[str, Publication], unprotected: dict[str, Publication], who: str, attack: str
) -> None:
    assert len(ON_VALUES[attack](unprotected[who])) > 1
    assert ON_VALUES[attack](published[who]) == set()


# what was told of answers before they had a level, all counts and coefficients exact, is in the internal file still
@pytest.fixture(scope="module")
def exact(published: dict[str, Publication]) -> Publication:
    internal = published["public"].internal
    return Publication(internal, [internal], AUDIENCES["public"].levels)


@pytest.mark.parametrize("question", ["awareness", "usage"])
@pytest.mark.parametrize("insider", [None, "XCE"])
def test_an_attack_on_answers_by_whole_numbers_finds_nothing(
    published: dict[str, Publication], exact: Publication, question: str, insider: str | None
) -> None:
    # `make attack` tries all instruments
    assert len(intruders.answers_by_counts(exact, question, 1, insider=insider, every=5)) > 20
    assert intruders.answers_by_counts(published["public"], question, 3, insider=insider, every=5) == set()


def test_an_attack_on_answers_by_coefficients_finds_nothing(published: dict[str, Publication], exact: Publication) -> None:
    assert len(intruders.answers_by_correlations(exact, 1, every=12)) > 50
    assert intruders.answers_by_correlations(published["public"], 3, every=12) == set()


def test_an_attack_on_answers_by_notes_finds_nothing(published: dict[str, Publication], exact: Publication) -> None:
    assert {instrument for _, instrument, _ in intruders.answers_by_notes(exact)} == {ALL_ALIKE}
    assert intruders.answers_by_notes(published["public"]) == set()
