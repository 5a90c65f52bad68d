"""The worlds that prove a publication, in a file beside it: what the audit checks, and what the next refresh need not find again.

`<publication>/proof.duckdb` is for the Secretariat alone: true values follow from it. It has these tables:

- subjects: number, audience, cycle, subject (a KPI or an instrument), measure, key
- changes: number, world, member, answer: what differs from the truth
- earlier_changes: number, world, member, truth, answer: likewise of answers that earlier publications tell of, and that have
  changed since
- decided_values, decided_kpi_cells, ...: audience, and what is shown of a cycle (`tables.TABLES`), which stays until the cycle is
  touched
- decided_cycles: cycle, and the version of the code that decided
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import duckdb
import numpy as np
import pyarrow as pa

from orchestration.disclosure.changes import NO_CHANGES, Changes
from orchestration.inputs.home import CODE
from orchestration.publication.join import writing
from orchestration.publication.protection.tables import TABLES
from orchestration.warehouse.code_version import version_of
from orchestration.warehouse.held import attached, connected

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.publication.protection.tables import EarlierChange, Protection, Worlds

Kind = Literal["values", "answers"]
"""Of what worlds are: KPIs' values, or answers on instruments."""
FILE = "proof.duckdb"
WHAT_DECIDES = tuple(
    CODE / "orchestration" / name for name in ("disclosure", "publication/protection", "publication/narrowed.py")
)
"""What decides. What other code decided is decided anew: it may have shown more than is safe, or less than it could."""


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
        changes: dict[tuple[str, ...], tuple[Changes, NDArray[np.object_]]],
        earlier: dict[tuple[str, ...], list[EarlierChange]],
    ) -> None:
        self._keys, self._changes, self._earlier = keys, changes, earlier

    def worlds(self, subject: tuple[str, ...], key: str, members: Sequence[str]) -> Changes | None:
        """The worlds of a subject; None where there are none, or they were found for something else."""
        return self.worlds_of(subject, members) if self._keys.get(subject) == key else None

    def worlds_of(self, subject: tuple[str, ...], members: Sequence[str]) -> Changes:
        """The worlds of a subject, whatever they were found for.

        Raises:
            KeyError: they are of somebody who is not among the Members.
        """
        changes, whose = self._changes.get(subject, (NO_CHANGES, NOBODY))
        index = {member: number for number, member in enumerate(members)}
        places = np.array([index[member] for member in whose], dtype=np.int32)
        return replace(changes, place=places[changes.place])

    def earlier(self, subject: tuple[str, ...]) -> tuple[EarlierChange, ...]:
        """What the worlds of a subject change of earlier answers."""
        return tuple(self._earlier.get(subject, ()))

    def without(self, cycles: Collection[str]) -> Proof:
        """The worlds of the other cycles' subjects."""
        keys = {subject: key for subject, key in self._keys.items() if subject[1] not in cycles}
        return Proof(keys, self._changes, self._earlier)


NOBODY = np.zeros(0, dtype=object)
NO_PROOF = Proof({}, {}, {})


def read_proof(file: Path, cycles: Collection[str] | None = None) -> Proof:
    """The worlds of a publication; none where it has no such file.

    Args:
        file: of the proof.
        cycles: whose subjects are read; None for all.
    """
    if not file.exists():
        return NO_PROOF
    with attached(proof=file) as connection:
        return read_worlds(connection, cycles)


def read_worlds(
    connection: duckdb.DuckDBPyConnection,
    cycles: Collection[str] | None = None,
    audience: AudienceName | None = None,
    of: Kind | None = None,
    subjects: Collection[str] | None = None,
) -> Proof:
    """The worlds of a publication.

    Args:
        connection: with the file of the proof attached as `proof`.
        cycles: whose subjects are read; None for all.
        audience: whose worlds are read; None for all.
        of: whether those of KPIs' values or of answers on instruments are read; None for both.
        subjects: KPIs or instruments whose worlds are read; None for all.
    """
    keys: dict[tuple[str, ...], str] = {}
    changes: dict[tuple[str, ...], tuple[Changes, NDArray[np.object_]]] = {}
    earlier: dict[tuple[str, ...], list[EarlierChange]] = {}
    subject_of = {}
    own = connection.execute(
        "from proof.subjects where ($cycles is null or list_contains($cycles::varchar[], cycle)) "
        "and ($audience is null or audience = $audience) and ($of is null or (measure is null) = ($of = 'values')) "
        "and ($subjects is null or list_contains($subjects::varchar[], subject))",
        {
            "cycles": None if cycles is None else sorted(cycles),
            "audience": audience,
            "of": of,
            "subjects": None if subjects is None else sorted(subjects),
        },
    ).fetchall()
    for number, *subject, measure, key in own:
        subject_of[number] = (*subject, *([measure] if measure else []))
        keys[subject_of[number]] = key
    # of many Members there are millions: as arrays they take little room
    of_subject: pa.Table = connection.sql(
        "select number, list(world order by world, member), list(member order by world, member), "
        "list(answer order by world, member) from proof.changes where number in (select unnest($own::bigint[])) group by number",
        params={"own": list(subject_of)},
    ).to_arrow_table()
    for row in range(of_subject.num_rows):
        number, *arrays = (column[row] for column in of_subject.columns)
        world, member, answer = (array.values for array in arrays)
        coded = member.dictionary_encode()
        changes[subject_of[number.as_py()]] = (
            Changes(
                1 + int(world.to_numpy().max()),
                world.to_numpy().astype(np.int32),
                coded.indices.to_numpy(),
                answer.to_numpy(),
            ),
            coded.dictionary.to_numpy(zero_copy_only=False),
        )
    with suppress(duckdb.CatalogException):  # a proof that was made before it spoke of earlier answers
        rows = connection.execute(
            "select number, world, member, truth, answer from proof.earlier_changes "
            "where number in (select unnest($own::bigint[]))",
            {"own": list(subject_of)},
        ).fetchall()
        for number, *earlier_change in rows:
            earlier.setdefault(subject_of[number], []).append(tuple(earlier_change))
    return Proof(keys, changes, earlier)


