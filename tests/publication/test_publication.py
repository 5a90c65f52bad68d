"""Who sees what, on real marts: what is withheld is in no file, readers are never disturbed, nothing is ever half published."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import itertools
import json
import re
import struct
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow.parquet as pq
import pytest

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from orchestration.publication import kept, make
from orchestration.publication.audience_file import shown_columns
from orchestration.publication.audit.audit import audit_file
from orchestration.publication.protection import proof
from orchestration.publication.reasons import Reason
from orchestration.publication.unchanged import intact, unchanged
from orchestration.warehouse.marts import AS_IT_IS, MADE, NEVER, Column, read_marts
from tests.lab import cut_for, join, new_home, rows
from tests.publication.conftest import LEAST, PROTECTED


def numbers(file: Path) -> set[float]:
    """Every number in every table of a file, those in texts included, but the single Members' values that may be seen."""
    found: set[float] = set()
    with duckdb.connect(str(file), read_only=True) as connection:
        for schema, table, column, type_ in connection.execute(
            "select schema_name, table_name, column_name, data_type from duckdb_columns() where not internal"
        ).fetchall():
            if (schema, table) == ("kpi", "member_kpi_values"):
                continue
            full = f'"{schema}"."{table}"'
            if type_ == "DOUBLE":
                query = f'select distinct "{column}" from {full} where "{column}" is not null'
            else:
                parts = f"unnest(regexp_extract_all(\"{column}\"::varchar, '[0-9]+\\.[0-9]{{4,}}'))"
                query = f"select distinct try_cast(part as double) from (select {parts} as part from {full})"
            found |= {value for (value,) in connection.execute(query).fetchall() if value is not None}
    return found


@pytest.mark.parametrize("audience", PROTECTED)
def test_no_withheld_value_and_nothing_of_too_few_members_is_in_a_file(home: Home, audience: str) -> None:
    internal, file = home.published("internal"), home.published(audience)
    own = rows(internal, "select cycle, kpi, member, value from kpi.member_kpi_values where status = 'reported'")
    shown = {r[:3] for r in rows(file, "select cycle, kpi, member from kpi.member_kpi_values where status = 'reported'")}
    hidden = {r[:3]: r[3] for r in own if r[:3] not in shown}
    assert len(hidden) > 400
    assert len({round(v, 8) for v in hidden.values()}) == len(hidden)  # each is unlike all others
    # what one to two Members give, and the groups that are too small
    forbidden = {round(v, 7) for v in hidden.values()}
    by_kpi: dict[tuple[str, str], list[float]] = {}
    for (cycle, kpi, _), value in hidden.items():
        by_kpi.setdefault((cycle, kpi), []).append(value)
    for values in by_kpi.values():
        forbidden |= {round(f(a, b), 7) for a, b in itertools.combinations(values, 2) for f in (mean_of, lambda a, b: a + b)}
    groups = rows(internal, "select cycle, kpi, mean from aggregate.kpi_by_group where n_reported between 1 and ?", LEAST - 1)
    forbidden |= {round(mean, 7) for cycle, kpi, mean in groups if (cycle, kpi) in by_kpi}
    assert len(forbidden) > 5000
    # a quartile may lie between two values, of which nobody knows whose they are
    quartiles = {q for r in rows(file, "select q1, median, q3 from aggregate.kpi_by_group") for q in r if q is not None}
    assert not {round(v, 7) for v in quartiles} & {round(v, 7) for v in hidden.values()}
    found = {round(v, 7) for v in numbers(file) - quartiles}
    assert len(found) > 500
    assert not found & forbidden
    # and the bytes of every file hold no such value as a number or as a text
    folder = kept.current(home).folder  # type: ignore[union-attr]
    texts = [repr(round(v, 9)) for v in hidden.values()]
    for path in [file.resolve(), *(folder / audience).rglob("*")]:
        if path.is_file():
            data = path.read_bytes()
            assert not [v for v in hidden.values() if struct.pack("<d", v) in data], path
            assert not [text for text in texts if text.encode() in data], path


def mean_of(a: float, b: float) -> float:
    return (a + b) / 2


