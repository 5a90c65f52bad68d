from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from orchestration.cli import app
from orchestration.inputs.cycles import get_cycle
from orchestration.inputs.home import Home
from orchestration.intake.forms.draft import Draft
from tests.lab import SENT, answer, figures, made_drafts, new_cycle, send

Run = Callable[..., str]
"""Runs a command with arguments, checks its exit code, and returns its output."""


@pytest.fixture
def run(home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    monkeypatch.setenv("PMM_HOME", str(home.path))
    monkeypatch.chdir(tmp_path)

    def invoke(*arguments: object, code: int = 0) -> str:
        result = CliRunner().invoke(app, [str(a) for a in arguments])
        assert result.exit_code == code, result.output
        return result.output

    return invoke


def test_help_teaches_every_command(run: Run) -> None:
    text = run("--help")
    for command in ("refresh", "check", "template", "new-cycle", "sample", "status", "publications", "diff", "restore", "report"):
        assert command in text
        assert len(run(command, "--help")) > 300


def test_check_tells_what_to_mend_and_where(run: Run, home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    send(cycle, [Draft("XAA", "A", 1, SENT, {"K01": answer(numerator="1,5", denominator=3), "K06": answer(value=2)}, {})], "xlsx")
    path = next(cycle.submissions.iterdir())
    text = run("check", path, code=1)
    assert "4 cells would load (1 KPIs reported, 0 instruments answered), 1 would be set aside" in text
    assert "KPIs row 2 F" in text
    assert "read as 1.5" in text
    document = json.loads(run("check", path, "--json", code=1))[0]
    assert document["members"] == ["XAA"]
    assert [(r["sheet"], r["row"], r["column"], r["rule"]) for r in document["rejections"]] == [
        ("KPIs", 2, "F", "separators_in_number")
    ]


def test_check_of_a_good_file_an_export_and_an_unknown_cycle(run: Run, home: Home, tmp_path: Path) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    draft = Draft("XAA", "A", 1, SENT, {"K06": answer(value=2)}, {})
    send(cycle, [draft], "json")
    assert "Nothing to mend" in run("check", cycle.submissions / "XAA_1.json")
    send(cycle, [draft], "csv")
    export = cycle.submissions / "kpi_answers.csv"
    assert "say it with --cycle" in run("check", export, code=2)
    assert "Nothing to mend" in run("check", export, "--cycle", "c")
    assert "there is no such file" in run("check", tmp_path / "gone.xlsx", code=2)
    (tmp_path / "empty.xlsx").touch()
    assert "The file is empty" in run("check", tmp_path / "empty.xlsx", "--cycle", "c", code=1)


def test_a_new_cycle_from_scaffold_to_template_to_check(run: Run, home: Home, tmp_path: Path) -> None:
    dates = ["--reporting-year", 2026, "--opens", "2027-11-15", "--closes", "2028-06-30"]
    assert "187 Members" in run("new-cycle", "pmm-2026", *dates)
    assert len(get_cycle(home, "pmm-2026").roster) == 187
    # a cycle of three Members does not pass for one
    assert get_cycle(home, "pmm-2026").file.completeness.minimum_sufficient_members == 10
    assert "is left as it is" in run("new-cycle", "pmm-2026", *dates, code=2)
    run("new-cycle", "pmm-few", *dates, "--member", "fra", "--member", "JPN")
    assert list(get_cycle(home, "pmm-few").roster) == ["FRA", "JPN"]
    assert "ZZZ is not in the list of Members" in run("new-cycle", "pmm-bad", *dates, "-m", "ZZZ", code=2)
    assert "can't be a cycle's name" in run("new-cycle", "Bad Name", *dates, code=2)
    assert "is before" in run("new-cycle", "x", "-y", 2026, "--opens", "2028-01-01", "--closes", "2027-01-01", code=2)

    run("template", "-c", "pmm-few", "-m", "FRA", "-o", tmp_path / "out")
    path = tmp_path / "out" / "pmm-few_FRA.xlsx"
    book = openpyxl.load_workbook(path)
    assert [sheet.title for sheet in book] == ["Submission", "KPIs", "Instruments"]
    assert all(sheet.protection.sheet for sheet in book)
    kpis = book["KPIs"]
    assert kpis["A2"].protection.locked
    assert not kpis["F2"].protection.locked
    assert kpis["H7"].protection.locked  # a value has no second figure
    lists = {v.formula1 for v in kpis.data_validations.dataValidation}
    assert '"reported,not applicable,not available"' in lists
    assert '"wco,member"' in lists
    assert "0 cells would load" in run("check", path)
    kpis["D2"], kpis["F2"], kpis["H2"] = "reported", 9, 10
    book.save(path)
    assert "3 cells would load (1 KPIs reported" in run("check", path)
    assert "is not on the roster" in run("template", "-c", "pmm-few", "-m", "USA", code=2)


def test_status_and_refresh_without_a_cycle(run: Run, home: Home) -> None:
    assert "There is no cycle yet" in run("status")
    assert "There is no cycle yet" in run("refresh", "--all")
    # a folder without files holds nothing that is not published
    new_cycle(home, "c", {"XAA": {}})
    said = run("status")
    assert "never" in said
    assert "not published yet" not in said
    assert "No cycle 'nope'" in run("refresh", "--cycle", "nope", code=2)
    assert "Say which cycle" in run("refresh", code=2)
    shutil.rmtree(home.raw / "samples")
    assert "raw/samples: no samples; copy the project's raw/ there" in run("sample", code=2)


def test_a_report_that_is_not_there_is_said_so(run: Run, home: Home, tmp_path: Path) -> None:
    assert home.path.exists()
    assert "Nothing was published yet: pmm refresh --cycle NAME." in run("report", code=2)
    assert "Nothing was published yet" in run("report", "--pdf", tmp_path / "report.pdf", code=2)
    assert "There is no publication 'never'" in run("report", "--publication", "never", code=2)


def test_check_and_help_import_nothing_heavy(home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    send(cycle, [Draft("XAA", "A", 1, SENT, {"K06": answer(value=2)}, {})], "xlsx")
    code = (
        "import sys; from orchestration.cli import app\n"
        "for arguments in (['--help'], ['check', sys.argv[1]]):\n"
        "    app(arguments, standalone_mode=False)\n"
        "    needed = {'pyarrow'} if arguments[0] == 'check' else set()\n"
        "    heavy = {'dagster', 'dbt', 'great_expectations', 'pandas', 'pyarrow', 'duckdb'} & set(sys.modules) - needed\n"
        "    assert not heavy, heavy\n"
    )
    path = next(cycle.submissions.iterdir())
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], env={"PMM_HOME": str(home.path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_sample_refresh_and_status_as_a_user_types_them(home: Home) -> None:
    pmm = Path(sys.executable).with_name("pmm")
    targets = home.raw / "samples" / "sample-2024"
    for file in targets.iterdir():
        file.unlink()
    targets.rmdir()

    def type_(*arguments: str) -> str:
        done = subprocess.run(
            [str(pmm), *arguments],
            env={"PMM_HOME": str(home.path), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    assert "105 invented Members" in type_("sample")
    text = type_("refresh", "--cycle", "sample-2022", "--reason", "a test")
    assert "sample-2022: published" in text
    assert "62 of 105 Members on the roster" in text
    assert "warehouse/internal.duckdb" in text
    status = json.loads(type_("status", "--json"))[0]
    assert status["n_sufficient"] == 62
    assert status["has_changes"] is False
    assert status["last_refresh"]["state"] == "published"
    assert status["last_refresh"]["n_warned"] == 2
    assert "sample-2022" in type_("status")

    page = home.published_report("public")
    assert type_("report") == "warehouse/public/report/index.html: open it in a browser.\n"
    assert "sample-2022" in page.read_text(encoding="utf-8")
    again = home.path / "again"
    assert f"{again / 'index.html'}: " in type_("report", "--audience", "wco", "--output", str(again))
    assert (again / "index.html").read_bytes() == home.published_report("wco").read_bytes()

    published = home.published("internal").read_bytes()
    killed = subprocess.Popen(
        [str(pmm), "refresh", "--cycle", "sample-2022", "--reason", "a test"], env={"PMM_HOME": str(home.path)}
    )
    writer = home.builds / "sample-2022" / ".run"
    end = time.monotonic() + 120
    while not writer.exists() or not writer.read_text():
        assert time.monotonic() < end, "the refresh did not begin"
        time.sleep(0.01)
    killed.kill()
    killed.wait()
    assert json.loads(type_("status", "--json"))[0]["last_refresh"]["state"] == "failed"
    assert home.published("internal").read_bytes() == published


def test_check_says_whether_a_submission_suffices(run: Run, home: Home, tmp_path: Path) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    toml = cycle.folder / "cycle.toml"
    text = re.sub(r"minimum_completeness_rate = .*", "minimum_completeness_rate = 0.25", toml.read_text(encoding="utf-8"))
    toml.write_text(re.sub(r"minimum_instruments_answered = .*", "minimum_instruments_answered = 10", text), encoding="utf-8")
    run("template", "--cycle", "c", "--member", "XAA", "--output", tmp_path)
    empty = tmp_path / "c_XAA.xlsx"
    said = run("check", empty)
    assert "Not sufficient" in said
    assert "0 of the 51 KPIs that apply are reported (0 %, 25 % are needed)" in said
    assert "0 instruments are answered about (10 are needed)" in said
    assert "Not reported: K01, K02" in said
    assert "Nothing to mend" not in said
    assert json.loads(run("check", empty, "--json"))[0]["sufficiency"]["is_sufficient"] is False
    framework = cycle.framework
    (draft,) = made_drafts(framework, ["XAA"], lambda kpi: figures(kpi, 50), lambda _: {"aware": "yes", "usage": "in_use"})
    send(cycle, [draft], "json")
    said = run("check", cycle.submissions / "XAA_1.json")
    assert "Sufficient: 51 of the 51" in said
    assert "Nothing to mend" in said


def test_nothing_of_a_stranger_s_file_is_markup_or_reaches_the_terminal_raw(run: Run, home: Home) -> None:
    cycle = new_cycle(home, "c", {"XAA": {}})
    send(cycle, [Draft("XAA", "A", 1, SENT, {"K01": answer(numerator=1, denominator=2)}, {})], "json")
    path = cycle.submissions / "XAA_1.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    document["[/x]"] = 1
    document["kpi_answers"] += [{"kpi": "[bold]\x1b[2J", "status": "[/]"}, {"kpi": "K02", "status": "\x1b]0;title\x07"}]
    odd = path.with_name("[red]\x1b[31m.json")
    path.rename(odd)
    odd.write_text(json.dumps(document), encoding="utf-8")
    said = run("check", odd, code=1)
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "[/x]" in said.replace("\n", "")
    assert "[red]" in said
