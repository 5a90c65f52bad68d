"""Who may open what is published: real modes, and where the tests run as root, real other users."""

from __future__ import annotations

import grp
import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.cli.runner import Runner
from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.cycles import Cycle
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError
from orchestration.publication import kept
from orchestration.publication.rights import rights_of
from tests.end_to_end.conftest import MEMBERS
from tests.lab import new_cycle, new_home, send
from tests.publication.conftest import tainted

NOBODY, A_GROUP = 65534, "daemon"


@pytest.fixture
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def refreshed(home: Home) -> Cycle:
    members = dict(list(MEMBERS.items())[:12])
    cycle = new_cycle(home, "c", members, "harbour-v1")
    send(cycle, tainted(1, cycle, list(members)), "csv")
    with Runner(home) as runner:
        assert runner.refresh("c", lambda *_: None)["state"] == "published"
    return cycle


# with 0 all that is not closed is open to all; with 077 all that is not opened is closed
@pytest.mark.parametrize("umask", [0o000, 0o077], indirect=True)
@pytest.mark.usefixtures("warm_dbt", "umask")
def test_whatever_the_umask_internal_files_are_their_owners_and_those_of_an_audience_its_groups() -> None:
    # the tests' own folders let nobody else pass
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        home = new_home(Path(folder) / "home")
        home.path.chmod(0o755)
        is_root = os.geteuid() == 0
        group = grp.getgrnam(A_GROUP).gr_gid if is_root else os.getegid()
        if is_root:
            (home.path / "readers.toml").write_text(f'wco = "{A_GROUP}"\n')
        cycle = refreshed(home)

        publication = kept.current(home)
        assert publication is not None
        assert {mode(path) for path in publication.folder.glob("*.json")} == {0o600}
        expected = {"internal": (0o600, 0o700), "wco": (0o640, 0o750), "public": (0o644, 0o755)}
        for audience in AUDIENCES:
            paths = [publication.file(audience), publication.package(audience), *publication.package(audience).rglob("*")]
            assert {mode(path) for path in paths if path.is_file()} == {expected[audience][0]}
            assert {mode(path) for path in paths if path.is_dir()} == {expected[audience][1]}
            if audience == "wco":
                assert {path.stat().st_gid for path in paths} == {group}
        closed = [home.builds, home.dagster, home.data_docs, cycle.folder / "received"]
        assert {mode(folder) for folder in closed} == {0o700}
        assert [path for path in publication.folder.glob("*") if path.name.startswith("proof") and mode(path) != 0o600] == []

        if is_root:
            # who is in no group of the files, and who is in that of the wco's
            assert readable(home, NOBODY, NOBODY) == {"public"}
            assert readable(home, NOBODY, group) == {"public", "wco"}


def readable(home: Home, user: int, group: int) -> set[str]:
    """The audiences whose files another user opens, and the word `other` if there is any further file that can be read."""
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "found = set()\n"
        "for root, _, files in os.walk(sys.argv[1], followlinks=True):\n"
        "    for name in files:\n"
        "        try:\n"
        "            with open(os.path.join(root, name), 'rb'):\n"
        "                part = Path(root, name).resolve().relative_to(sys.argv[1]).parts\n"
        "                at = part[2] if part[0] == 'publications' and len(part) > 2 else 'other'\n"
        "                found.add(at.removesuffix('.duckdb'))\n"
        "        except OSError:\n"
        "            pass\n"
        "print(' '.join(found))\n"
    )
    done = subprocess.run(
        ["/usr/bin/env", "python3", "-I", "-c", code, str(home.warehouse)],
        capture_output=True,
        text=True,
        check=True,
        user=user,
        group=group,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin:/usr/local/bin"},
    )
    return set(done.stdout.split())


@pytest.fixture
def empty(tmp_path: Path) -> Home:
    return new_home(tmp_path / "home")


def test_a_group_that_there_is_not_is_said_before_anything_is_published(empty: Home) -> None:
    (empty.path / "readers.toml").write_text('wco = "nobody-has-this-group"\n')
    with pytest.raises(InputError, match="is no group of this machine"):
        rights_of(empty)
    (empty.path / "readers.toml").write_text('internal = "users"\n')
    with pytest.raises(InputError, match=r"readers\.toml can't be used"):
        rights_of(empty)


def test_a_publication_that_was_made_before_rights_were_given_gets_them(empty: Home) -> None:
    old = kept.folder_of(empty) / "2024-01-01T000000.000Z_c"
    (old / "internal").mkdir(parents=True)
    (old / "internal.duckdb").write_bytes(b"")
    (old / "internal.duckdb").chmod(0o644)
    kept.candidate(empty).folder.mkdir()
    new = kept.publish(empty, "c")
    assert mode(old / "internal.duckdb") == 0o600
    assert mode(old / "internal") == 0o700
    assert mode(new.folder) == 0o755