@pytest.mark.parametrize("audience", PROTECTED)
def test_a_file_holds_what_the_levels_let_and_nothing_else(home: Home, audience: str) -> None:
    levels = AUDIENCES[audience].levels  # type: ignore[index]
    file = home.published(audience)
    schemas = {s for (s,) in rows(file, "select distinct schema_name from duckdb_tables()")}
    assert schemas == {"reference", "completeness", "kpi", "aggregate", "instrument", "correlation", "sdg", "capacity"}
    kpis = {k for k, level in rows(file, "select distinct kpi, disclosure from reference.kpis") if level in levels}
    for table in ("aggregate.kpi_by_group", "kpi.kpi_performance", "correlation.instrument_kpi", "aggregate.kpi_trends"):
        assert {k for (k,) in rows(file, f"select distinct kpi from {table}")} == kpis
    assert {level for (level,) in rows(file, "select distinct disclosure from kpi.member_kpi_values")} <= set(levels)
    # withheld figures say why, and every column is described
    assert rows(
        file,
        "select count(*) from aggregate.kpi_by_group where n_reported > 0 and suppression is null "
        "and (mean is null or median is null or maximum is null)",
    ) == [(0,)]
    assert rows(file, "select count(*) from duckdb_columns() where not internal and comment is null") == [(0,)]
    n_shown, n_all = rows(
        file, "select count(mean), count(*) from aggregate.kpi_by_group where n_reported >= ? and grouping = 'global'", LEAST
    )[0]
    assert n_shown == n_all  # the mean of all Members is never lost


def test_internal_and_audience_agree_on_what_both_show(home: Home) -> None:
    for audience in PROTECTED:
        with duckdb.connect(str(home.published("internal")), read_only=True) as connection:
            connection.execute(f"attach '{home.published(audience)}' as seen (read_only)")
            for column in ("mean", "median", "q1", "stddev", "skewness"):
                decimals = "2" if column == "skewness" else "k.decimals::integer"
                # with the digits of the unit, and no more of them
                assert connection.execute(
                    f"select count(*), count(*) filter (where s.{column} = round(i.{column}, {decimals})) "
                    f"from seen.aggregate.kpi_by_group as s join aggregate.kpi_by_group as i "
                    f"using (cycle, kpi, grouping, group_name) join reference.kpis as k using (cycle, kpi) "
                    f"where s.{column} is not null"
                ).fetchall() == [
                    (n := connection.execute(f"select count({column}) from seen.aggregate.kpi_by_group").fetchall()[0][0], n)
                ]


