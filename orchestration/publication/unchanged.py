"""What a publication has in common with the one before it, so that it is neither written nor stored twice."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from orchestration.publication.descriptor import read_resources
from orchestration.publication.join import columns_of
from orchestration.warehouse.held import attached
from orchestration.warehouse.sql import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from orchestration.disclosure.audiences import Audience
    from orchestration.publication.descriptor import Resource
    from orchestration.publication.kept import Publication
    from orchestration.warehouse.marts import Marts


@dataclass(frozen=True)
class Unchanged:
    """What of an audience's package can be taken from the last publication.

    Attributes:
        folder: the last publication's package; None where nothing can be taken.
        tables: table, as `schema.table`, and cycle of which all rows are the same.
        resources: what the last package says of its files that are as they were written, by their path in it.
    """

    folder: Path | None = None
    tables: frozenset[tuple[str, str]] = frozenset()
    resources: dict[str, Resource] = field(default_factory=dict)

    def take(self, tables: Iterable[str], cycle: str, path: Path, target: Path) -> Resource | None:
        """Give a file of the last package a second name, if its rows are the same.

        Args:
            tables: those that it is made from, as `schema.table`.
            cycle: whose rows are in the file.
            path: of the file in the package.
            target: the second name.

        Returns:
            what the last package says of the file; None if it has to be made anew.
        """
        resource = self.resources.get(path.as_posix())
        if self.folder is None or resource is None or not self.tables.issuperset((table, cycle) for table in tables):
            return None
        return resource if _link(self.folder / path, target) else None

    def share(self, path: Path, target: Path) -> None:
        """Store a file that was written once only, where the last package has the same bytes.

        Args:
            path: of the file in the package.
            target: the file that was written.
        """
        if self.folder is not None:
            other = target.with_name(f"{target.name}.next")
            if hash_of(self.folder / path) == hash_of(target) and _link(self.folder / path, other):
                other.replace(target)


def _link(file: Path, target: Path) -> bool:
    """Give a file a second name; returns whether it was done."""
    try:
        try:
            os.link(file, target)
        except OSError:  # not every file system knows second names
            shutil.copy2(file, target)
    except OSError:
        return False
    return True


def hash_of(file: Path) -> str | None:
    """A file's hash, as a data package says it; None where there is no such file."""
    try:
        return f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    except OSError:
        return None


def intact(last: Publication | None, made_with: str, audience: Audience) -> list[str]:
    """The files of an audience's last package that are as they were written, by their path in it.

    None where other code or another DuckDB wrote them: they would be written otherwise now. It does not need the new files, so
    that it is done before there are any.

    Args:
        last: the publication before; None for the first.
        made_with: what makes the new one.
        audience: whose package it is.
    """
    if last is None or last.record.made_with != made_with:
        return []
    folder = last.package(audience.name)
    try:
        return [one.path for one in read_resources(folder) if one.hash and hash_of(folder / one.path) == one.hash]
    except (OSError, ValueError):  # damaged: everything is written anew
        return []


def unchanged(last: Publication | None, new: Publication, audience: Audience, marts: Marts, files: Collection[str]) -> Unchanged:
    """Compare the file of an audience with that of the last publication.

    Args:
        last: the publication before; None for the first.
        new: the one that is being made, with the audience's file in it.
        audience: whose file it is.
        marts: what the tables and their columns are.
        files: those that can be taken of the last package, if their rows are the same: `intact`.
    """
    if last is None or not files:
        return Unchanged()
    try:
        # the rows of other cycles were taken from the last publication as they are
        touched = new.record.cycle if audience.name == "internal" else None
        tables = _same_rows(last.file(audience.name), new.file(audience.name), marts, touched)
        known = frozenset(files)
        resources = {one.path: one for one in read_resources(last.package(audience.name)) if one.path in known}
    except (OSError, ValueError, duckdb.Error):  # damaged: everything is written anew
        return Unchanged()
    return Unchanged(last.package(audience.name), tables, resources)


def _same_rows(last: Path, new: Path, marts: Marts, touched: str | None) -> frozenset[tuple[str, str]]:
    """Tables and cycles whose rows are the same: as many, and two sums of 64-bit hashes of them are equal.

    The hashes are of one DuckDB, in one session, so that they can be compared; nothing of them is kept.

    Args:
        last: a file of the last publication.
        new: that of the new one.
        marts: what the tables and their columns are.
        touched: the one cycle whose rows may differ, but for what compares cycles; None where those of all may.
    """
    with attached(None, None, last=last, new=new) as connection:
        columns = {name: columns_of(connection, name) for name in ("last", "new")}
        same: set[tuple[str, str]] = set()
        for mart in marts.values():
            of_table = columns["new"].get(mart.full_name)
            if of_table is None or columns["last"].get(mart.full_name) != of_table:
                continue
            is_any = touched is None or mart.is_across_cycles
            where = "" if is_any else f"where cycle = {literal(str(touched))}"
            sums = "select cycle, count(*), sum(hash(t)), sum(hash(t, 'again')) from {}.{} as t {} group by cycle"
            queries = [" intersect ".join(sums.format(name, mart.quoted, where) for name in ("last", "new"))]
            if not is_any:
                queries.append(f"select distinct cycle from last.{mart.quoted} where cycle != {literal(str(touched))}")
            for query in queries:
                same |= {(mart.full_name, cycle) for cycle, *_ in connection.execute(query).fetchall()}
    return frozenset(same)
