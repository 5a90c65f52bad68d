"""`pmm-dbt`: what dagster-dbt runs in place of `dbt`. With a helper it hands the command over, without one it becomes dbt."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from orchestration.warm.client import connect
from orchestration.warm.wire import receive, send


def main() -> None:
    """Run a dbt command; output and exit code are dbt's."""
    arguments = sys.argv[1:]
    if arguments == ["--version"]:
        # what dbt takes seconds to say; dagster-dbt reads the line with the installed version
        from importlib.metadata import version

        print(f"Core:\n  - installed: {version('dbt-core')}")
        return
    connection = connect()
    if connection is None:
        dbt = Path(sys.executable).with_name("dbt")
        os.execv(dbt, [str(dbt), *arguments])
    with connection:
        job = {"kind": "dbt", "arguments": arguments, "environment": dict(os.environ), "folder": str(Path.cwd())}
        send(connection, job, [1, 2])
        child = receive(connection)[0]["pid"]
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda got, _: os.kill(child, got))
        sys.exit(receive(connection)[0]["code"])
