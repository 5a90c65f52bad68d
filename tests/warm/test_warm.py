"""The processes that are there for speed: they answer, fail and end as they should, and leave nothing behind."""

from __future__ import annotations

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.dbt import FOLDERS, WARM_DBT, environment
from orchestration.warm import dbt_server
from orchestration.warm.dbt import ADDRESS, connect
from orchestration.warm.workers import begin, call
from tests.lab import processes_of, wait_until

HERE = "tests.warm.test_warm"


class Unsendable(Exception):  # noqa: N818
    """An error that can be pickled, and not be read again."""

    def __init__(self, a: object, b: object) -> None:
        super().__init__(f"{a} {b}")


def add(a: int, b: int) -> int:
    return a + b


def fail(kind: str) -> object:
    if kind == "ordinary":
        raise ValueError("no such cycle")
    if kind == "unsendable":
        raise Unsendable("told", "twice")
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hang":
        time.sleep(600)
    return lambda: kind  # which can't be sent


def test_a_call_answers_from_another_process() -> None:
    assert call(HERE, "add", 2, 3) == 5
    assert call("os", "getpid") != os.getpid()


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [
        ("ordinary", ValueError, "no such cycle"),
        ("unsendable", RuntimeError, "raised what can't be sent: Unsendable"),
        ("answer", RuntimeError, "returned what can't be sent"),
        ("die", RuntimeError, "ended without an answer, with code -9"),
        ("hang", TimeoutError, "took more than 0.5 seconds"),
    ],
)
def test_a_call_that_fails_says_how(kind: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        call(HERE, "fail", kind, limit=0.5 if kind == "hang" else 60)
    assert call(HERE, "add", 2, 3) == 5


def run_dbt(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(WARM_DBT), *arguments, *FOLDERS]
    return subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=False, timeout=120)


def database(folder: Path) -> Path:
    """A file of which dbt can build one model."""
    folder.mkdir()
    with duckdb.connect(str(folder / "pmm.duckdb")) as connection:
        connection.execute(
            "create schema raw; create table raw.sdgs as select 'c' as cycle, 3 as sdg, 'Health' as name, 'source' as basis"
        )
    return folder


ENDLESS = ["show", "--inline", "select sum(a.range * b.range) as endless from range(10000000) as a, range(10000000) as b"]
"""A query that takes its time."""


def is_in_query(folder: Path) -> bool:
    return (folder / "dbt.log").exists() and "limit 5" in (folder / "dbt.log").read_text()


@pytest.mark.usefixtures("warm_dbt")
def test_the_server_takes_commands_while_others_go_on_and_bears_who_leaves(tmp_path: Path) -> None:
    folder, other = database(tmp_path / "build"), database(tmp_path / "other")
    endless = subprocess.Popen([str(WARM_DBT), *ENDLESS, *FOLDERS], env=environment(folder))
    wait_until(lambda: is_in_query(folder))
    gone = connect()
    assert gone is not None
    gone.close()
    for _ in range(2):
        assert run_dbt(other, "run", "--select", "stg_sdgs").returncode == 0
    assert endless.poll() is None
    endless.terminate()
    assert endless.wait(timeout=60) != 0


@pytest.mark.usefixtures("warm_dbt")
def test_the_server_gives_dbts_own_output_and_exit_code(tmp_path: Path) -> None:
    folder = database(tmp_path / "build")
    done = run_dbt(folder, "run", "--select", "stg_sdgs")
    assert done.returncode == 0, done.stdout
    assert "PASS=1" in done.stdout
    bad = run_dbt(folder, "run", "--select", "stg_roster")
    assert bad.returncode == 1
    assert "Runtime Error in model stg_roster" in bad.stdout
    assert run_dbt(folder, "run", "--no-such-flag").returncode == 2


def test_without_a_server_and_with_one_that_died_dbt_runs_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ADDRESS, "pmm-nobody-listens-here")
    folder = database(tmp_path / "build")
    assert run_dbt(folder, "run", "--select", "stg_sdgs").returncode == 0
    # the dbt server can't be started, and the client would connect to it in vain

    def killed(*_: object) -> None:
        raise EOFError

    monkeypatch.setattr(dbt_server, "begun", killed)
    with dbt_server.dbt_server():
        assert run_dbt(folder, "run", "--select", "stg_sdgs").returncode == 0


