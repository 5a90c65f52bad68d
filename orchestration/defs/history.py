"""Dagster's history of runs: where it is damaged, it is set aside, and a new one begun."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from typing import TYPE_CHECKING

from orchestration.inputs.home import Home

if TYPE_CHECKING:
    from pathlib import Path

SHARED = ("history/runs.db", "history/runs/index.db", "schedules/schedules.db")
"""The databases that all runs share; a run's own, where it is damaged, harms that run's log alone."""


def mend_history(home: Home) -> str | None:
    """Set the history aside if it can't be read; figures do not depend on it.

    Returns:
        what was found and done, as a sentence; None where all is well.
    """
    folder = home.dagster
    for name in SHARED:
        problem = _damage(folder / name)
        if problem:
            aside = folder.with_name(f"dagster-damaged-{dt.datetime.now(dt.UTC):%Y-%m-%dT%H%M%S}")
            folder.rename(aside)
            return (
                f"Dagster's history of runs is damaged ({name}: {problem}); it is set aside in {home.shown(aside)}, and a "
                "new one begun. Publications and figures do not depend on it."
            )
    return None


def _damage(file: Path) -> str:
    """What is wrong with a database; empty if nothing, or if it is in use, or not there."""
    if not file.exists():
        return ""
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)
        try:
            found = connection.execute("pragma quick_check(1)").fetchone()
        finally:
            connection.close()
    except sqlite3.OperationalError as error:
        return "" if "locked" in str(error) else str(error)
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found is None or found[0] == "ok" else str(found[0])


if __name__ == "__main__":
    said = mend_history(Home.current())
    if said:
        print(said, file=sys.stderr)
