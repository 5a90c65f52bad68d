"""What lies in a cycle's folder of submissions: every entry is a file to read, or is set aside with a reason."""

from __future__ import annotations

import os
import stat
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

from orchestration.intake.forms import form_of
from orchestration.intake.text import printable


@dataclass(frozen=True)
class Entry:
    """Something in the folder.

    Attributes:
        path: where it is.
        shown: its name in tables and messages: its path within the folder.
        rule: by which it is set aside unread; None where it is a file to read.
        message: what to do about it.
    """

    path: Path
    shown: str
    rule: str | None = None
    message: str = ""


def entries(folder: Path) -> list[Entry]:
    """All that lies in a folder and those below it, sorted by path; names that begin with a dot are the file system's.

    Args:
        folder: of submissions; an empty list if it is not there.
    """
    found: list[Entry] = []
    if folder.is_dir():
        _walk(folder, folder, found)
    found.sort(key=lambda entry: [os.fsencode(part) for part in entry.path.parts])
    seen: Counter[str] = Counter()
    for number, entry in enumerate(found):
        seen[entry.shown] += 1
        if seen[entry.shown] > 1:  # two names that differ only in what can't be written down
            found[number] = replace(entry, shown=f"{entry.shown} ({seen[entry.shown]})")
    return found


def shown_name(path: Path, folder: Path) -> str:
    """A file's name in tables and messages: its path within a folder, with bytes that are no UTF-8 written out."""
    return printable(path.relative_to(folder).as_posix())


def _walk(top: Path, folder: Path, found: list[Entry]) -> None:
    def set_aside(path: Path, rule: str, message: str) -> None:
        found.append(Entry(path, shown_name(path, top) if path != top else ".", rule, message))

    try:
        inside = list(os.scandir(folder))
    except OSError as error:
        set_aside(folder, "unreadable_file", f"The folder can't be opened ({error.strerror}); nothing in it was read.")
        return
    for one in inside:
        path = Path(one.path)
        if one.name.startswith("."):
            continue
        if one.is_symlink():
            fault = _link_fault(path, top)
            if fault is not None:
                set_aside(path, "not_a_file", fault)
                continue
        elif one.is_dir(follow_symlinks=False):
            if form_of(path) is not None:
                message = f"It is a folder, though its name ends in {path.suffix}; nothing in it was read. Rename it."
                set_aside(path, "not_a_file", message)
            else:
                _walk(top, path, found)
            continue
        elif not one.is_file(follow_symlinks=False):
            set_aside(path, "not_a_file", "It is a pipe, a socket or a device, and not a file; remove it.")
            continue
        if one.name.startswith("~$"):
            message = f"Excel keeps this file while it has {one.name[2:]!r} open; close that there, and this one goes."
            set_aside(path, "lock_file", message)
        else:
            found.append(Entry(path, shown_name(path, top)))


def _link_fault(path: Path, top: Path) -> str | None:
    """Why a link is not followed; None where it leads to a file of the same folder."""
    try:
        target = path.resolve(strict=True)
        mode = target.stat().st_mode
    except (OSError, RuntimeError):  # RuntimeError is how Python before 3.13 says that links lead in a circle
        return "It is a link that leads nowhere, or in a circle; put the file itself here."
    if not target.is_relative_to(top.resolve()):
        return "It is a link that leads out of the folder of submissions; put the file itself here."
    return None if stat.S_ISREG(mode) else "It is a link to something that is not a file; put the files themselves here."