@pytest.mark.parametrize("victim", ["all of it", "the client"])
def test_nothing_is_left_of_a_process_that_is_killed(tmp_path: Path, victim: str) -> None:
    """Whatever is killed at its worst, in the middle of a build: what it started ends with it."""
    mark, folder = f"PMM_TEST_MARK={tmp_path}", database(tmp_path / "build")
    code = (
        "import sys, time, subprocess\n"
        "from orchestration.warm.dbt_server import dbt_server\n"
        "from orchestration.warm.workers import call\n"
        "if __name__ == '__main__':\n"
        "    with dbt_server():\n"
        "        call('os', 'getpid')\n"
        "        client = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)\n"
        "        client.wait()\n"
        "        open('client has ended', 'w').close()\n"
        "        time.sleep(600)\n"
    )
    outer = subprocess.Popen(
        [sys.executable, "-c", code, str(WARM_DBT), *ENDLESS, *FOLDERS],
        env={**environment(folder), "PMM_TEST_MARK": str(tmp_path), "TMPDIR": str(tmp_path)},
        cwd=tmp_path,
    )
    wait_until(lambda: is_in_query(folder))
    assert len(processes_of(mark)) >= 5  # itself, the fork server, its tracker, dbt's server, the client, its build
    before = processes_of(mark)
    if victim == "all of it":
        outer.kill()
        outer.wait()
        wait_until(lambda: not processes_of(mark))
    else:
        clients = [pid for pid in before if str(WARM_DBT) in Path(f"/proc/{pid}/cmdline").read_text().split("\0")]
        clients = [pid for pid in clients if pid != outer.pid]
        assert len(clients) == 1
        os.kill(clients[0], signal.SIGKILL)
        wait_until((tmp_path / "client has ended").exists)
        wait_until(lambda: len(processes_of(mark)) == len(before) - 2)  # the client and its build
        outer.kill()
        outer.wait()
        wait_until(lambda: not processes_of(mark))
    assert {path.name for path in tmp_path.iterdir()} <= {"build", "client has ended"}
    # what it could not remove, the next process does
    subprocess.run([sys.executable, "-c", "from orchestration.warehouse.temporary import own_folder; own_folder()"], check=True)
    assert not [path for pid in before for path in Path("/tmp").glob(f"pmm-{pid}-*")]


def test_who_is_asked_to_end_does_not_wait_for_an_answer(tmp_path: Path) -> None:
    code = (
        "import signal\n"
        "from orchestration.warm.workers import call\n"
        "if __name__ == '__main__':\n"
        "    signal.signal(signal.SIGTERM, signal.default_int_handler)\n"
        "    call('time', 'sleep', 600)\n"
    )
    mark = f"PMM_TEST_MARK={tmp_path}"
    outer = subprocess.Popen(
        [sys.executable, "-c", code], env={**os.environ, "PMM_TEST_MARK": str(tmp_path)}, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: len(processes_of(mark)) == 4)  # itself, the fork server, its tracker, and what sleeps
    outer.terminate()
    assert outer.wait(timeout=60) != 0
    wait_until(lambda: not processes_of(mark))


def test_what_was_begun_goes_on_meanwhile_and_can_be_ended() -> None:
    before = set(multiprocessing.active_children())
    other, endless = begin("os", "getpid"), begin("time", "sleep", 600)
    assert call("os", "getpid") != other.result()
    assert set(multiprocessing.active_children()) > before
    endless.end()
    assert set(multiprocessing.active_children()) <= before
    other.end()  # is no error


def test_no_temporary_folder_is_left() -> None:
    before = set(Path(tempfile.gettempdir()).glob("pymp-*"))
    code = "from orchestration.warm.workers import call\nif __name__ == '__main__':\n    print(call('os', 'getpid'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().isdigit()
    assert done.stderr == ""
    assert set(Path(tempfile.gettempdir()).glob("pymp-*")) <= before


