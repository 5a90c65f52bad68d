"""Every file received, kept by its hash, so that one that somebody overwrites or removes is still there.

    raw/cycles/<cycle>/received/<sha256>     its bytes, written once and never changed
    raw/cycles/<cycle>/received/history.csv  what was seen of each file, and when: it came, changed, or went

It lies with the inputs: nothing of it can be made again.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import os
import tempfile
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from orchestration.warehouse.private import closed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orchestration.inputs.cycles import Cycle

HISTORY = "history.csv"


@dataclass(frozen=True)
class Seen:
    """A row of the history.

    Attributes:
        at: when, UTC, ISO 8601.
        event: what had happened to the file.
        file: its name within `submissions/`.
        sha256: under which its bytes are kept; for one that is gone, the last ones; blank where it is not kept.
        n_bytes: its size.
    """

    at: str
    event: Literal["came", "changed", "gone"]
    file: str
    sha256: str
    n_bytes: int


def archive_of(cycle: Cycle) -> Path:
    """The folder in which what was received is kept."""
    return cycle.folder / "received"


def history(cycle: Cycle) -> list[Seen]:
    """What was seen of the cycle's files, the earliest first; a line that was cut short is left out."""
    path = archive_of(cycle) / HISTORY
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if len(row) == len(fields(Seen)) and row[-1].isdigit()]
    return [Seen(at, event, name, sha256, int(n_bytes)) for at, event, name, sha256, n_bytes in rows]  # type: ignore[arg-type]


def keep(cycle: Cycle, received: Mapping[str, tuple[Path, str]]) -> list[Seen]:
    """Keep what is new of the files that were read, and note what came, changed and went.

    A file that was replaced since it was read is left to the next refresh, which reads it.

    Args:
        cycle: whose files they are.
        received: by name the file's path, and the SHA-256 of what was read; blank where it was not.

    Returns:
        what was noted.
    """
    folder, now = archive_of(cycle), dt.datetime.now(dt.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    for left in folder.glob(".*.part"):  # by a process that was killed
        left.unlink(missing_ok=True)
    last = {seen.file: seen for seen in history(cycle)}
    noted = []
    for name, (path, sha256) in received.items():
        before = last.get(name)
        if before is not None and before.event != "gone" and before.sha256 == sha256:
            continue
        try:
            n_bytes = _copy(path, sha256, folder) if sha256 else path.lstat().st_size
        except OSError:  # gone meanwhile
            continue
        if n_bytes is not None:
            event: Literal["came", "changed"] = "came" if before is None or before.event == "gone" else "changed"
            noted.append(Seen(now, event, name, sha256, n_bytes))
    gone = [seen for name, seen in last.items() if seen.event != "gone" and name not in received]
    noted += [Seen(now, "gone", seen.file, seen.sha256, seen.n_bytes) for seen in gone]
    if noted:
        closed(folder)
        _append(folder / HISTORY, noted)
    return noted


def _copy(path: Path, sha256: str, folder: Path) -> int | None:
    """Keep a file's bytes under their hash; returns how many, None where they are no longer those that were read."""
    target = folder / sha256
    if target.exists():
        return target.stat().st_size
    closed(folder)
    digest, n_bytes = hashlib.sha256(), 0
    handle, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".part")
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as copy, path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                copy.write(block)
                n_bytes += len(block)
        if digest.hexdigest() != sha256:
            return None
        part.chmod(0o400)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    return n_bytes


def _append(path: Path, noted: list[Seen]) -> None:
    before = path.read_bytes() if path.exists() else b""
    with path.open("a", encoding="utf-8", newline="") as file:
        if before and not before.endswith(b"\n"):
            file.write("\n")  # the last line was cut short
        writer = csv.writer(file, lineterminator="\n")
        if not before:
            writer.writerow([field.name for field in fields(Seen)])
        writer.writerows(astuple(seen) for seen in noted)
