"""A report as it is written: its figures are the file's, its links lead somewhere, it asks nothing of a network."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from orchestration.disclosure.audiences import AudienceName
from orchestration.inputs.home import Home
from orchestration.report.figures import Cycle, opened
from orchestration.report.language import languages
from orchestration.report.site import Written, pages_of, write_report
from orchestration.report.view import View
from tests.report.read import data_of, read_all

HOSTILE = "<img src=x onerror=alert(1)> \"quoted\" & 'so'"
FORMULA = "=HYPERLINK(1)"


@pytest.fixture(scope="module")
def site(two_small: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Secretariat's report of a small framework."""
    return report_of(two_small, tmp_path_factory.mktemp("report"), "internal")


def report_of(home: Home, folder: Path, audience: AudienceName) -> Path:
    write_report(home.published(audience), folder / audience, audience)
    return folder / audience


def cycles_of(file: Path) -> dict[str, Cycle]:
    with opened(file) as source:
        return {told.name: source.read(told.name) for told in source.cycles()}


@pytest.mark.parametrize("audience", ["internal", "public"])
def test_all_links_lead_somewhere_and_nothing_is_asked_of_a_network(
    sites: Path, two_small: Home, tmp_path: Path, audience: AudienceName
) -> None:
    for folder in (sites / audience, report_of(two_small, tmp_path, audience)):
        _has_no_loose_ends(folder)


def _has_no_loose_ends(site: Path) -> None:
    pages = dict(read_all(site))
    assert len(pages) > 40
    for path, page in pages.items():
        assert len(page.anchors) == len(set(page.anchors)), f"{path} has an anchor twice"
        for refers in page.refers:
            if data_of(refers):
                continue
            assert not re.match(r"[a-z]+:|//", refers), f"{path} refers to {refers}"
            name, _, anchor = refers.partition("#")
            target = (path.parent / name).resolve() if name else path
            assert target.is_file(), f"{path} refers to {refers}"
            if anchor:
                assert anchor in pages[target].anchors, f"{path} refers to {refers}"
    for path in site.rglob("*"):
        assert path.is_dir() or path.stat().st_size < 300_000
        if path.suffix in (".html", ".css", ".js"):
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/", "")
            assert not re.search(r"https?://|@import|url\((?!#)", text), path


def test_a_page_shows_the_values_of_those_that_the_file_shows(two_cycles: Home) -> None:
    file = two_cycles.published("wco")
    with duckdb.connect(str(file), read_only=True) as connection:
        shown = connection.sql(
            "select cycle, kpi, count(*) from kpi.member_kpi_values where value is not null group by all"
        ).fetchall()
    cycles = cycles_of(file)
    found = {(cycle.name, kpi): len(values) for cycle in cycles.values() for kpi, values in cycle.values.items()}
    assert found == {(cycle, kpi): n for cycle, kpi, n in shown}


