"""The audit fails when any single protection is switched off, and says what it tried."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from orchestration.disclosure.audiences import AUDIENCES
from orchestration.inputs.home import Home
from orchestration.publication import kept
from orchestration.publication.audit import answers, batches, values
from orchestration.publication.audit.audit import _attached, audit_file
from orchestration.publication.audit.certificate import read_certificate
from orchestration.publication.protection import proof
from orchestration.publication.protection.tables import Protection
from orchestration.warehouse.marts import read_marts
from tests.lab import cut_for, rows
from tests.publication.conftest import PROTECTED
from tests.publication.switches import all_panels, cells

SWITCHED_OFF: dict[str, tuple[Callable[[Protection], Protection], str]] = {
    "single answers beside secrets": (lambda p: replace(p, values=[]), "it is not proved that it could be"),
    "means": (cells(mean=True), "it is not proved that it could be"),
    "quartiles": (cells(mean=True, q1=True, median=True, q3=True), "it is not proved that it could be"),
    "deviation and skewness": (cells(mean=True, shape=True), "it is not proved that it could be"),
    "judgements": (cells(judgement=True), "it is not proved that it could be"),
    "panels": (all_panels, "it is not proved that it could be"),
    "sizes of groups": (
        lambda p: replace(p, kpi_cells=[(*cell[:4], *[True] * 6, cell[-1]) for cell in p.kpi_cells]),
        "shows a mean of",
    ),
    "correlations of known answers with hidden values": (
        lambda p: replace(p, correlations=[]),
        "correlates answers that are shown",
    ),
}
"""By protection how to switch it off, and what the audit says then; what only some files need is in the test below."""
FIGURES = {
    "mean": "mean",
    "q1": "first quartile",
    "median": "median",
    "q3": "third quartile",
    "stddev": "deviation",
    "skewness": "skewness",
}
"""By column what the audit calls a figure."""


@pytest.mark.parametrize("protection", SWITCHED_OFF)
@pytest.mark.parametrize("audience", PROTECTED)
def test_the_audit_fails_when_any_single_protection_is_switched_off(
    home: Home, tmp_path: Path, audience: str, protection: str
) -> None:
    change, expected = SWITCHED_OFF[protection]
    internal, target = home.published("internal").resolve(), tmp_path / "open.duckdb"
    proof_file = cut_for(internal, target, audience, change=change)  # type: ignore[arg-type]
    found = audit_file(internal, target, proof_file, AUDIENCES[audience], read_marts())  # type: ignore[index]
    if audience == "public" and protection.startswith("correlations"):
        assert found.leaks == []  # it knows no answers: of these it is shown classes at most
    else:
        assert any(expected in str(leak) for leak in found.leaks)


def test_the_audit_fails_when_what_protects_hidden_answers_is_switched_off(home: Home, tmp_path: Path) -> None:
    internal, marts = home.published("internal").resolve(), read_marts()

    def said(change: Callable[[Protection], Protection] = lambda p: p, statement: str = "") -> set[str]:
        target = tmp_path / "public.duckdb"
        target.unlink(missing_ok=True)
        target.with_name("public.proof.duckdb").unlink(missing_ok=True)
        proof_file = cut_for(internal, target, "public", change=change)
        if statement:
            with duckdb.connect(str(target)) as connection:
                connection.execute(f"attach '{internal}' as i (read_only)")
                connection.execute(statement)
        return {leak.what.split(";")[0] for leak in audit_file(internal, target, proof_file, AUDIENCES["public"], marts).leaks}

    use = "(i.cycle, i.instrument, i.grouping, i.group_name) = (s.cycle, s.instrument, s.grouping, s.group_name)"
    pair = "(i.cycle, i.instrument, i.kpi, i.measure) = (s.cycle, s.instrument, s.kpi, s.measure)"
    assert said() == set()
    # groups that are withheld
    assert said(lambda p: replace(p, instrument_cells=[])) == {"it is not proved that another answer was possible"}
    # rounding
    exact = f"update instrument.instrument_use as s set n_aware = i.n_aware from i.instrument.instrument_use as i where {use}"
    assert "n_aware is a count of answers that the audience may not see, and is not rounded as it should be" in said(
        statement=exact
    )
    rate = (
        f"update instrument.instrument_use as s set in_use_rate = i.in_use_rate from i.instrument.instrument_use as i where {use}"
    )
    assert "a rate or a level is not that of the rounded counts" in said(statement=rate)
    # classes instead of coefficients, and not of all of them; notes that tell nothing
    of_pairs = "update correlation.instrument_kpi as s set {0} = i.{0} from i.correlation.instrument_kpi as i where " + pair
    for column in ("spearman_rho", "p_value", "note"):
        found = said(statement=of_pairs.format(column) + (" and i.note = 'no variation'" if column == "note" else ""))
        assert found == {"tells of answers that the audience may not see more than a class: a coefficient, or a note"}
    assert said(statement=of_pairs.format("strength")) & {
        "it is not proved that another answer was possible",
        "is a class of answers and values that are both hidden",
    }


def test_worlds_are_looked_at_some_after_the_other_with_the_same_result(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    internal, target, marts = home.published("internal").resolve(), tmp_path / "public.duckdb", read_marts()
    # what is found, and how many worlds agree, where groups are shown that should not be
    proof_file = cut_for(internal, target, "public", change=cells(mean=True))
    at_once = audit_file(internal, target, proof_file, AUDIENCES["public"], marts)
    assert len(at_once.leaks) > 1
    assert sum(of_cycle["worlds"] for of_cycle in at_once.tried["values"].values()) > 10
    monkeypatch.setattr(batches, "MOST_ROWS", 1)
    assert audit_file(internal, target, proof_file, AUDIENCES["public"], marts) == at_once


def test_worlds_agree_with_the_figures_that_pandas_computes_of_all_their_values(home: Home, tmp_path: Path) -> None:
    internal, target = home.published("internal").resolve(), tmp_path / "public.duckdb"
    proof_file = cut_for(internal, target, "public", change=cells(mean=True, q1=True, median=True, q3=True, shape=True))
    with duckdb.connect(str(target)) as connection:
        # with a figure that is not the true one no world agrees, whether it changes the group or not
        row = connection.execute(
            "update aggregate.kpi_by_group set median = median + 1 where (cycle, kpi, grouping, group_name) = (select "
            "(cycle, kpi, grouping, group_name) from aggregate.kpi_by_group semi join kpi.kpi_performance using (cycle, kpi) "
            "where median is not null and grouping != 'global' order by all limit 1) returning kpi, group_name"
        ).fetchone()
    assert row is not None
    kpi_of_other, group_of_other = row
    with _attached(None, {"internal": internal, "shown": target, "proof": proof_file}, AUDIENCES["public"]) as connection:
        changes, broken = values._read_worlds(connection)
        read = {
            "own": "select cycle, kpi, member, value from internal.kpi.member_kpi_values where status = 'reported'",
            "groups": "select cycle, member, grouping, group_name from internal.reference.member_groups",
            "kpis": "select cycle, kpi, coalesce(decimals, 1) as decimals from internal.reference.kpis",
            "shown": "select cycle, kpi, grouping, group_name, mean, q1, median, q3, stddev, skewness "
            "from shown.aggregate.kpi_by_group",
        }
        own, groups, kpis, shown = (connection.sql(query).df() for query in read.values())
    expected: set[tuple[str, str, int, str]] = set()
    for (cycle, kpi), worlds in changes.items():
        of_kpi = own[(own.cycle == cycle) & (own.kpi == kpi)]
        decimals = int(kpis[(kpis.cycle == cycle) & (kpis.kpi == kpi)].decimals.iloc[0])
        for world, changed in worlds.items():
            of_world = of_kpi.assign(value=[changed.get(m, v) for m, v in zip(of_kpi.member, of_kpi.value, strict=True)])
            found = of_world.merge(groups, on=["cycle", "member"]).groupby(["cycle", "kpi", "grouping", "group_name"])["value"]
            quartiles = {"q1": found.quantile(0.25), "median": found.median(), "q3": found.quantile(0.75)}
            figures = pd.DataFrame({"mean": found.mean(), **quartiles, "stddev": found.std(), "skewness": found.skew()})
            both = figures.reset_index().merge(shown, on=["cycle", "kpi", "grouping", "group_name"], suffixes=("", "_shown"))
            for name, word in FIGURES.items():
                half = 0.5 * 10.0 ** -(2 if name == "skewness" else decimals)
                apart = (both[name] - both[f"{name}_shown"]).abs() > half * (1 + 1e-9)
                expected |= {(cycle, kpi, world, f"the {word} of {group}") for group in both[apart].group_name}
    words = tuple(f"the {word} of" for word in FIGURES.values())
    said = {(*about, what) for about, whats in broken.items() for what in whats if what.startswith(words)}
    assert said == expected
    assert all(any(what.startswith(word) for *_, what in said) for word in words)
    of_other = {world for _, kpi, world, what in said if (kpi, what) == (kpi_of_other, f"the median of {group_of_other}")}
    assert of_other == set(changes[next(cycle for cycle, kpi in changes if kpi == kpi_of_other), kpi_of_other])


def test_the_audit_fails_without_proof_and_without_digits(home: Home, tmp_path: Path) -> None:
    internal, target = home.published("internal").resolve(), tmp_path / "wco.duckdb"
    proof_file = cut_for(internal, target, "wco")
    assert audit_file(internal, target, proof_file, AUDIENCES["wco"], read_marts()).leaks == []
    with duckdb.connect(str(proof_file)) as connection:
        connection.execute("delete from changes where number = (select min(number) from changes)")
    leaks = audit_file(internal, target, proof_file, AUDIENCES["wco"], read_marts()).leaks
    assert any("not even somebody without an answer" in leak.what for leak in leaks)
    with duckdb.connect(str(target)) as connection:
        connection.execute("update aggregate.kpi_by_group set mean = mean + 0.001 where mean is not null")
    leaks = audit_file(internal, target, proof_file, AUDIENCES["wco"], read_marts()).leaks
    assert any("more digits than it is published with" in leak.what for leak in leaks)
    proof_file.unlink()
    leaks = audit_file(internal, target, proof_file, AUDIENCES["wco"], read_marts()).leaks
    assert ["nothing proves that secrets are safe" in leak.what for leak in leaks] == [True]


def test_the_audit_fails_where_a_narrower_audience_is_shown_more(home: Home, tmp_path: Path) -> None:
    internal, wider, target = home.published("internal").resolve(), tmp_path / "wco.duckdb", tmp_path / "public.duckdb"
    cut_for(internal, wider, "wco")
    proof_file = cut_for(internal, target, "public")
    assert audit_file(internal, target, proof_file, AUDIENCES["public"], read_marts(), wider).leaks == []
    with duckdb.connect(str(wider)) as connection:
        connection.execute("update aggregate.kpi_by_group set mean = null, q1 = q1 + 1")
    leaks = audit_file(internal, target, proof_file, AUDIENCES["public"], read_marts(), wider).leaks
    assert any("shows mean, q1 that a wider audience is not shown" in leak.what for leak in leaks)


def test_the_certificate_says_what_was_tried(home: Home) -> None:
    current = kept.current(home)
    assert current is not None
    certificate = read_certificate(current)
    assert certificate is not None
    assert certificate["passed"]
    assert certificate["sha256"]["public.duckdb"] == hashlib.sha256(current.file("public").read_bytes()).hexdigest()
    public = certificate["audiences"]["public"]
    n_secrets = rows(
        current.file("internal"),
        "select count(*) from kpi.member_kpi_values join reference.kpis as kpis using (cycle, kpi) "
        "where status = 'reported' and kpis.disclosure = 'public' and member_kpi_values.disclosure != 'public'",
    )[0][0]
    assert public["values"]["secrets"] == n_secrets > 20
    assert public["values"]["narrowest_interval_of_value"] >= 0.1
    assert public["answers"]["secrets"] > 1000
    assert (current.folder / proof.FILE).exists()
    assert not list(current.package("public").rglob("proof*"))


@given(st.integers(0, 10_000))
def test_the_audits_coefficients_and_p_values_are_scipys(seed: int) -> None:
    chance = np.random.default_rng(seed)
    n, n_worlds = int(chance.integers(3, 30)), int(chance.integers(1, 6))
    truth = chance.integers(0, 3, n)
    worlds = np.where(chance.random((n_worlds, n)) < 0.3, (truth + 1) % 3, truth)
    values = np.where(chance.random(n) < 0.2, np.nan, chance.integers(0, 8, n))
    has = ~np.isnan(values)
    world, member = np.nonzero(worlds != truth)
    hidden = answers.Hidden(tuple(f"{number}" for number in range(n)), truth.astype(float))
    found = answers.coefficients(
        hidden, answers.Worlds(np.arange(n_worlds), world, member, worlds[world, member].astype(float)), values
    )
    for own, rho in zip(worlds, found, strict=True):
        varies = has.any() and np.ptp(own[has]) and np.ptp(values[has])
        assert rho == pytest.approx(stats.spearmanr(own[has], values[has]).statistic if varies else 0.0, abs=1e-12)
    p_values, others = chance.random(4).round(2), chance.random(int(chance.integers(0, 9))).round(2)
    adjusted = [stats.false_discovery_control([p, *others])[0] for p in p_values]
    assert answers.adjusted(p_values, others) == pytest.approx(adjusted, abs=1e-12)


@given(st.integers(0, 10_000))
def test_an_answer_is_proved_by_worlds_in_which_nobody_else_always_answers_otherwise(seed: int) -> None:
    chance = np.random.default_rng(seed)
    # also more than the 64 that are looked at in one go
    n, n_worlds, share = int(chance.integers(2, 20 if seed % 2 else 150)), int(chance.integers(0, 8)), chance.uniform(0.3, 0.95)
    members = tuple(f"{number}" for number in range(n))
    changed = [{member for member in members if chance.random() < share} for _ in range(n_worlds)]
    gone = [{member for member in (*members, "gone", "gone too") if chance.random() < 0.1} for _ in range(n_worlds)]
    broken = {number for number in range(n_worlds) if chance.random() < 0.2}
    secrets = [member for member in members if chance.random() < 0.7]
    places = [(world, int(member)) for world, those in enumerate(changed) for member in those]
    world, place = np.array(places, dtype=np.int64).reshape(-1, 2).T
    # the worlds' numbers need not follow each other
    numbers = 3 * np.arange(n_worlds)
    found = answers._unproved(
        secrets,
        answers.Hidden(members, np.zeros(n)),
        answers.Worlds(numbers, world, place, np.ones(len(world))),
        {3 * number for number in broken},
        {3 * number: those for number, those in enumerate(gone)},
    )
    expected = []
    for secret in secrets:
        own = [changed[w] | gone[w] for w in range(n_worlds) if w not in broken and secret in changed[w]]
        if not own or set.intersection(*own) - {secret}:
            expected.append(secret)
    assert found == expected