def test_who_uses_an_instrument_is_shown_to_whom_its_level_reaches(home: Home, tmp_path: Path) -> None:
    query = "from instrument.member_instrument_answers order by all"
    everything = rows(home.published("internal"), query)
    assert rows(home.published("wco"), query) == everything
    assert rows(home.published("public"), query) == []
    # the same answers, had the framework other levels: the first instrument's are for everybody, the second's for nobody
    internal = tmp_path / "internal.duckdb"
    internal.write_bytes(home.published("internal").read_bytes())
    levels = {"I01": "public", "I02": "member"}
    with duckdb.connect(str(internal)) as connection:
        for table in ("reference.instruments", "instrument.member_instrument_answers"):
            for instrument, level in levels.items():
                connection.execute(f"update {table} set disclosure = ? where instrument = ?", [level, instrument])
        # what each audience is shown of their use: public of the first what the Secretariat is, wco of the second what public is
        connection.execute("delete from instrument.audience_dimension_use")  # a mean over both
        told = {
            "instrument.audience_use": "instrument",
            "correlation.audience_findings": "instrument",
            "capacity.need_items": "code",
        }
        for table, column in told.items():
            for instrument, audience, like in (("I01", "public", "internal"), ("I02", "wco", "public")):
                connection.execute(f"delete from {table} where {column} = ? and audience = ?", [instrument, audience])
                connection.execute(
                    f"insert into {table} select * replace ('{audience}' as audience) from {table} "
                    f"where {column} = '{instrument}' and audience = '{like}'"
                )
    shown = {"public": {"I01"}, "wco": {row[2] for row in everything} - {"I02"}}
    for audience, instruments in shown.items():
        target = tmp_path / f"{audience}.duckdb"
        proof_file = cut_for(internal, target, audience)  # type: ignore[arg-type]
        assert {row[2] for row in rows(target, query)} == instruments
        assert audit_file(internal, target, proof_file, AUDIENCES[audience], read_marts()).leaks == []  # type: ignore[index]
        withheld = "select distinct instrument from instrument.instrument_use where suppression is not null"
        assert {row[0] for row in rows(target, withheld)}.isdisjoint(instruments)
        with duckdb.connect(str(target)) as connection:
            connection.execute(f"attach '{internal}' as i (read_only)")
            connection.execute(
                "insert or ignore into instrument.member_instrument_answers from i.instrument.member_instrument_answers"
            )
        found = [str(leak) for leak in audit_file(internal, target, proof_file, AUDIENCES[audience], read_marts()).leaks]  # type: ignore[index]
        assert any("the instrument's level does not reach" in leak for leak in found)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("insert into kpi.member_kpi_values from i.kpi.member_kpi_values where disclosure = 'member'", "answer's level"),
        ("insert into aggregate.kpi_by_group from i.aggregate.kpi_by_group where kpi = 'K18' limit 1", "KPI's level"),
        ("create schema lineage; create table lineage.answers as from i.lineage.answers limit 1", "is never shown"),
        ("create schema raw; create table raw.roster as from i.reference.members limit 1", "is no mart"),
        ("alter table kpi.kpi_performance add column worst_member varchar", "does not declare"),
        ("update aggregate.kpi_by_group as s set q1 = round(i.q1, 1) from i.aggregate.kpi_by_group as i where "
         "(i.cycle, i.kpi, i.grouping, i.group_name) = (s.cycle, s.kpi, s.grouping, s.group_name)",
         "it is not proved that it could be"),
        ("update correlation.instrument_findings set evidence = 'rho 0.77' where evidence is not null", "a text has a number that is not shown"),
        ("update aggregate.kpi_by_group as s set maximum = i.maximum from i.aggregate.kpi_by_group as i where "
         "(i.cycle, i.kpi, i.grouping, i.group_name) = (s.cycle, s.kpi, s.grouping, s.group_name)", "as least or largest"),
        ("update instrument.instrument_use as s set in_use_rate = i.in_use_rate from i.instrument.instrument_use as i where "
         "(i.cycle, i.instrument, i.grouping, i.group_name) = (s.cycle, s.instrument, s.grouping, s.group_name)", "instrument.instrument_use"),
    ],
)  # fmt: skip
def test_the_audit_finds_what_is_put_back(home: Home, tmp_path: Path, change: str, found: str) -> None:
    target = tmp_path / "public.duckdb"
    target.write_bytes(home.published("public").read_bytes())
    proof_file = home.published("internal").resolve().with_name(proof.FILE)
    assert audit_file(home.published("internal"), target, proof_file, AUDIENCES["public"], read_marts()).leaks == []
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach '{home.published('internal')}' as i (read_only)")
        assert connection.execute(change).fetchall() not in ([], [(0,)]) or "table" in change
    leaks = [
        str(leak) for leak in audit_file(home.published("internal"), target, proof_file, AUDIENCES["public"], read_marts()).leaks
    ]
    assert any(found in leak for leak in leaks)


def test_every_column_declares_with_what_it_is_shown(home: Home) -> None:
    marts = read_marts()
    assert [f"{m.full_name}.{c.name}" for m in marts.values() for c in m.columns.values() if c.shown is None] == []
    figures = {c.shown for m in marts.values() for c in m.columns.values()} - AS_IT_IS - {NEVER, MADE}
    assert figures >= {
        "mean",
        "median",
        "q1",
        "q3",
        "shape",
        "judgement",
        "panel",
        "awareness",
        "usage",
        "correlation",
        "finding",
    }
    # and the published files have the columns that are declared, no more and no less
    for audience in PROTECTED:
        there = rows(
            home.published(audience),
            "select schema_name || '.' || table_name, column_name from duckdb_columns() "
            "semi join duckdb_tables() using (schema_name, table_name) where not internal",
        )
        shown = [m for m in marts.values() if any(c.shown != NEVER for c in m.columns.values())]
        assert set(there) == {(m.full_name, column) for m in shown for column in m.columns}


VIEWS = {
    "kpi_results": ("aggregate.kpi_by_group", "cycle, kpi, grouping, group_name"),
    "kpi_trend": ("aggregate.kpi_trends", "cycle, previous_cycle, kpi, grouping, group_name"),
    "instrument_results": ("instrument.instrument_use", "cycle, instrument, grouping, group_name"),
    "needs": ("capacity.capacity_needs", "cycle, outcome, grouping, group_name, need"),
    "member_results": ("kpi.member_kpi_values where value is not null", "cycle, member, kpi"),
}
"""Each view, the table whose rows it has, and their key."""


