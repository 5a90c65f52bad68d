"""A cycle of many Members, sent as one platform export: the sample's answers again and again, their figures changed at random.

`python -m benchmarks.large HOME N csv|parquet` makes it as cycle `large` below HOME, with the project's `raw/` beside it.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import string
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from benchmarks.homes import empty_home
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import CODE, Home
from orchestration.intake.forms import export
from orchestration.sample.answers import sufficient_drafts
from orchestration.sample.files import write_roster
from orchestration.sample.roster import sample_roster
from orchestration.sample.targets import read_targets

if TYPE_CHECKING:
    from orchestration.intake.forms.draft import Draft

NAME = "large"
SUFFICIENT_SHARE = 0.9
LIKE = "sample-2022"


def make(home: Home, n_members: int, suffix: str) -> Path:
    """Make the cycle.

    Args:
        home: a folder with the project's `raw/`.
        n_members: on the roster; up to 17,576 have a code of three letters.
        suffix: `csv` or `parquet`.

    Returns:
        the cycle's folder.
    """
    targets = read_targets(home, LIKE)
    pattern = sample_roster(home, targets)
    answers = sufficient_drafts(targets, pattern[: targets.file.n_sufficient])
    folder = home.cycles / NAME
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "submissions").mkdir(parents=True)
    shutil.copy(CODE / "raw" / "cycles" / LIKE / "cycle.toml", folder)
    codes = ["".join(letters) for letters in itertools.islice(itertools.product(string.ascii_uppercase, repeat=3), n_members)]
    like = [pattern[index % len(pattern)] for index in range(n_members)]
    rows = [(code, f"Member {code}", one.groups) for code, one in zip(codes, like, strict=True)]
    write_roster(folder / "roster.csv", list(targets.framework.groupings), rows)
    cycle = get_cycle(home, NAME)
    rng = Random("large")
    sent = codes[: int(n_members * SUFFICIENT_SHARE)]
    drafts = (_changed(answers[index % len(answers)], code, rng) for index, code in enumerate(sent))
    export.write(folder / "submissions", "platform_", suffix, cycle.framework, drafts)
    return folder


def _changed(draft: Draft, code: str, rng: Random) -> Draft:
    def figure(name: str, value: str | int | float) -> str | int | float:
        may_change = name in ("numerator", "current") and isinstance(value, int)
        return round(value * rng.uniform(0.5, 1)) if may_change and not isinstance(value, str) else value

    kpis = {kpi: {name: figure(name, value) for name, value in answer.items()} for kpi, answer in draft.kpis.items()}
    return replace(draft, member=code, name=f"Member {code}", kpis=kpis)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("home", type=Path)
    parser.add_argument("members", type=int)
    parser.add_argument("suffix", choices=("csv", "parquet"))
    given = parser.parse_args()
    home = Home(given.home.resolve())
    print(make(home if home.raw.exists() else empty_home(home.path), given.members, given.suffix))


if __name__ == "__main__":
    main()
