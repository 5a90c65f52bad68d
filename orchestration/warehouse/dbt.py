"""The dbt project: its manifest, which says what models there are, and how a build file is built with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from orchestration.inputs.home import DBT_PROJECT

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET = DBT_PROJECT / "target"
MANIFEST = TARGET / "manifest.json"
FOLDERS = ("--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT))
DBT = Path(sys.executable).with_name("dbt")
WARM_DBT = Path(sys.executable).with_name("pmm-dbt")
"""dbt, in the process that has it imported where there is one (`orchestration/warm/`)."""

BUILD = ("build", "--exclude-resource-type", "unit_test", "--log-level-file", "warn", "--no-write-json")
"""What a refresh runs: models with their data tests. Unit tests are of the definitions, and run with `make test`. Nobody reads
dbt's artifacts of a refresh, which would take it a twentieth of its time to write."""


def environment(folder: Path | None = None) -> dict[str, str]:
    """The environment for dbt, in which `DBT_TARGET_PATH` says what dbt works on; `profiles.yml` reads it.

    Args:
        folder: with the database file, where dbt also writes its artifacts; None for what needs no database.
    """
    found = {name: value for name, value in os.environ.items() if name not in ("DBT_TARGET_PATH", "DBT_LOG_PATH")}
    if folder is not None:
        found |= {"DBT_TARGET_PATH": str(folder), "DBT_LOG_PATH": str(folder)}
    return found


TEST_SENTENCES = {
    "holds": "In every row: {expression}",
    "unique_rows": "No two rows have the same {columns}",
    "refers_to": "Every {columns} is in {to}",
    "ranks_have_no_holes": "In each cycle {rank} is 1, 2, 3 and so on",
    "has_its_words": "Columns that declare their words have no other",
}
"""What a generic test of the project says, by its name."""


def described_test(node: Mapping[str, Any]) -> str:
    """What a test says, for people: its own description, else what its kind says of its arguments.

    Args:
        node: of the test, in the manifest.
    """
    if node["description"]:
        return str(node["description"])
    found = node.get("test_metadata")
    if found is None:  # a test of its own, whose description dbt forgets where it reads only what changed
        return str(node["name"]).replace("_", " ")
    words = {name: ", ".join(value) if isinstance(value, list) else str(value) for name, value in found["kwargs"].items()}
    words["to"] = words.get("to", "").removeprefix("ref('").removesuffix("')")
    return TEST_SENTENCES[found["name"]].format(**words)


def parsing() -> FileLock:
    """The lock under which the project is parsed: dbt keeps what it parsed in one folder for all."""
    TARGET.mkdir(exist_ok=True)
    return FileLock(TARGET / ".parsing.lock")


def ensure_manifest() -> Path:
    """The manifest, parsed anew if a file of the dbt project is newer than it.

    Raises:
        RuntimeError: the project does not parse; the message is dbt's.
    """
    with parsing():
        if not MANIFEST.exists() or MANIFEST.stat().st_mtime < _newest_source():
            command = [str(DBT), "--quiet", "parse", *FOLDERS]
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment())
            if done.returncode != 0:
                raise RuntimeError(f"The dbt project does not parse:\n{done.stdout}{done.stderr}")
            MANIFEST.touch()
    return MANIFEST


def _newest_source() -> float:
    folders = [DBT_PROJECT / name for name in ("models", "macros", "tests")]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return max(p.stat().st_mtime for p in [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"])


if __name__ == "__main__":
    ensure_manifest()