@pytest.mark.parametrize("audience", AUDIENCES)
def test_views_show_a_tables_rows_with_names_beside_them_under_whatever_name_the_file_is_attached(
    home: Home, audience: str
) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home.published(audience)}' as another (read_only)")
        views = connection.execute("select view_name, comment is not null from duckdb_views() where not internal").fetchall()
        assert set(views) == {(view, True) for view in VIEWS}
        for view, (table, key) in VIEWS.items():
            shown, own = connection.sql(f"from another.{view}").df(), connection.sql(f"from another.{table}").df()
            keys = key.split(", ")
            both = [column for column in own.columns if column in shown.columns]
            assert set(keys) < set(both)
            pd.testing.assert_frame_equal(
                shown[both].sort_values(keys, ignore_index=True), own[both].sort_values(keys, ignore_index=True)
            )
            named = shown[[column for column in shown.columns if column.endswith(("_name", "_year"))]]
            assert len(named.columns) >= 4
            assert named.notna().all(axis=None)
            assert set(shown["reporting_year"]) == ({2024} if view == "kpi_trend" else {2022, 2024})


def test_a_column_that_declares_nothing_reaches_nobody(home: Home, tmp_path: Path) -> None:
    """Two columns of single Members' figures, added to marts without a word on who may see them."""
    internal, marts = tmp_path / "internal.duckdb", read_marts()
    internal.write_bytes(home.published("internal").read_bytes())
    added = {
        "aggregate.kpi_by_group": ("second_highest", "double", "maximum"),
        "kpi.kpi_performance": ("worst_member", "varchar", "kpi"),
    }
    with duckdb.connect(str(internal)) as connection:
        for table, (name, type_, from_) in added.items():
            connection.execute(f"alter table {table} add column {name} {type_}; update {table} set {name} = {from_}")
            mart = marts[table]
            marts[table] = replace(mart, columns={**mart.columns, name: Column(name, type_, "Nobody said who may see it")})
    target = tmp_path / "public.duckdb"
    proof_file = cut_for(internal, target, "public", marts)
    columns = {name for (name,) in rows(target, "select column_name from duckdb_columns() where not internal")}
    assert not columns & {"second_highest", "worst_member"}
    assert {"mean", "performance"} <= columns
    assert audit_file(internal, target, proof_file, AUDIENCES["public"], marts).leaks == []
    # nor does one that the marts do not know at all
    target.unlink()
    proof_file.unlink()
    cut_for(internal, target, "public")
    assert not columns & {"second_highest", "worst_member"}
    # and where one gets there all the same, the audit says so
    with duckdb.connect(str(target)) as connection:
        connection.execute("alter table aggregate.kpi_by_group add column second_highest double")
    for known in (marts, read_marts()):
        leaks = audit_file(internal, target, proof_file, AUDIENCES["public"], known).leaks
        assert [(leak.table, leak.place) for leak in leaks] == [("aggregate.kpi_by_group", "second_highest")]


def test_the_package_says_what_its_files_hold(home: Home) -> None:
    for audience in AUDIENCES:
        folder = home.warehouse / audience
        package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
        assert package["licenses"][0]["name"]
        assert {c["cycle"] for c in package["cycles"]} == {"one", "two"}
        assert package["cycles"][0]["policy"]["minimum_group_size_mean"] == LEAST
        assert "invented" in package["description"]
        listed = {resource["path"] for resource in package["resources"]}
        assert listed == {
            p.relative_to(folder).as_posix() for p in folder.rglob("*.*") if p.name != "datapackage.json" and p.is_file()
        }
        counts: dict[str, list[int]] = {}
        for resource in package["resources"]:
            path = folder / resource["path"]
            assert resource["hash"] == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
            if resource["path"].startswith("sdmx/"):
                continue
            assert all(field["description"] for field in resource["schema"]["fields"])
            names = [field["name"] for field in resource["schema"]["fields"]]
            if resource["format"] == "parquet":
                table = pq.read_table(path)
                assert table.column_names == names
                counts.setdefault(resource["title"], []).append(table.num_rows)
            else:
                with path.open(encoding="utf-8", newline="") as file:
                    assert next(csv.reader(file)) == names
        for name, n in counts.items():
            assert rows(home.published(audience), f"select count(*) from {name}") == [(sum(n),)]


