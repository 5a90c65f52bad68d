"""Cycles that are held for an audience: it keeps the figures that it has, since with the next ones a secret would follow.

What an audience has is all publications that are kept, from the last one on in which somebody released the cycle for it. Those
that showed something else of a cycle than the later ones are kept (`kept.STATES` of them), however many came since.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from orchestration.disclosure.audiences import AUDIENCES, PROTECTED
from orchestration.publication.digests import told_of
from orchestration.publication.join import create_table
from orchestration.publication.kept import Held, publications
from orchestration.publication.narrowed import LINK
from orchestration.publication.protection.earlier import Release
from orchestration.publication.protection.proof import FILE
from orchestration.warehouse.held import attached

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

    import duckdb

    from orchestration.disclosure.audiences import AudienceName
    from orchestration.inputs.home import Home
    from orchestration.publication.kept import Publication, Record
    from orchestration.publication.protection.tables import Protection
    from orchestration.warehouse.marts import Mart, Marts

IDENTITY = {"cycle", LINK, "kpi", "grouping", "group_name", "unit", "data_origin"}
"""Columns of such rows that are no figures."""
WORD = "held"
"""What `suppression` says of a comparison of a held cycle with one that was refreshed since."""


def releases_of(home: Home, now: Record) -> dict[AudienceName, tuple[Release, ...]]:
    """By audience the publications that it has, with the cycles whose figures count.

    Args:
        home: whose publications they are.
        now: what the publication that is made says of itself.
    """
    found: dict[AudienceName, tuple[Release, ...]] = {}
    records = [(publication, publication.record) for publication in publications(home)]
    told = {
        publication.name: {cycle: what for cycle in record.cycles if (what := told_of(record, cycle)) is not None}
        for publication, record in records
    }
    for audience in PROTECTED:
        cycles_of: list[tuple[Publication, set[str]]] = []
        for publication, record in records:
            if audience.name in record.released:
                _forget(cycles_of, record.cycle)
            own = set(record.cycles) - record.held.get(audience.name, {}).keys()
            if publication.file("internal").exists() and publication.file(audience.name).exists():
                cycles_of.append((publication, own))
        if audience.name in now.released:
            _forget(cycles_of, now.cycle)
        found[audience.name] = tuple(
            Release(
                publication.file("internal"),
                publication.file(audience.name),
                publication.folder / FILE,
                frozenset(own),
                told[publication.name],
            )
            for publication, own in cycles_of
            if own
        )
    return found


def _forget(cycles_of: list[tuple[Publication, set[str]]], cycle: str) -> None:
    for _, own in cycles_of:
        own.discard(cycle)


def held_cycles(
    decided: Mapping[AudienceName, Protection], last: Publication | None, since: str
) -> dict[AudienceName, dict[str, Held]]:
    """By audience the cycles that are held: what is held for a wider audience is held for the narrower ones.

    Args:
        decided: what each audience would be shown.
        last: the publication whose figures it keeps; None for the first, in which nothing is held.
        since: now, UTC, ISO 8601.
    """
    found: dict[AudienceName, dict[str, Held]] = {}
    why: dict[str, list[str]] = {}
    for audience in PROTECTED if last is not None else ():
        assert last is not None
        of_cycle: dict[str, list[str]] = defaultdict(list)
        for cycle, what in decided[audience.name].unsafe:
            of_cycle[cycle].append(what)
        why = {**of_cycle, **why}
        before = last.record.held.get(audience.name, {})
        held = {
            cycle: Held(
                before[cycle].publication if cycle in before else last.name,
                before[cycle].since if cycle in before else since,
                tuple(what),
            )
            for cycle, what in sorted(why.items())
        }
        if held:
            found[audience.name] = held
    return found


def put_back(file: Path, last: Path, held: Collection[str], refreshed: str, marts: Marts) -> None:
    """Have an audience's file show of some cycles what its last one shows.

    Args:
        file: the audience's file.
        last: the audience's last file.
        held: the cycles.
        refreshed: the cycle that is new in the file: its comparisons with held ones are withheld, as they would tell of both.
        marts: what the tables are.
    """
    with attached(file, None, last=last) as connection:
        connection.execute("create temp table held as select unnest(?) as cycle", [sorted(held)])
        there, before = (_columns(connection, catalog) for catalog in (file.stem, "last"))
        connection.begin()
        for mart in marts.values():
            if "cycle" in there.get(mart.full_name, ()):
                _put_back(connection, mart, there[mart.full_name], before.get(mart.full_name, []), refreshed)
        connection.commit()
        connection.execute("checkpoint")


def _put_back(connection: duckdb.DuckDBPyConnection, mart: Mart, columns: list[str], before: list[str], refreshed: str) -> None:
    is_held = "cycle in (from held)"
    if LINK in columns:
        is_held = f"{is_held} or {LINK} in (from held)"
    is_held = f"({is_held})"
    both = [column for column in columns if column in before]
    rows = f"from {mart.quoted} where not {is_held}"
    # a comparison with the cycle that is refreshed would be of figures that are no longer shown, or not shown yet
    is_of_both = LINK in both and connection.execute("select $1 not in (from held)", [refreshed]).fetchall()[0][0]
    stale = f"$refreshed in (cycle, {LINK})" if is_of_both else ""
    if "cycle" in both:
        listed = ", ".join(_kept(column, stale) for column in both)
        rows += f" union all by name select {listed} from last.{mart.quoted} where {is_held}"
    connection.execute(f"create temp table new_rows as {rows}", {"refreshed": refreshed} if stale and "cycle" in both else {})
    # the table is made anew: what its columns say of themselves is to hold of these rows
    connection.execute(f"drop table {mart.quoted}")
    key = create_table(connection, mart, columns, "from new_rows")
    connection.execute(f"insert into {mart.quoted} by name from new_rows {mart.order}; drop table new_rows; {key}")


def _kept(column: str, stale: str) -> str:
    if not stale or column in IDENTITY:
        return f'"{column}"'
    if column == "suppression":
        return f"if({stale}, '{WORD}', suppression) as suppression"
    return f'if({stale}, null, "{column}") as "{column}"'


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str) -> dict[str, list[str]]:
    rows = connection.execute(
        "select schema_name || '.' || table_name, list(column_name order by column_index) from duckdb_columns() "
        "where database_name = ? and not internal group by all",
        [catalog],
    ).fetchall()
    return dict(rows)


def rows_that_differ(file: Path, source: Path, held: Collection[str], marts: Marts) -> list[tuple[str, int]]:
    """Tables in which a file has rows of held cycles that the file whose figures they are has not, and how many.

    Args:
        file: the audience's file.
        source: the audience's file of the publication whose figures are kept.
        held: the cycles.
        marts: what the tables are.
    """
    found = []
    with attached(None, None, file=file, source=source) as connection:
        connection.execute("create temp table held as select unnest(?) as cycle", [sorted(held)])
        there, before = (_columns(connection, catalog) for catalog in ("file", "source"))
        for mart in marts.values():
            columns = there.get(mart.full_name, [])
            if "cycle" not in columns:
                continue
            both = ", ".join(f'"{column}"' for column in columns if column in before.get(mart.full_name, []))
            where = "cycle in (from held)"
            if LINK in columns:
                where += f" and suppression is distinct from '{WORD}'"
            n = connection.execute(
                f"select count(*) from (select {both} from file.{mart.quoted} where {where} "
                f"except all select {both} from source.{mart.quoted} where cycle in (from held))"
                if both
                else f"select count(*) from file.{mart.quoted} where {where}"
            ).fetchall()[0][0]
            if n:
                found.append((mart.full_name, int(n)))
    return found


def sentence(cycle: str, audience: str, held: Held) -> str:
    """That a cycle is held: for whom, since when, why, and what to do."""
    since, who = held.since.replace("T", " "), AUDIENCES[audience].description  # type: ignore[index]
    return (
        f"{cycle} is held for {audience} ({who}) since {since} UTC: it shows the figures of {held.publication}. With the new "
        f"ones a single answer would follow, on {' and '.join(held.why)} for one. It goes on by itself when more answers make "
        f"the difference safe; or: pmm release {cycle} --audience {audience} --reason WHY"
    )
