"""The same cycle refreshed by an earlier commit of this repository, in an environment of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.inputs.home import CODE

if TYPE_CHECKING:
    from collections.abc import Callable

COMMIT = "7e39a2b"
"""What later ones are compared with."""


def earlier(cycle: str, folder: Path) -> Callable[[], None] | None:
    """What refreshes a sample cycle as that commit did; None where this clone has no history that goes back so far.

    Args:
        cycle: of that commit's sample, too.
        folder: for its clone, environment and warehouse.
    """
    environment = {name: value for name, value in os.environ.items() if name not in ("PMM_HOME", "VIRTUAL_ENV")}

    def run(*command: str | Path, inside: Path | None = None) -> None:
        done = subprocess.run(list(map(str, command)), cwd=inside, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed, of commit {COMMIT}:\n{done.stdout}{done.stderr}")

    known = ["git", "-C", str(CODE), "cat-file", "-e", f"{COMMIT}^{{commit}}"]
    if subprocess.run(known, capture_output=True, check=False).returncode != 0:
        return None
    run("git", "clone", "--quiet", "--no-checkout", CODE, folder)
    run("git", "-C", folder, "checkout", "--quiet", COMMIT)
    run("make", "run", inside=folder)

    def refresh() -> None:
        run(folder / ".venv" / "bin" / "pmm", "refresh", "--cycle", cycle, inside=folder)

    return refresh
