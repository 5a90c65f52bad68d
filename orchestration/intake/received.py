"""All files received for a cycle, read and judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.inputs.members import MemberRow
from orchestration.inputs.records import read_csv
from orchestration.intake.folder import entries
from orchestration.intake.processes import read_apart
from orchestration.intake.revisions import which_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orchestration.inputs.cycles import Cycle
    from orchestration.inputs.home import Home
    from orchestration.intake.model import Judged, Part, ReadFile, Rejection


@dataclass(frozen=True)
class Intake:
    """What was read of a cycle.

    Attributes:
        files: every file received.
        judged: every submission in them, with its state.
        counts: by Member and part the index in `judged` of the submission that counts.
        defects: how reading failed of files that the program failed to read, for the log.
    """

    cycle: Cycle
    files: tuple[ReadFile, ...]
    judged: tuple[Judged, ...]
    counts: dict[tuple[str, Part], int]
    defects: tuple[str, ...] = ()

    @property
    def n_cells(self) -> int:
        """Cells received."""
        return sum(j.n_cells for j in self.judged) + sum(r.n_cells for f in self.files for r in f.rejections)

    @property
    def n_loaded(self) -> int:
        """Cells that loaded."""
        return sum(j.n_loaded for j in self.judged)

    @property
    def n_set_aside(self) -> int:
        """Cells set aside."""
        return sum(r.n_cells for _, r in self.rejections())

    def rejections(self) -> Iterator[tuple[Judged | None, Rejection]]:
        """Everything set aside, with the submission it belongs to, if it could be tied to one."""
        for one in self.judged:
            yield from ((one, r) for r in one.rejections)
        for file in self.files:
            yield from ((None, r) for r in file.rejections)


def known_members(home: Home) -> frozenset[str]:
    """The alpha-3 codes of all Members; none where the home has no list of them."""
    if not home.members.exists():
        return frozenset()
    return frozenset(row.member for row in read_csv(home.members, MemberRow, [], extra="groups").values())


def read_cycle(cycle: Cycle, progress: Callable[[int, int], None] | None = None) -> Intake:
    """Read and judge every file of a cycle, each in a process apart; never raises for what a file holds.

    Args:
        cycle: whose `submissions/` is read.
        progress: called with how many files are read, and how many there are.

    Raises:
        InputError: the cycle's own files (cycle.toml, roster, framework) can't be used.
    """
    read = read_apart(entries(cycle.submissions), cycle, known_members(cycle.home), progress)
    judged, counts = which_count([one for file in read for one in file.judged])
    return Intake(cycle, tuple(r.file for r in read), tuple(judged), counts, tuple(r.defect for r in read if r.defect))
