"""Who reads or kills while a publication is made: readers see whole ones, and a killed one leaves a whole one."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import time
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from orchestration.publication import kept, make
from orchestration.warehouse.marts import read_marts
from tests.lab import join, publish, rows, wait_until


def read_in_a_loop(folder: str, number: int, n_kpis: int, n_read: Any, stop: Any, results: Any) -> None:
    """An analyst: open the files again and again, and see one publication in each, whole."""
    faults = []
    while not stop.is_set():
        for audience in AUDIENCES:
            try:
                with duckdb.connect(f"{folder}/{audience}.duckdb", read_only=True) as connection:
                    seen = connection.execute("select min(refreshed_at), max(refreshed_at) from reference.publication").fetchall()
                    time.sleep(0.005)
                    counts = connection.execute(
                        "select count(*), count(distinct cycle), (select count(*) from reference.kpis) "
                        "from aggregate.kpi_by_group join reference.kpis using (cycle, kpi)"
                    ).fetchall()
                    again = connection.execute(
                        "select min(refreshed_at), max(refreshed_at) from reference.publication"
                    ).fetchall()
                    if seen != again or counts[0][1:] != (2, n_kpis) or counts[0][0] == 0:
                        faults.append(f"torn: {seen} {again} {counts}")
                time.sleep(0.05)
            except Exception as error:
                faults.append(repr(error))
        n_read[number] += 1
    results.put(faults)


def test_eight_readers_through_ten_publications(small: Home) -> None:
    context = multiprocessing.get_context("spawn")
    stop, results = context.Event(), context.Queue()
    n_kpis = rows(small.published("public"), "select count(*) from reference.kpis")[0][0]
    n_read: Any = context.Array("i", 8)
    readers = [
        # where the test fails, they end with it
        context.Process(target=read_in_a_loop, args=(str(small.warehouse), number, n_kpis, n_read, stop, results), daemon=True)
        for number in range(8)
    ]
    for reader in readers:
        reader.start()
    names = []
    now = kept.current(small)
    assert now is not None
    made, again = kept.candidate(small).folder, now.folder
    for number in range(10):
        before = list(n_read)
        # however slow the machine, each goes on reading from one publication to the next
        wait_until(lambda before=before: all(now > then for now, then in zip(n_read, before, strict=True)))  # type: ignore[misc]
        shutil.copytree(again, made)
        names.append(kept.publish(small, ("one", "two")[number % 2]).name)
    stop.set()
    faults = [results.get(timeout=60) for _ in readers]
    for reader in readers:
        reader.join()
    assert [found for found in faults if found] == []
    assert len(AUDIENCES) * sum(n_read) > 80
    there = [p.name for p in kept.publications(small)]
    assert there == sorted(there)
    assert there[-10:] == names
    now = kept.current(small)
    assert now is not None
    needed = {held.publication for of_audience in now.record.held.values() for held in of_audience.values()}
    assert set(there[: -kept.KEPT]) <= needed


def publish_for_ever(path: str) -> None:
    """Cut and publish what was joined, which is the part that has to be whole."""
    home = Home(Path(path))
    while True:
        shutil.copytree(home.path / "joined", make.joined_folder(home))
        make.cut(home, read_marts())
        kept.publish(home, "one")


def test_killed_at_any_point_a_publication_leaves_a_whole_one(small: Home) -> None:
    context = multiprocessing.get_context("spawn")
    expected = {a: rows(small.published(a), "select count(*) from aggregate.kpi_by_group") for a in AUDIENCES}
    join(small, "one")
    shutil.copytree(make.joined_folder(small), small.path / "joined")
    began = time.monotonic()
    make.cut(small, read_marts())
    seen = {kept.publish(small, "one").name}
    one = time.monotonic() - began
    # at points of a publication from its beginning to its end, and once when a new one has just become current
    for share in (0.05, 0.3, 0.6, 0.95, None):
        for left in (kept.candidate(small).folder, make.joined_folder(small)):  # by a killed one; this one's is waited for
            shutil.rmtree(left, ignore_errors=True)
        writer = context.Process(target=publish_for_ever, args=(str(small.path),))
        writer.start()
        wait_until(lambda: kept.candidate(small).folder.exists())
        if share is None:
            wait_until(lambda: kept.current(small).name not in seen)  # type: ignore[union-attr]
        else:
            time.sleep(share * one)
        os.kill(writer.pid or 0, signal.SIGKILL)
        writer.join()
        now = kept.current(small)
        assert now is not None
        seen.add(now.name)
        for audience in AUDIENCES:
            assert small.published(audience).resolve().parent == now.folder
            assert rows(small.published(audience), "select count(*) from aggregate.kpi_by_group") == expected[audience]
            package = json.loads((small.warehouse / audience / "datapackage.json").read_text())
            for resource in package["resources"][:5]:
                assert (small.warehouse / audience / resource["path"]).stat().st_size == resource["bytes"]
    assert len(seen) > 1
    publish(small, "one")
    assert not kept.candidate(small).folder.exists()


def prepare_in_vain(path: str) -> None:
    """Prepare a publication, and be killed by whoever began it while the rows are written."""

    def rows_for_ever(sources: Any, target: Path, marts: Any) -> None:  # noqa: ARG001
        target.write_bytes(b"part")
        time.sleep(600)

    with mock.patch.object(make, "join_rows", rows_for_ever):
        make.prepare(Home(Path(path)), read_marts())


def test_what_is_prepared_beside_dbt_is_taken_and_is_made_anew_where_that_was_killed(small: Home) -> None:
    def counted(publication: kept.Publication) -> dict[str, list[tuple[Any, ...]]]:
        return {
            audience: rows(
                publication.file(audience), "select schema_name, table_name, estimated_size from duckdb_tables() order by all"
            )
            for audience in AUDIENCES
        }

    folder, context = make.joined_folder(small), multiprocessing.get_context("spawn")
    join(small, "one")
    expected = counted(make.cut(small, read_marts()))

    join(small, "one")
    files = make.prepare(small, read_marts())
    assert len(files["public"]) > 20
    prepared = (folder / make.ROWS).stat()
    assert make.prepare(small, read_marts()) == files
    new = make.cut(small, read_marts())
    assert new.file("internal").stat().st_ino == prepared.st_ino
    assert counted(new) == expected
    # whoever comes when the publication is cut does nothing
    assert not folder.exists()
    assert make.prepare(small, read_marts()) == {}

    join(small, "one")
    helper = context.Process(target=prepare_in_vain, args=(str(small.path),))
    helper.start()
    wait_until(lambda: any(folder.glob(f"*.{make.ROWS}")))
    os.kill(helper.pid or 0, signal.SIGKILL)
    helper.join()
    assert counted(make.cut(small, read_marts())) == expected
