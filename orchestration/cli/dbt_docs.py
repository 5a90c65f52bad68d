"""`make dbt-docs`: dbt's own pages of models, columns, tests and lineage, made from a cycle's last build."""

from __future__ import annotations

import shutil
import subprocess
import sys

from orchestration.cli.common import err, out
from orchestration.inputs.home import Home
from orchestration.warehouse.build import NAME, build_of
from orchestration.warehouse.dbt import FOLDERS, WARM_DBT, environment
from orchestration.warehouse.private import closed


def make(cycle: str) -> int:
    """Make the pages from a copy of the build, so that nothing waits for them; returns the exit code."""
    home = Home.current()
    build, folder = build_of(home, cycle), home.warehouse / "dbt_docs"
    if not build.whole.exists():
        err().print(f"{cycle} has no build yet: pmm refresh --cycle {cycle}", markup=False)
        return 2
    shutil.rmtree(folder, ignore_errors=True)
    closed(folder)
    shutil.copy2(build.whole, folder / NAME)
    command = [str(WARM_DBT), "--quiet", "docs", "generate", "--static", *FOLDERS]
    code = subprocess.run(command, env=environment(folder), check=False).returncode
    (folder / NAME).unlink()
    if code == 0:
        out().print(home.shown(folder / "static_index.html"), markup=False)
    return code


if __name__ == "__main__":
    sys.exit(make(*sys.argv[1:]))
