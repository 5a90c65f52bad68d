"""Files read and judged in processes of their own, each within limits of time and memory, so that no file stops another."""

from __future__ import annotations

import errno
import hashlib
import itertools
import multiprocessing
import os
import resource
import traceback
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pebble import ProcessExpired, ProcessPool

from orchestration.intake.answers import Answers
from orchestration.intake.forms import form_of, read_file
from orchestration.intake.model import Place, ReadFile, Rejection
from orchestration.intake.rules import judge
from orchestration.intake.text import printable
from orchestration.warm.processes import end_with_served

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from multiprocessing.context import BaseContext

    from orchestration.inputs.cycles import Cycle
    from orchestration.intake.folder import Entry
    from orchestration.intake.model import Judged

SECONDS, EXPORT_SECONDS, SECONDS_A_MEGABYTE = 20.0, 300.0, 10.0
"""How long reading a file may take: an ordinary workbook takes a twentieth of a second, an export of thousands of Members half a
minute, however few megabytes of Parquet it is."""
MEMORY = 1 * 2**30
"""Bytes that reading a file of one Member may take beyond what the process has."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
EXPORT_SHARE = 0.5
"""Share of the machine's memory that reading an export of all Members may take."""


@dataclass(frozen=True)
class Read:
    """A file, and its submissions as the rules judged them.

    Attributes:
        defect: for the log, how reading it failed where it did, which is a defect of this program.
    """

    file: ReadFile
    judged: tuple[Judged, ...] = ()
    defect: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Between processes all answers go as one batch: that of each of thousands of submissions would say its columns again."""
        if not self.judged:
            return Read, (self.file, (), self.defect)
        batches = [one.answers.batch for one in self.judged]
        (everything,) = pa.Table.from_batches(batches).combine_chunks().to_batches() or batches[:1]
        nothing = everything.slice(0, 0)
        bare = tuple(replace(one, answers=Answers(one.submission.file, nothing)) for one in self.judged)
        sizes = [len(one.answers) for one in self.judged]
        return _put_together, (replace(self.file, submissions=()), bare, everything, sizes, self.defect)


def _put_together(
    file: ReadFile, bare: tuple[Judged, ...], answers: pa.RecordBatch, sizes: list[int], defect: str | None
) -> Read:
    judged = tuple(
        replace(one, answers=Answers(one.submission.file, answers.slice(end - n, n)))
        for one, end, n in zip(bare, itertools.accumulate(sizes), sizes, strict=True)
    )
    return Read(replace(file, submissions=[one.submission for one in judged]), judged, defect)


def read_here(entry: Entry, cycle: Cycle, members: frozenset[str]) -> Read:
    """Read and judge one file in this process."""
    if entry.rule is not None:
        return Read(_set_aside(entry, entry.rule, entry.message, ""))
    read = read_file(entry.path, entry.shown, cycle.framework)
    judged = tuple(judge(submission, cycle, members) for submission in read.submissions)
    return Read(replace(read, submissions=[one.submission for one in judged]), judged)


def read_apart(
    found: Sequence[Entry],
    cycle: Cycle,
    members: frozenset[str],
    progress: Callable[[int, int], None] | None = None,
    context: BaseContext | None = None,
) -> list[Read]:
    """Read and judge files, as many at once as the machine has processors.

    Args:
        found: the files; those with a rule are not opened.
        cycle: whose framework and roster hold.
        members: the codes of all Members.
        progress: called with how many files are read, and how many there are.
        context: how processes are started; by the fork server, unless it is given.

    Returns:
        one for each file, in their order. A file that raises, takes too long or too much memory is set aside.
    """
    pools = _Pools(cycle, members, context or multiprocessing.get_context("forkserver"))
    n_processors = len(os.sched_getaffinity(0))
    read = pools.read(found, n_processors, lambda done: progress(done, len(found)) if progress else None)
    # a process may end for a reason that is not its file's: each is read once more, by itself
    ended = [number for number, one in enumerate(read) if isinstance(one, ProcessExpired)]
    again = pools.read([found[number] for number in ended], 1, lambda _: None)
    done = dict(enumerate(read)) | dict(zip(ended, again, strict=True))
    return [one if isinstance(one, Read) else _ended(found[number], one) for number, one in done.items()]


def _ended(entry: Entry, error: ProcessExpired) -> Read:
    return _failed(entry, "it took too much memory, or broke a library", f"{error}, code {error.exitcode}")


@dataclass(frozen=True)
class _Pools:
    """Pools of processes that read a cycle's files."""

    cycle: Cycle
    members: frozenset[str]
    context: BaseContext

    def read(self, found: Sequence[Entry], n_processes: int, progress: Callable[[int], None]) -> list[Read | ProcessExpired]:
        """Read files, several at once; where a process ended, how it did stands in the place of its file."""
        if not found:
            return []
        pool = ProcessPool(
            max_workers=min(n_processes, len(found)),
            initializer=_begin,
            initargs=(self.cycle, self.members),
            context=self.context,
        )
        done: list[Read | ProcessExpired] = []
        with pool:
            pending = [pool.schedule(_read, (entry,), timeout=_seconds(entry)) for entry in found]
            for entry, future in zip(found, pending, strict=True):
                progress(len(done))
                try:
                    done.append(future.result())
                except TooLong:
                    what = f"it took more than {_seconds(entry):.0f} seconds"
                    done.append(_failed(entry, what, what))
                except ProcessExpired as error:
                    done.append(error)
                except BaseException:
                    pool.stop()  # type: ignore[no-untyped-call]
                    raise
        return done


