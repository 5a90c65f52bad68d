"""Who may read a publication's files, whatever the umask of who made them (docs/operations.md, Rights)."""

from __future__ import annotations

import grp
import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.disclosure.audiences import PROTECTED
from orchestration.inputs.readers import FILE, read_readers
from orchestration.inputs.records import InputError, Problem
from orchestration.warehouse.private import OPEN, PRIVATE, set_mode

if TYPE_CHECKING:
    from pathlib import Path

    from orchestration.inputs.home import Home


@dataclass(frozen=True)
class Right:
    """Who reads something besides its owner.

    Attributes:
        mode: of a file; a folder may be entered by whoever may read its files.
        group: number of the group; None leaves the one that it has.
    """

    mode: int
    group: int | None = None


OWNER = Right(PRIVATE)


def rights_of(home: Home) -> dict[str, Right]:
    """Who reads the files of each protected audience; all others are their owner's alone.

    Raises:
        InputError: `readers.toml` is wrong, names a group that this machine does not have, or one that the user who publishes
            may not give files to.
    """
    readers, problems = read_readers(home), []
    found: dict[str, Right] = {}
    for audience in (one.name for one in PROTECTED):
        name, group = getattr(readers, audience), None
        if name:
            try:
                group = grp.getgrnam(name).gr_gid
            except KeyError:
                problems.append(Problem(FILE, None, audience, f"{name!r} is no group of this machine; groupadd makes one"))
                continue
            if os.geteuid() != 0 and group not in {os.getegid(), *os.getgroups()}:
                what = f"whoever publishes is not in the group {name!r} and can't give it files; usermod -aG {name} adds a user"
                problems.append(Problem(FILE, None, audience, what))
        everybody = stat.S_IROTH if audience == "public" and not name else 0
        found[audience] = Right(PRIVATE | stat.S_IRGRP | everybody, group)
    if problems:
        raise InputError(f"{FILE} can't be used", problems)
    return found


def give_rights(folder: Path, rights: dict[str, Right]) -> None:
    """Give all that lies in a publication to those who may read it; the folder itself may then be entered by all.

    Args:
        folder: the publication's.
        rights: from `rights_of`.
    """
    for top in folder.iterdir():
        right = rights.get(top.name.removesuffix(".duckdb"), OWNER)
        _give(str(top), right)
        # of many cycles there are tens of thousands of files: as paths of their own they would take most of the time
        for parent, folders, files in os.walk(top):
            for name in (*folders, *files):
                _give(f"{parent}/{name}", right)
    folder.chmod(OPEN)


def _give(path: str, right: Right) -> None:
    found = os.lstat(path)
    # the group first: with the mode of the one that it has, it would be read by that one meanwhile
    if right.group is not None and found.st_gid != right.group:
        os.chown(path, -1, right.group)
    set_mode(path, right.mode | (right.mode & 0o444) >> 2 if stat.S_ISDIR(found.st_mode) else right.mode, found)


def have_rights(folder: Path) -> bool:
    """Whether a publication was given to its readers; those that were made before it was done were not."""
    return all((path.lstat().st_mode & 0o077) == 0 for path in folder.glob("internal*"))