def test_names_are_escaped_and_no_cell_is_a_formula(two_small: Home, tmp_path: Path) -> None:
    file = shutil.copy(two_small.published("internal"), tmp_path / "internal.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute("update reference.members set member_name = $1", [HOSTILE])
        connection.execute("update reference.kpis set kpi_name = $1", [HOSTILE])
        connection.execute("update reference.instruments set instrument_name = $1", [HOSTILE])
        (group,) = connection.execute(
            "select min(group_name) from reference.member_groups where grouping != 'global'"
        ).fetchall()[0]
        for table in ("reference.member_groups", "aggregate.kpi_by_group", "kpi.kpi_performance", "instrument.instrument_use"):
            connection.execute(f"update {table} set group_name = $1 where group_name = $2", [FORMULA, group])
    write_report(Path(file), tmp_path / "site", "internal")
    cells: list[str] = []
    for path, page in read_all(tmp_path / "site"):
        assert "img" not in page.tags, path
        assert not any("onerror" in anchor for anchor in page.anchors)
        cells += [cell for refers in page.refers if (data := data_of(refers)) for row in data for cell in row]
    assert any(FORMULA in cell for cell in cells)
    assert not any(cell.startswith(("=", "+", "@")) for cell in cells)


def test_only_pages_whose_figures_changed_are_written_anew(two_small: Home, site: Path, tmp_path: Path) -> None:
    file = shutil.copy(two_small.published("internal"), tmp_path / "internal.duckdb")
    again = write_report(Path(file), tmp_path / "again", "internal", site)
    assert again.n_new == 0
    assert {p.relative_to(site) for p in site.rglob("*")} == {
        p.relative_to(tmp_path / "again") for p in (tmp_path / "again").rglob("*")
    }
    with duckdb.connect(str(file)) as connection:
        cycle, kpi = connection.execute(
            "select max(cycle), min(kpi) from aggregate.kpi_by_group where mean is not null"
        ).fetchall()[0]
        connection.execute("update aggregate.kpi_by_group set mean = mean + 1 where cycle = $1 and kpi = $2", [cycle, kpi])
    changed = write_report(Path(file), tmp_path / "changed", "internal", tmp_path / "again")
    assert 0 < changed.n_new < changed.n_pages / 2
    name = f"en/{cycle}/kpis/{kpi}.html"
    assert (tmp_path / "changed" / name).read_bytes() != (site / name).read_bytes()
    other = next(path for path in (site / "en").iterdir() if path.is_dir() and path.name != cycle).name
    kept = f"en/{other}/about.html"
    assert (tmp_path / "changed" / kept).samefile(tmp_path / "again" / kept)


def test_another_language_has_its_own_words_and_the_frameworks(two_cycles: Home) -> None:
    cycle = next(iter(cycles_of(two_cycles.published("public")).values()))
    french = next(language for language in languages() if language.code == "fr")
    titles = {page.path: page.title for page in pages_of(View("public", cycle, french))}
    assert titles[f"{cycle.name}/kpis/K01.html"] == "Taux de déclarations électroniques"
    assert titles[f"{cycle.name}/needs.html"] == "Besoins en renforcement des capacités"


def test_what_was_written_is_said(two_small: Home, tmp_path: Path) -> None:
    written = write_report(two_small.published("public"), tmp_path / "public", "public")
    assert isinstance(written, Written)
    assert written.n_pages == written.n_new == len(list((tmp_path / "public").rglob("*.html"))) - 1
    assert written.n_bytes == sum(path.stat().st_size for path in (tmp_path / "public").rglob("*") if path.is_file())


def texts(file: Path) -> set[str]:
    """Every text of every table of a file."""
    found: set[str] = set()
    with duckdb.connect(str(file), read_only=True) as connection:
        columns = connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall()
        for schema, table, column, type_ in columns:
            value = f'unnest("{column}")' if type_.endswith("[]") else f'"{column}"::varchar'
            rows = connection.execute(f'select distinct {value} from "{schema}"."{table}"').fetchall()
            found |= {text for (text,) in rows if text}
    return found


def tokens(text: str) -> set[str]:
    """Runs of characters in which there is a digit: figures, codes, names of files, hashes."""
    return {run for run in re.findall(r"[^\s<>\"',;:()=/#]{8,}", text) if any(c.isdigit() for c in run)}


@pytest.mark.parametrize("audience", ["public", "wco"])
def test_nothing_that_stands_in_the_internal_file_alone_stands_on_a_page(sites: Path, two_cycles: Home, audience: str) -> None:
    """Answers as they were sent, with nine decimals, names of files, evidence in words, hashes: none is in any page or package."""
    internal, own = texts(two_cycles.published("internal")), texts(two_cycles.published(audience))
    secrets = set[str]().union(*map(tokens, internal)) - set[str]().union(*map(tokens, own))
    sentences = {text for text in internal - own if len(text) >= 25 and " " in text}
    assert len(secrets) > 3000
    assert len(sentences) > 100
    places = [*(sites / audience).rglob("*.html"), *(sites / audience).rglob("*.js")]
    places += [path for path in (two_cycles.warehouse / audience).rglob("*") if path.suffix in (".csv", ".xml")]
    assert len(places) > 400
    for path in places:
        content = html.unescape(path.read_text(encoding="utf-8"))
        assert not secrets & tokens(content), path
        assert not sentences & {part.strip() for part in re.split(r"<[^>]*>|\n|,", content)}, path
