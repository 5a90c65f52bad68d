"""What happens to a publication that somebody or something damaged: it is set aside with a sentence, and made anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from orchestration.inputs.cycles import cycle_names
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError
from orchestration.publication import kept, make
from orchestration.publication.kept import Publication
from orchestration.warehouse.build import build_of
from orchestration.warehouse.marts import read_marts
from tests.lab import marts, publish


@pytest.fixture
def home(small: Home) -> Home:
    return small


def current(home: Home) -> Publication:
    found = kept.current(home)
    assert found is not None
    return found


def cut_short(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def turn_a_byte(file: Path) -> None:
    with file.open("r+b") as opened:
        opened.seek(file.stat().st_size - 5000)
        byte = opened.read(1)[0]
        opened.seek(-1, os.SEEK_CUR)
        opened.write(bytes([byte ^ 255]))


def replace_with_text(file: Path) -> None:
    file.write_text("not a database")


@pytest.mark.parametrize("harm", [cut_short, turn_a_byte, replace_with_text, Path.unlink])
def test_a_damaged_publication_is_set_aside_and_all_cycles_are_shown_as_before(home: Home, harm: Callable[[Path], None]) -> None:
    before, damaged = marts(home.published("internal")), current(home)
    harm(damaged.file("internal"))
    with pytest.raises(InputError, match="can't be read"):
        kept.get_publication(home, damaged.name)
    found = make.join_cycles(home, "one", cycle_names(home), read_marts())
    assert f"The publication {damaged.name} is damaged (" in found.said[0]
    assert found.said[1:] == ("The figures of two come from warehouse/build/two/pmm.duckdb.",)
    # until the next is published, users open what they had
    assert (home.warehouse / "current").resolve().parent.name == kept.DAMAGED
    publish(home, "one")
    assert marts(home.published("internal")) == before
    assert current(home).damage() == ""


def test_where_a_build_is_damaged_too_an_earlier_publication_gives_the_figures(home: Home) -> None:
    before = marts(home.published("internal"))
    publish(home, "one")
    cut_short(current(home).file("internal"))
    replace_with_text(build_of(home, "two").whole)
    found = make.join_cycles(home, "one", cycle_names(home), read_marts())
    assert found.said[1].startswith("The figures of two come from warehouse/publications/")
    publish(home, "one")
    assert marts(home.published("internal")) == before


def test_what_cannot_be_shown_is_named(home: Home) -> None:
    for publication in kept.publications(home):
        replace_with_text(publication.file("internal"))
    replace_with_text(build_of(home, "two").whole)
    found = make.join_cycles(home, "one", cycle_names(home), read_marts())
    assert found.said[1:] == ("two is not shown until it is made anew: pmm refresh --cycle two.",)


@pytest.mark.parametrize("harm", ["gone", "dangling", "a folder"])
def test_a_link_that_is_damaged_loses_no_cycle(home: Home, harm: str) -> None:
    before, link = marts(home.published("internal")), home.warehouse / "current"
    link.unlink()
    if harm == "dangling":
        link.symlink_to("publications/nowhere")
    elif harm == "a folder":
        link.mkdir()
    found = make.join_cycles(home, "one", cycle_names(home), read_marts())
    assert found.said == (f"warehouse/current pointed nowhere; it points to {current(home).name} again.",)
    publish(home, "one")
    assert marts(home.published("internal")) == before


def test_a_file_of_a_package_that_somebody_wrote_to_is_made_anew(home: Home) -> None:
    name = Path("public") / "csv" / "reference.kpis" / "two.csv"
    file = current(home).folder / name
    before, status = file.read_bytes(), file.stat()
    file.write_bytes(before.replace(b"harbour", b"HARBOUR") + b" ")
    os.truncate(file, len(before))
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    replace_with_text(current(home).file("wco"))
    publish(home, "one")
    assert (current(home).folder / name).read_bytes() == before
    with duckdb.connect(str(home.published("wco")), read_only=True) as connection:
        assert connection.execute("select count(*) from reference.cycles").fetchall() == [(2,)]
