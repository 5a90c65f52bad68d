"""What Great Expectations is imported without is not imported, and is there all the same for who uses it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from orchestration.warm.without import put_off

PROGRAM = """
import sys

import orchestration.completeness.run

def is_imported(part):
    return part in sys.modules

print(is_imported("scipy.stats._stats_py"), is_imported("sqlalchemy"), is_imported("great_expectations"))

import sqlalchemy
from scipy import stats
from scipy.stats import rankdata

print(stats.rankdata([30, 10, 10]).tolist(), rankdata is stats.rankdata, is_imported("scipy.stats._stats_py"))
print(sqlalchemy.create_engine("sqlite://").connect().exec_driver_sql("select 1").scalar())
"""


def test_great_expectations_is_imported_without_what_it_takes_most_time_for() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.splitlines() == ["False False True", "[3.0, 1.5, 1.5] True True", "1"]


def test_what_is_imported_already_stays_and_what_is_not_there_is_not_found_as_ever() -> None:
    import email.mime

    put_off("email.mime")
    assert email.mime is sys.modules["email.mime"]
    put_off("email.no_such_part")
    with pytest.raises(ImportError):
        from email import no_such_part  # type: ignore[attr-defined]  # noqa: F401