def test_a_file_whose_rows_are_those_of_the_last_publication_is_that_file(home: Home) -> None:
    last = kept.current(home)
    assert last is not None
    spoilt = last.package("internal") / "csv/reference.kpis/two.csv"
    spoilt.write_text(spoilt.read_text(encoding="utf-8").replace("percent", "PERCENT"), encoding="utf-8")
    join(home, "one")
    new = make.cut(home, read_marts())
    # a file that somebody has written to since is made anew
    assert not (new.package("internal") / "csv/reference.kpis/two.csv").samefile(spoilt)
    for audience in AUDIENCES:
        files = [p for p in new.package(audience).rglob("*.*") if p.is_file() and p.name != "datapackage.json" and p != spoilt]
        same = [p for p in files if p.samefile(last.package(audience) / p.relative_to(new.package(audience)))]
        assert len(files) - len(same) <= 1
    # rows that differ, if only in a digit, are written again; whatever other code wrote is written again
    with duckdb.connect(str(new.file("public"))) as connection:
        connection.execute("update aggregate.kpi_by_group set mean = mean + 1e-12 where cycle = 'two' and kpi = 'K01'")
    marts, public, made_with = read_marts(), AUDIENCES["public"], new.record.made_with
    there = {
        cycle
        for table, cycle in unchanged(last, new, public, marts, intact(last, made_with, public)).tables
        if table == "aggregate.kpi_by_group"
    }
    assert there == {"one"}
    record = json.loads((last.folder / "record.json").read_text(encoding="utf-8"))
    (last.folder / "record.json").write_text(json.dumps(record | {"made_with": "other code"}), encoding="utf-8")
    assert intact(last, made_with, public) == []
    assert unchanged(last, new, public, marts, []).folder is None