def decided_cycles(file: Path) -> frozenset[str]:
    """The cycles of which a proof says what is shown; none where there is no proof, or where other code decided."""
    if not file.exists():
        return frozenset()
    with connected(file, read_only=True) as connection:
        try:
            rows = connection.execute("select cycle from decided_cycles where decided_with = ?", [_version()]).fetchall()
        except duckdb.CatalogException:
            return frozenset()
    return frozenset(cycle for (cycle,) in rows)


def read_decided(file: Path, audience: AudienceName, cycles: Collection[str]) -> dict[str, pa.Table]:
    """What an audience is shown of some cycles, by name of a table of `TABLES`."""
    with connected(file, read_only=True) as connection:
        return {
            name: connection.sql(
                f"select * exclude (audience) from decided_{name} where audience = $audience and list_contains($kept, cycle)",
                params={"audience": audience, "kept": sorted(cycles)},
            ).to_arrow_table()
            for name in TABLES
        }


def _version() -> str:
    return version_of(*WHAT_DECIDES)


def write_proof(
    file: Path,
    decided: Mapping[AudienceName, Protection],
    cycles: Collection[str] = (),
    last: Path | None = None,
    kept: Collection[str] = (),
) -> None:
    """Write the worlds of a publication, and what is decided; the file must not be there yet.

    Args:
        file: of the proof.
        decided: what each audience is shown.
        cycles: of the publication.
        last: the last publication's proof.
        kept: the cycles whose worlds are taken from it.
    """
    worlds = [one for protection in decided.values() for one in protection.worlds]
    decided_with = pa.table({"cycle": pa.array(sorted(cycles), pa.string()), "decided_with": pa.repeat(_version(), len(cycles))})
    tables = [*_tables_of(worlds).items(), ("decided_cycles", decided_with)]
    for name in TABLES:
        for audience, protection in decided.items():
            rows = protection.table(name)
            tables.append((f"decided_{name}", rows.add_column(0, "audience", pa.repeat(audience, len(rows)))))
    with writing(file, **({} if last is None else {"last": last})) as connection:
        for name, rows in tables:
            connection.register("rows", rows)
            connection.execute(f"create table if not exists {name} as from rows limit 0; insert into {name} from rows")
            connection.unregister("rows")
        if last is not None and kept:
            _take_over(connection, len(worlds), kept)


def _take_over(connection: duckdb.DuckDBPyConnection, first: int, kept: Collection[str]) -> None:
    """Add the worlds that the last publication's proof has of some cycles, numbered on from a number."""
    connection.execute("create temp table kept as select unnest(?::varchar[]) as cycle", [sorted(kept)])
    connection.execute(
        "create temp table renumbered as select number as before, $first + row_number() over (order by number) - 1 as number "
        "from last.subjects where cycle in (from kept)",
        {"first": first},
    )
    for name in ("subjects", "changes", "earlier_changes"):
        connection.execute(
            f"insert into {name} by name select own.* replace (renumbered.number as number) from last.{name} as own "
            "inner join renumbered on own.number = renumbered.before order by renumbered.number"
        )


def _tables_of(worlds: Sequence[Worlds]) -> dict[str, pa.Table]:
    subjects: list[tuple[Any, ...]] = []
    numbers, members = [], []
    earlier: list[tuple[int, int, str, float, float]] = []
    for number, one in enumerate(worlds):
        subjects.append((number, *one.subject, *([None] * (4 - len(one.subject))), one.key))
        numbers.append(np.full(len(one.changes.world), number))
        members.append(np.array(one.members, dtype=object)[one.changes.place])
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
                "world": pa.array(np.concatenate([np.zeros(0, dtype=int), *(one.changes.world for one in worlds)]), pa.int64()),
                "member": pa.array(np.concatenate([np.zeros(0, dtype=object), *members]), pa.string()),
                "answer": pa.array(np.concatenate([np.zeros(0), *(one.changes.answer for one in worlds)]), pa.float64()),
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
    return tables
