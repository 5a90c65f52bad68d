from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.inputs.home import CODE, Home
from orchestration.inputs.records import InputError
from orchestration.sample import read_targets, sample_names, write_sample
from orchestration.sample.answers import curve
from orchestration.sample.roster import sample_codes
from orchestration.sample.targets import KpiTarget
from tests.lab import new_home


def digest(folder: Path) -> dict[str, str]:
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()
    }


def test_the_same_targets_give_the_same_bytes(home: Home, tmp_path: Path) -> None:
    other = new_home(tmp_path / "other")
    first = write_sample(home, read_targets(home, "sample-2022"))
    again = write_sample(other, read_targets(other, "sample-2022"))
    assert digest(first) == digest(again)
    write_sample(home, read_targets(home, "sample-2022"))
    assert digest(first) == digest(again)


def test_the_committed_cycles_are_what_the_generator_writes(home: Home) -> None:
    for name in sample_names(home):
        folder = write_sample(home, read_targets(home, name))
        for file in ("cycle.toml", "roster.csv"):
            assert (folder / file).read_text() == (CODE / "raw" / "cycles" / name / file).read_text()


def test_all_forms_faults_and_revisions_are_there(home: Home) -> None:
    folder = write_sample(home, read_targets(home, "sample-2022")) / "submissions"
    suffixes = {p.suffix for p in folder.iterdir()}
    assert {".xlsx", ".json", ".csv", ".parquet"} <= suffixes
    assert len(list(folder.glob("*_revision-2.*"))) > 2
    assert any(p.stat().st_size == 0 for p in folder.iterdir())


def test_no_invented_member_has_a_code_that_stands_for_something() -> None:
    codes = sample_codes()
    assert len(codes) == len(set(codes)) == 26 * 26 - 1
    assert "XKX" not in codes
    assert all(code.startswith("X") for code in codes)


@given(low=st.floats(-100, 100), span=st.floats(1, 1000), share=st.floats(0.1, 0.9), n=st.integers(5, 80))
def test_a_curve_has_its_mean_and_leans_to_its_nearer_end(low: float, span: float, share: float, n: int) -> None:
    mean = low + span * share
    values = curve(KpiTarget(kpi="K", low=low, mean=mean, high=low + span, n_reported=n, n_not_applicable=0), n)
    assert len(values) == n
    assert all(low <= v <= low + span for v in values)
    assert sum(values) / n == pytest.approx(mean, abs=span * 0.02)


def test_targets_that_contradict_themselves_are_refused(home: Home) -> None:
    path = home.raw / "samples" / "sample-2022" / "kpis.csv"
    path.write_text(path.read_text().replace("K01,92,98.1,100,60,0", "K01,92,98.1,100,62,1"))
    with pytest.raises(InputError, match=r"K01: more answers than the 62 sufficient Members"):
        read_targets(home, "sample-2022")
    with pytest.raises(InputError, match=r"there are sample-2022, sample-2024"):
        read_targets(home, "sample-1999")
