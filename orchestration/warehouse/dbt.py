"""The dbt project's manifest, which says what models there are; made again when the project's files are newer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.home import CODE, DBT_PROJECT, Home

TARGET = DBT_PROJECT / "target"
MANIFEST = TARGET / "manifest.json"
DBT = Path(sys.executable).with_name("dbt")
WARM_DBT = Path(sys.executable).with_name("pmm-dbt")
"""dbt, in the warm helper where there is one (`orchestration/warm/`)."""

BUILD = ("build", "--exclude-resource-type", "unit_test", "--log-level-file", "info")
"""What a refresh runs: models with their data tests. Unit tests are of the definitions, and run with `make test`."""


def dbt_environment(home: Home) -> dict[str, str]:
    """Environment variables under which dbt works on a home's build file.

    For the project's own folder there is none to set, since the profile's default is right; a value that differs from
    one invocation to the next would make dbt parse the whole project again.
    """
    return {} if home.path == CODE else {"PMM_BUILD_FILE": str(home.build_file)}


def dbt_target(home: Home) -> Path:
    """The folder of a home's dbt artifacts; what dbt knows of the parsed project is taken there from the project's own."""
    target = home.warehouse / "build" / "dbt"
    target.mkdir(parents=True, exist_ok=True)
    parsed = TARGET / "partial_parse.msgpack"
    if parsed.exists() and not (target / parsed.name).exists():
        shutil.copy(parsed, target)
    return target


def ensure_manifest() -> Path:
    """The manifest, parsed anew if a file of the dbt project is newer than it.

    Raises:
        RuntimeError: the project does not parse; the message is dbt's.
    """
    TARGET.mkdir(exist_ok=True)
    with FileLock(TARGET / ".parsing.lock"):
        if not MANIFEST.exists() or MANIFEST.stat().st_mtime < _newest_source():
            command = [
                str(DBT),
                "--quiet",
                "parse",
                "--project-dir",
                str(DBT_PROJECT),
                "--profiles-dir",
                str(DBT_PROJECT),
            ]
            environment = {k: v for k, v in os.environ.items() if k != "PMM_BUILD_FILE"}
            done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
            if done.returncode != 0:
                raise RuntimeError(f"The dbt project does not parse:\n{done.stdout}{done.stderr}")
            MANIFEST.touch()
    return MANIFEST


def incremental_columns(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """By table that outlives a refresh, as `schema.table`, the columns that it has: those that its model describes.

    Args:
        manifest: dbt's manifest.json.
    """
    return {
        f"{node['schema']}.{node['name']}": set(node["columns"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental"
    }


def _newest_source() -> float:
    folders = [DBT_PROJECT / name for name in ("models", "macros", "tests")]
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    return max(p.stat().st_mtime for p in [*files, DBT_PROJECT / "dbt_project.yml", DBT_PROJECT / "profiles.yml"])


if __name__ == "__main__":
    ensure_manifest()