def test_dbt_makes_no_message_and_no_line_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails when dbt changes what is replaced, so that somebody looks whether that is still needed."""
    from dbt.events.types import MainReportVersion, PartialParsingEnabled
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.events import event_manager, logger
    from dbt_common.events.base_types import BaseEvent, EventLevel, msg_from_base_event

    made: list[str] = []
    create_line = logger._TextLogger.create_line

    def message(event: Any, level: EventLevel | None = None) -> Any:
        made.append(f"message of {type(event).__name__}")
        return msg_from_base_event(event, level)

    def line(self: Any, msg: Any) -> str:
        made.append(f"line for {self.name}")
        return create_line(self, msg)

    monkeypatch.setattr(event_manager, "msg_from_base_event", message)
    monkeypatch.setattr(logger._TextLogger, "create_line", line)
    # so that what is replaced is put back
    monkeypatch.setattr(event_manager.EventManager, "fire_event", event_manager.EventManager.fire_event)
    monkeypatch.setattr(logger._Logger, "write_line", logger._Logger.write_line)
    monkeypatch.setattr(BehaviorFlagRendered, "_default_source", BehaviorFlagRendered._default_source)
    monkeypatch.setattr(BaseEvent, "__init__", BaseEvent.__init__)
    monkeypatch.setattr(BaseEvent, "pb_msg", None, raising=False)
    dbt_server.leave_out_what_nobody_reads()

    def said(*levels: EventLevel) -> str:
        manager, out = event_manager.EventManager(), io.StringIO()
        for level in levels:
            manager.add_logger(logger.LoggerConfig(name=level.value, level=level, output_stream=out))
        manager.fire_event(MainReportVersion(version="1", log_version=3))
        manager.fire_event(PartialParsingEnabled(deleted=0, added=0, changed=0))
        return out.getvalue()

    assert "Running with dbt" in said(EventLevel.INFO, EventLevel.WARN)
    assert made == ["message of MainReportVersion", "line for info"]
    assert "Partial parsing enabled" in said(EventLevel.DEBUG)
    assert made[2:] == [
        "message of MainReportVersion", "line for debug", "message of PartialParsingEnabled", "line for debug"
    ]  # fmt: skip


def test_of_a_command_dbt_makes_few_messages(tmp_path: Path) -> None:
    """Whoever listens to dbt, itself too: what nobody reads is not made."""
    script = """if True:
    import os
    import sys
    from collections import Counter
    from dbt_common.events import base_types, event_manager
    from orchestration.warm import dbt_server
    given, made, filled = dict(os.environ), Counter(), Counter()
    manifest = dbt_server.parse()
    os.environ.update(given)
    message, fill = event_manager.msg_from_base_event, base_types.ParseDict

    def counted(event, level=None):
        made[(level or event.level_tag()).value] += 1
        return message(event, level)

    def counted_fill(values, form):
        filled[type(form).__name__] += 1
        return fill(values, form)

    event_manager.msg_from_base_event, base_types.ParseDict = counted, counted_fill
    code = dbt_server.run(sys.argv[1:], manifest)
    print("ended", code, made["debug"], made["info"] > 0, filled["SQLQuery"])
    """
    command = [sys.executable, "-c", script, "run", "--select", "stg_sdgs", "--log-level-file", "warn", *FOLDERS]
    done = subprocess.run(command, env=environment(database(tmp_path / "build")), capture_output=True, text=True, check=True)
    assert "ended 0 0 True 0" in done.stdout.splitlines(), done.stdout


def test_a_process_that_has_all_imported_forks_its_own_fork_server() -> None:
    # what it has imported by then, here a module that no file holds, is there in what the fork server forks
    script = """if True:
    import multiprocessing, os, sys, types
    from orchestration.warm import workers
    made = sys.modules["made_here"] = types.ModuleType("made_here")
    made.parents = lambda: (os.getppid(), multiprocessing.parent_process().pid)
    if __name__ == "__main__":
        workers.fork_fork_server()
        server = workers.forkserver._forkserver._forkserver_pid
        print(workers.call("made_here", "parents") == (server, os.getpid()), server, workers.own_folder())
    """
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    is_so, server, folder = done.stdout.split()
    assert (is_so, done.stderr) == ("True", "")
    wait_until(lambda: not Path("/proc", server).exists())
    assert not Path(folder).exists()