_CYCLE: tuple[Cycle, frozenset[str]] | None = None
"""In a worker: what the files are read for."""


def _begin(cycle: Cycle, members: frozenset[str]) -> None:
    global _CYCLE
    end_with_served()
    # its usual allocator asks for a gigabyte of addresses at once, which is all that a file may take
    os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
    pa.set_memory_pool(pa.system_memory_pool())
    _CYCLE = (cycle, members)


def _read(entry: Entry) -> Read:
    assert _CYCLE is not None, "a worker begins with _begin"
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    own = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (own + _memory(entry), hard))
    try:
        return read_here(entry, *_CYCLE)
    except MemoryError:
        what = f"it took more than {_memory(entry) // 2**20:,} MB of memory"
        return _failed(entry, what, what)
    except OSError as error:
        if error.errno in NO_ROOM:  # which is no fault of the file
            raise
        return _broke(entry, error)
    except Exception as error:  # whatever a stranger's file brings about, the others are read
        return _broke(entry, error)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _broke(entry: Entry, error: Exception) -> Read:
    return _failed(entry, f"{type(error).__name__}: {printable(str(error))[:200]}", traceback.format_exc())


def _failed(entry: Entry, what: str, log: str) -> Read:
    message = (
        f"The program could not read this file ({what}). Nothing of it was loaded; the other files were. It is a fault of the "
        f"program and perhaps of the file too: have the file saved anew or sent in another form, and report it."
    )
    try:
        with entry.path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        sha256 = ""
    return Read(_set_aside(entry, "reading_failed", message, sha256), defect=f"{entry.shown}: {log}")


def _set_aside(entry: Entry, rule: str, message: str, sha256: str) -> ReadFile:
    return ReadFile(entry.shown, sha256, None, (), (Rejection(Place(entry.shown), None, rule, message),))


def _seconds(entry: Entry) -> float:
    least = EXPORT_SECONDS if form_of(entry.path) == "export" else SECONDS
    try:
        return least + SECONDS_A_MEGABYTE * entry.path.lstat().st_size / 2**20
    except OSError:
        return least


def _memory(entry: Entry) -> int:
    if form_of(entry.path) != "export":
        return MEMORY
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(MEMORY, int(total * EXPORT_SHARE))
