"""The worlds that prove a publication, in a file beside it: what the audit checks, and what the next refresh need not find again.

`<publication>/proof.duckdb` is for the Secretariat alone: true values follow from it. It has three tables:

- subjects: number, audience, cycle, subject (a KPI or an instrument), measure, key
- changes: number, world, member, answer: what differs from the truth
- earlier_changes: number, world, member, truth, answer: likewise of answers that earlier publications tell of, and that have
  changed since
"""

from __future__ import annotations

import hashlib
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from orchestration.publication.join import FORMAT
from orchestration.publication.protection.tables import Worlds
from orchestration.warehouse.held import attached, connected

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from orchestration.publication.protection.tables import EarlierChange

FILE = "proof.duckdb"


def key_of(*parts: Any) -> str:
    """What worlds were found for, in few characters: equal for equal arrays, numbers, texts and dataclasses of these."""
    digest = hashlib.sha256()
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()[:32]


def _feed(digest: hashlib._Hash, part: Any) -> None:
    if is_dataclass(part):
        for one in fields(part):
            _feed(digest, getattr(part, one.name))
    elif isinstance(part, np.ndarray):
        digest.update(repr((part.dtype.str, part.shape)).encode())
        digest.update(np.ascontiguousarray(part).tobytes())
    elif isinstance(part, tuple):
        digest.update(f"({len(part)}".encode())
        for one in part:
            _feed(digest, one)
    else:
        digest.update(repr(part).encode())


class Proof:
    """The worlds of a publication, by subject."""

    def __init__(
        self,
        keys: dict[tuple[str, ...], str],
        changes: dict[tuple[str, ...], list[tuple[int, str, float]]],
        earlier: dict[tuple[str, ...], list[EarlierChange]],
    ) -> None:
        self._keys, self._changes, self._earlier = keys, changes, earlier

    def worlds(
        self, subject: tuple[str, ...], key: str, members: Sequence[str], truth: NDArray[np.float64]
    ) -> NDArray[np.float64] | None:
        """The worlds of a subject, shape (worlds, n); None where there are none, or they were found for something else."""
        return self.worlds_of(subject, members, truth) if self._keys.get(subject) == key else None

    def worlds_of(self, subject: tuple[str, ...], members: Sequence[str], truth: NDArray[np.float64]) -> NDArray[np.float64]:
        """The worlds of a subject, whatever they were found for; shape (worlds, n)."""
        changes = self._changes.get(subject, [])
        n_worlds = 1 + max((world for world, _, _ in changes), default=-1)
        found = np.tile(truth, (n_worlds, 1))
        index = {member: number for number, member in enumerate(members)}
        for world, member, answer in changes:
            found[world, index[member]] = answer
        return found

    def earlier(self, subject: tuple[str, ...]) -> tuple[EarlierChange, ...]:
        """What the worlds of a subject change of earlier answers."""
        return tuple(self._earlier.get(subject, ()))

    def without(self, cycles: Collection[str]) -> Proof:
        """The worlds of the other cycles' subjects."""
        keys = {subject: key for subject, key in self._keys.items() if subject[1] not in cycles}
        return Proof(keys, self._changes, self._earlier)


NO_PROOF = Proof({}, {}, {})


def read_proof(file: Path) -> Proof:
    """The worlds of a publication; none where it has no such file."""
    if not file.exists():
        return NO_PROOF
    keys: dict[tuple[str, ...], str] = {}
    changes: dict[tuple[str, ...], list[tuple[int, str, float]]] = {}
    earlier: dict[tuple[str, ...], list[EarlierChange]] = {}
    with connected(file, read_only=True) as connection:
        subjects = {}
        for number, audience, cycle, subject, measure, key in connection.execute("from subjects").fetchall():
            subjects[number] = (audience, cycle, subject, *([measure] if measure else []))
            keys[subjects[number]] = key
        for number, *change in connection.execute("select number, world, member, answer from changes").fetchall():
            changes.setdefault(subjects[number], []).append(tuple(change))
        is_there = "select count(*) from duckdb_tables() where table_name = 'earlier_changes'"
        if connection.execute(is_there).fetchall()[0][0]:
            rows = connection.execute("select number, world, member, truth, answer from earlier_changes").fetchall()
            for number, *earlier_change in rows:
                earlier.setdefault(subjects[number], []).append(tuple(earlier_change))
    return Proof(keys, changes, earlier)


def write_proof(file: Path, worlds: Iterable[Worlds]) -> None:
    """Write the worlds of a publication; the file must not be there yet."""
    subjects: list[tuple[Any, ...]] = []
    numbers, of_world, members, answers = [], [], [], []
    earlier: list[tuple[int, int, str, float, float]] = []
    for number, one in enumerate(worlds):
        subjects.append((number, *one.subject, *([None] * (4 - len(one.subject))), one.key))
        world, member = np.nonzero(one.is_changed)
        numbers.append(np.full(len(world), number))
        of_world.append(world)
        members.append(np.array(one.members, dtype=object)[member])
        answers.append(one.answers[world, member].astype(float))
        earlier += [(number, *change) for change in one.earlier]
    names = ("number", "audience", "cycle", "subject", "measure", "key")
    types = (pa.int64(), *[pa.string()] * 5)
    tables = {
        "subjects": pa.table(
            {
                name: pa.array([row[i] for row in subjects], type_)
                for i, (name, type_) in enumerate(zip(names, types, strict=True))
            }
        ),
        "changes": pa.table(
            {
                "number": pa.array(np.concatenate([np.zeros(0, dtype=int), *numbers]), pa.int64()),
                "world": pa.array(np.concatenate([np.zeros(0, dtype=int), *of_world]), pa.int64()),
                "member": pa.array(np.concatenate([np.zeros(0, dtype=object), *members]), pa.string()),
                "answer": pa.array(np.concatenate([np.zeros(0), *answers]), pa.float64()),
            }
        ),
    }
    of_earlier = {
        "number": pa.int64(),
        "world": pa.int64(),
        "member": pa.string(),
        "truth": pa.float64(),
        "answer": pa.float64(),
    }
    tables["earlier_changes"] = pa.table(
        {name: pa.array([row[i] for row in earlier], type_) for i, (name, type_) in enumerate(of_earlier.items())}
    )
    with attached(file, FORMAT) as connection:
        for name, table in tables.items():
            connection.register("rows", table)
            connection.execute(f"create table {name} as from rows")
            connection.unregister("rows")
