"""What keeps the process that runs are begun in: one for the code as it is, and none that fails again and again."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from orchestration.defs import launcher
from orchestration.defs.launcher import Keeper, address, ready

SERVER = """
import socket, sys
from multiprocessing.connection import Connection, wait
from pathlib import Path
listener, alive = socket.socket(fileno=int(sys.argv[2])), int(sys.argv[3])
with Path(sys.argv[1]).open("a") as file:
    file.write("started\\n")
while alive not in wait([listener, alive]):
    with Connection(listener.accept()[0].detach()) as connection:
        connection.send("ready")
"""


def n_started(log: Path) -> int:
    return log.read_text().count("started") if log.exists() else 0


def test_one_server_is_kept_for_the_code_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "log"
    keeper, another = (Keeper(sys.executable, "-c", SERVER, str(log)) for _ in range(2))
    assert ready(address()) is None
    for _ in range(3):
        keeper.keep()
        another.keep()  # a second code server of this home, as the daemon's and that of Dagster's pages are
        first = address()
        assert ready(first) is not None
    assert n_started(log) == 1
    # a file of the code changes: the next run begins with the new code
    monkeypatch.setattr(launcher, "code_stamp", lambda: "another")
    assert address() != first
    assert ready(address()) is None
    keeper.keep()
    assert ready(address()) is not None
    assert ready(first) is None
    assert n_started(log) == 2
    keeper.end()
    assert ready(address()) is None
    another.keep()
    assert ready(address()) is not None
    another.end()


def test_a_server_that_can_not_start_is_not_tried_at_each_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log, clock = tmp_path / "log", [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    keeper = Keeper(sys.executable, "-c", "import sys; open(sys.argv[1], 'a').write('started'); sys.exit(1)", str(log))
    for _ in range(3):
        keeper.keep()
        assert ready(address()) is None  # it waits for the server, which ends
        while keeper._servers and keeper._servers[0].poll() is None:
            time.sleep(0.01)
    assert n_started(log) == 1
    clock[0] += launcher.PAUSE
    keeper.keep()
    keeper.end()
    assert n_started(log) == 2


def test_code_that_changes_has_another_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from orchestration.warehouse import code_version

    file = tmp_path / "model.sql"
    file.write_text("select 1")
    monkeypatch.setattr(code_version, "SOURCES", (tmp_path,))
    first = address()
    assert address() == first
    os.utime(file, ns=(1, 1))
    assert address() != first
