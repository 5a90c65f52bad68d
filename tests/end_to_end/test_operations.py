"""What docs/operations.md tells people to do, done: backup and restore, and an instance on PostgreSQL."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import CODE, Home
from tests.lab import marts, new_home, rows, two_cycles_of_three

BIN = Path(sys.executable).parent
POSTGRES = next((path.parent for path in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))), None)


def environment(home: Home, **more: str) -> dict[str, str]:
    return os.environ | {"PMM_HOME": str(home.path), "PATH": f"{BIN}:{os.environ['PATH']}", **more}


def test_a_backup_is_all_that_a_restore_needs(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    two_cycles_of_three(home)
    shutil.rmtree(home.cycles / "two")
    page = (CODE / "docs" / "operations.md").read_text(encoding="utf-8")
    backup, restore = re.findall(r"<!-- rehearsed .*? -->\n```sh\n(.*?)```", page, re.DOTALL)
    given = environment(home, BACKUP=str(tmp_path / "backup.tar.gz"))
    subprocess.run([BIN / "pmm", "refresh", "--all"], cwd=home.path, env=given, check=True, stdout=subprocess.DEVNULL)
    before = {audience: marts(home.published(audience)) for audience in AUDIENCES}
    subprocess.run(["bash", "-ec", backup], cwd=home.path, env=given, check=True)
    shutil.rmtree(home.path)
    home.path.mkdir()
    unpack, *then = restore.splitlines()
    subprocess.run(["bash", "-ec", unpack], cwd=home.path, env=given, check=True)
    shutil.copy(CODE / "dagster.yaml", home.path)  # the clone's
    # as soon as it is unpacked, everybody reads what was published
    assert {audience: marts(home.published(audience)) for audience in AUDIENCES} == before
    done = subprocess.run(
        ["bash", "-ec", "\n".join([*then, "pmm diff"])], cwd=home.path, env=given, check=True, stdout=subprocess.PIPE, text=True
    )
    assert "No figure changed." in done.stdout
    assert {audience: marts(home.published(audience)) for audience in AUDIENCES} == before
    # what each of the three has sent, and the roster of what was received
    assert len(list((home.cycles / "one" / "received").iterdir())) == 3 + 1


@pytest.fixture
def postgres() -> Iterator[str]:
    """A PostgreSQL server of its own; its address."""
    if POSTGRES is None:
        pytest.skip("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    # it refuses to run as root
    become = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    if become:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run([*become, *command], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    run(str(POSTGRES / "initdb"), "--pgdata", data, "--username", "pmm", "--auth", "trust")
    options = f"-p {port} -k '' -c listen_addresses=127.0.0.1 -c fsync=off"
    run(str(POSTGRES / "pg_ctl"), "--pgdata", data, "--wait", "--log", str(folder / "log"), "--options", options, "start")
    yield f"postgresql+psycopg2://pmm@127.0.0.1:{port}/postgres"
    run(str(POSTGRES / "pg_ctl"), "--pgdata", data, "--mode", "immediate", "stop")
    shutil.rmtree(folder)


def test_on_postgresql_two_cycles_build_at_once(tmp_path: Path, postgres: str) -> None:
    home = new_home(tmp_path / "home")
    two_cycles_of_three(home)
    shutil.copy(CODE / "docs" / "deploy" / "dagster-postgres.yaml", home.path / "dagster.yaml")
    given = environment(home, PMM_POSTGRES_URL=postgres)
    running = [
        subprocess.Popen([BIN / "pmm", "refresh", "--cycle", name], env=given, stdout=subprocess.PIPE, text=True)
        for name in ("one", "two")
    ]
    said = [process.communicate(timeout=300)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], said
    assert rows(home.published("internal"), "select cycle from reference.cycles order by 1") == [("one",), ("two",)]
    assert rows(home.published("internal"), "select count(*) > 0 from aggregate.kpi_trends where change is not null") == [(True,)]
    status = subprocess.run([BIN / "pmm", "status"], env=given, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert status.count("published") >= 2
    assert not (home.warehouse / "dagster" / "history").exists()