def test_a_clock_that_is_set_back_removes_no_publication(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Home(tmp_path)

    class Clock(dt.datetime):
        days = 0

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:  # type: ignore[override]
            return dt.datetime(2026, 5, 20, 12, tzinfo=tz) + dt.timedelta(days=cls.days)

    monkeypatch.setattr(kept.dt, "datetime", Clock)  # type: ignore[attr-defined]
    made = []
    for number in range(kept.KEPT + 5):
        Clock.days = 0 if number < 3 else -number
        kept.candidate(home).folder.mkdir(parents=True)
        made.append(kept.publish(home, "c").name)
        now = kept.current(home)
        assert now is not None
        assert now.name == made[-1]
    assert made == sorted(made)
    assert [p.name for p in kept.publications(home)] == made[-kept.KEPT :]


def test_what_showed_something_else_is_kept_however_many_come_since(tmp_path: Path) -> None:
    home, names = new_home(tmp_path / "home"), []
    # both are shown thrice, and then of one something else again and again
    for number, of_one in enumerate([*"aaabbb", *"c" * 12, *map(str, range(20))]):
        kept.candidate(home).folder.mkdir(parents=True)
        kept.record(home, kept.candidate(home).folder, "one", ["one", "two"], None, Reason())
        kept.note_digests(kept.candidate(home), {"one": of_one, "two": "a" if number < 3 else "b"})
        names.append(kept.publish(home, "one").name)
        there = [publication.name for publication in kept.publications(home)]
        if number == 17:
            # the last that showed each of one; that of the other is one of these
            assert there == [names[2], names[5], *names[-10:]]
    # ten are remembered of each, which the last ten are of one
    assert there == [names[2], *names[-10:]]


def test_files_are_in_the_oldest_storage_format(home: Home) -> None:
    for audience in AUDIENCES:
        head = home.published(audience).read_bytes()[:20]
        assert head[8:12] == b"DUCK"
        assert struct.unpack("<Q", head[12:])[0] == 64  # https://duckdb.org/docs/stable/internals/storage


def test_no_cell_of_a_csv_file_is_a_formula(home: Home, tmp_path: Path) -> None:
    from orchestration.publication.package import write_package

    new = kept.Publication("x", tmp_path)
    evil = ["=1+2", "+1", "-1", "@SUM(A1)", "\tx", "fine", None]
    with duckdb.connect(str(new.file("internal"))) as connection:
        for table in ("cycles", "publication", "policy"):
            connection.execute(f"attach if not exists '{home.published('internal')}' as i (read_only)")
            connection.execute(
                f"create schema if not exists reference; create table reference.{table} as from i.reference.{table}"
            )
        connection.execute(
            "create schema lineage; create table lineage.answers (cycle varchar, submitted_text varchar, value double)"
        )
        connection.executemany("insert into lineage.answers values ('one', ?, -1.5)", [[text] for text in evil])
    write_package(new, None, AUDIENCES["internal"], home, read_marts(), {})
    with (new.package("internal") / "csv/lineage.answers/one.csv").open(encoding="utf-8", newline="") as written:
        cells = list(csv.DictReader(written))
    assert len(cells) == len(evil)
    assert not [cell for row in cells for name, cell in row.items() if name != "value" and cell[:1] in "=+-@\t\r" and cell]
    assert {row["value"] for row in cells} == {"-1.5"}  # a number stays one


def test_audiences_are_nested(home: Home) -> None:
    """Whoever has the files of both audiences has no figure that the wider one's does not show, with the same digits.

    A cycle that is held shows what it showed, to whoever it is held for.
    """
    now = kept.current(home)
    assert now is not None
    held = sorted(now.record.held.get("public", {}))
    with duckdb.connect(str(home.published("wco")), read_only=True) as connection:
        connection.execute(f"attach '{home.published('public')}' as public (read_only)")
        for table, mart in read_marts().items():
            # goals and needs are sums over the KPIs that an audience may see; counts of answers that the wider one knows are exact
            if (
                not mart.keys
                or table.split(".")[0] in ("sdg", "capacity", "instrument", "correlation")
                or not shown_columns(mart)
            ):
                continue
            keys = ", ".join(f'"{key}"' for key in mart.keys)
            for column in shown_columns(mart):
                if column.name == "suppression":
                    continue
                query = (
                    f'select {keys}, "{column.name}" from public.{mart.quoted} where "{column.name}" is not null '
                    f"and not list_contains({held}, {'cycle' if 'cycle' in mart.keys else repr('')}) "
                    f'except select {keys}, "{column.name}" from {mart.quoted}'
                )
                assert connection.execute(query).fetchall() == [], f"{table}.{column.name}"


def test_no_correlation_of_known_answers_with_hidden_values_is_shown(home: Home, tmp_path: Path) -> None:
    """Nor to an audience that does not know the answers, since some have its file who do."""
    with duckdb.connect(str(home.published("wco")), read_only=True) as connection:
        connection.execute(f"attach '{home.published('internal')}' as i (read_only)")
        partly_hidden = set(
            connection.execute(
                "select distinct cycle, kpi from i.kpi.member_kpi_values as own "
                "anti join kpi.member_kpi_values using (cycle, kpi, member) where own.status = 'reported'"
            ).fetchall()
        )
    for audience in PROTECTED:
        file = home.published(audience)
        of_pairs = "select cycle, kpi, spearman_rho is not null, suppression from correlation.instrument_kpi"
        found = [(place, is_shown, why) for *place, is_shown, why in rows(file, of_pairs) if tuple(place) in partly_hidden]
        assert not any(is_shown for _, is_shown, _ in found)
        # public does not know the answers either
        assert {why for _, _, why in found} >= {"hidden values" if audience == "wco" else "hidden answers"}
        evidence = (
            "select cycle, kpi, spearman_rho, q_value, evidence from correlation.instrument_findings where evidence is not null"
        )
        texts = [row for row in rows(file, evidence) if tuple(row[:2]) in partly_hidden]
        assert texts
        assert not any(row[2] is not None or row[3] is not None or re.search(r"rho -?\d", row[4]) for row in texts)
    target = tmp_path / "wco.duckdb"
    target.write_bytes(home.published("wco").read_bytes())
    with duckdb.connect(str(target)) as connection:
        connection.execute(f"attach '{home.published('internal')}' as i (read_only)")
        connection.execute(
            "update correlation.instrument_kpi as s set spearman_rho = o.spearman_rho from i.correlation.instrument_kpi as o where "
            "(o.cycle, o.instrument, o.kpi, o.measure) = (s.cycle, s.instrument, s.kpi, s.measure) and s.suppression = 'hidden values'"
        )
    proof_file = home.published("internal").resolve().with_name(proof.FILE)
    leaks = audit_file(home.published("internal"), target, proof_file, AUDIENCES["wco"], read_marts()).leaks
    assert any("correlates answers that are shown" in str(leak) for leak in leaks)
