"""The code location: what it defines stands in one reviewed snapshot, and loading it does nothing but define."""

import datetime as dt
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import dagster as dg
import duckdb
import pytest
from dagster._core.storage.event_log.base import EventLogConnection
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster_dbt import DbtCliResource, DbtProject, utils
from packaging.version import Version
from syrupy.assertion import SnapshotAssertion

from orchestration.definitions import build_defs
from orchestration.defs.assets.marts import IS_MART, JOINED, Dbt
from orchestration.defs.dbt import select_unique_ids
from orchestration.defs.event_log import NOT_READ, OpenEventLog
from orchestration.inputs.home import CODE, DBT_PROJECT, Home
from orchestration.intake.forms.draft import Draft
from orchestration.warehouse.build import build_of
from orchestration.warehouse.dbt import MANIFEST, WARM_DBT
from orchestration.warehouse.marts import ACROSS_CYCLES
from orchestration.warm.dbt import ADDRESS
from tests.lab import SENT, answer, new_cycle, send

MODULES = sorted(
    ".".join(path.relative_to(CODE).with_suffix("").parts)
    for path in (CODE / "orchestration").rglob("*.py")
    # these run when they are started as programs, or in the fork server
    if path.name not in ("__init__.py", "fork_server.py")
)


@pytest.fixture(scope="module")
def defs(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return build_defs(Home(tmp_path_factory.mktemp("home")))


def test_all_definitions(defs: dg.Definitions, snapshot: SnapshotAssertion) -> None:
    """Every change of the graph shows in a review; `pytest --snapshot-update` makes it anew."""
    lines = []
    for spec in sorted(defs.resolve_all_asset_specs(), key=lambda spec: spec.key.to_user_string()):
        deps = ", ".join(sorted(dep.asset_key.to_user_string() for dep in spec.deps))
        lines.append(f"asset {spec.key.to_user_string()} [{spec.group_name}] <- {deps or 'files'}")
    graph = defs.resolve_asset_graph()
    lines += sorted(
        f"check {key.name} of {key.asset_key.to_user_string()}{' (blocks)' if graph.get(key).blocking else ''}"
        for key in graph.asset_check_keys
    )
    repository = defs.get_repository_def()
    lines += sorted(f"job {job.name}: {job.description}" for job in repository.get_all_jobs() if not job.name.startswith("__"))
    lines += sorted(f"schedule {s.name}: {s.cron_schedule}, {s.job_name}" for s in repository.schedule_defs)
    lines += sorted(
        f"sensor {s.name}: {', '.join(target.job_name for target in s.targets) or 'all jobs'}" for s in repository.sensor_defs
    )
    assert "\n".join(lines) == snapshot


def test_each_column_says_from_which_others_it_is_made(defs: dg.Definitions) -> None:
    specs = {spec.key: spec for spec in defs.resolve_all_asset_specs()}
    found: dict[str, dict[str, set[str]]] = {}
    for key, spec in specs.items():
        lineage = spec.metadata.get("dagster/column_lineage")
        if lineage is None:
            continue
        assert isinstance(lineage, dg.TableColumnLineage)
        assert {column.name for column in spec.metadata["dagster/column_schema"].columns} == lineage.deps_by_column.keys()
        for name, sources in lineage.deps_by_column.items():
            found.setdefault(key.to_user_string(), {})[name] = {
                f"{d.asset_key.to_user_string()}.{d.column_name}" for d in sources
            }
            for source in sources:
                assert source.asset_key in {dep.asset_key for dep in spec.deps}, (key, source)
                if source.asset_key != JOINED:  # what is joined for dbt is no table of its asset
                    described = specs[source.asset_key].metadata["dagster/column_schema"].columns
                    assert source.column_name in {column.name for column in described}, (key, source)
    # all that dbt builds from SQL; the one model in Python does not say it
    built = {key.to_user_string() for key, spec in specs.items() if IS_MART in spec.metadata}
    assert built - found.keys() == {"intermediate/int_instrument_kpi_correlations"}
    assert found["staging/stg_kpis"]["direction"] == {"raw/kpis.direction"}
    assert found["aggregate/kpi_by_group"]["mean"] == {"intermediate/int_kpi_statistics.mean"}
    assert "aggregate/kpi_by_group.mean" in found["aggregate/kpi_trends"]["previous_mean"]
    assert found["intermediate/int_kpi_ranges"]["n_members"] == set()  # it counts rows


def test_importing_a_module_does_nothing_but_define(tmp_path: Path) -> None:
    """No file is opened but Python's own, no environment or folder is changed, no process or thread is started."""
    code = (
        "import importlib, json, os, sys, threading\n"
        "import dagster, dagster_dbt, duckdb, great_expectations, pandas, pydantic, scipy.stats, typer  # what others do is theirs\n"
        "from pathlib import Path\n"
        "allowed = tuple(str(Path(p).resolve()) for p in sys.path if p) + (sys.prefix, sys.base_prefix, '/proc', '/sys', '/etc', '/dev', '/usr')\n"
        "done = []\n"
        "def watch(event, args):\n"
        "    if event in ('subprocess.Popen', 'os.fork', 'os.chdir', 'os.mkdir', 'os.putenv', 'os.remove', 'socket.bind', 'socket.connect'):\n"
        "        done.append(f'{event} {args}')\n"
        "    if event == 'open' and isinstance(args[0], str) and args[0].endswith(('.json', '.toml', '.csv', '.sql', '.yml', '.md', '.duckdb')):\n"
        "        done.append(f'{event} {args}')\n"
        "environment, threads = dict(os.environ), threading.active_count()\n"
        "sys.addaudithook(watch)\n"
        f"for name in {MODULES!r}:\n"
        "    importlib.import_module(name)\n"
        "assert not done, done\n"
        "assert dict(os.environ) == environment\n"
        "assert threading.active_count() == threads\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(tmp_path.iterdir()) == []


def test_dagsters_own_commands_load_the_project() -> None:
    dg_command = Path(sys.executable).with_name("dg")
    done = subprocess.run([str(dg_command), "list", "defs", "--json"], cwd=CODE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = json.loads(done.stdout)
    assert {asset["asset_key"] for asset in listed["assets"]} >= {"raw/kpi_answers", "aggregate/kpi_trends", "publication/public"}


@pytest.mark.parametrize(("select", "exclude"), [(f"tag:{ACROSS_CYCLES}", ""), ("fqn:*", f"tag:{ACROSS_CYCLES}")])
def test_a_definition_has_the_models_and_tests_that_dbt_selects(
    select: str, exclude: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # as dagster-dbt asks dbt, where it has found it
    monkeypatch.setattr(utils, "DBT_PYTHON_VERSION", Version(version("dbt-core")))
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    by_dbt = utils._select_unique_ids_from_manifest(select, exclude, "", manifest, DbtProject(DBT_PROJECT))
    chosen = select_unique_ids(select, exclude, "", None, manifest)
    assert chosen == manifest["nodes"].keys() & by_dbt
    assert chosen
    with pytest.raises(ValueError, match="knows no selection but"):
        select_unique_ids("path:models", exclude, "", None, manifest)


def test_dbt_is_not_imported_where_dagster_is() -> None:
    code = """if True:
    import sys
    import orchestration.definitions
    from dagster_shared.libraries import DagsterLibraryRegistry
    assert "dbt" not in sys.modules
    assert "dbt-fusion" not in DagsterLibraryRegistry.get()
    import dbt.version
    assert DagsterLibraryRegistry.get()["dbt-core"] == dbt.version.__version__
    from orchestration.warm.without import without
    with without("dbt"):
        try:
            import dbt.version
        except ImportError:
            print("not found")
    assert sys.modules["dbt.version"] is dbt.version
    """
    done = subprocess.run([sys.executable, "-c", code], cwd=CODE, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("not found\n", "")


def test_what_is_overridden_of_dagster_is_still_there() -> None:
    """Both are for speed alone; where a later version names them otherwise, all works, and takes its time again."""
    for name in ("_connect", "_initdb", "conn_string_for_shard", "_initialized_dbs", "_db_lock"):
        assert hasattr(SqliteEventLogStorage, name) or name in SqliteEventLogStorage.__init__.__code__.co_names, name
    assert EventLogConnection._fields == ("records", "cursor", "has_more")
    assert OpenEventLog._connect is not SqliteEventLogStorage._connect
    assert Dbt._initialize_dbt_core_adapter is not DbtCliResource._initialize_dbt_core_adapter


def test_the_event_log_keeps_its_files_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    original = OpenEventLog._engine

    def engine(self: OpenEventLog, shard: str) -> object:
        is_new = shard not in self._engines
        found = original(self, shard)
        if is_new:
            opened.append(shard)
        return found

    monkeypatch.setattr(OpenEventLog, "_engine", engine)
    asked: list[str] = []
    has_table = SqliteEventLogStorage.has_table

    def asking(self: SqliteEventLogStorage, name: str) -> bool:
        asked.append(name)
        return has_table(self, name)

    monkeypatch.setattr(SqliteEventLogStorage, "has_table", asking)
    with dg.DagsterInstance.local_temp(
        str(tmp_path),
        overrides={
            "event_log_storage": {
                "module": "orchestration.defs.event_log",
                "class": "OpenEventLog",
                "config": {"base_dir": str(tmp_path / "runs")},
            }
        },
    ) as instance:

        @dg.asset(check_specs=[dg.AssetCheckSpec(f"check_{number}", asset="one") for number in range(3)])
        def one(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:  # type: ignore[type-arg]
            for number in range(3):
                yield dg.AssetCheckResult(passed=True, check_name=f"check_{number}")
            yield dg.MaterializeResult()
            for number in range(20):
                context.log.info(f"event {number}")

        result = dg.materialize([one], instance=instance)
        assert result.success
        assert isinstance(instance._event_storage, OpenEventLog)
        kinds = Counter(event.dagster_event_type for event in instance.all_logs(result.run_id))
        # all that was logged and what came of each, read in pages too; and by kind what is planned, as Dagster asks for it
        assert kinds[None] == 20
        assert kinds[dg.DagsterEventType.ASSET_CHECK_EVALUATION] == 3
        assert kinds[dg.DagsterEventType.ASSET_MATERIALIZATION] == kinds[dg.DagsterEventType.STEP_SUCCESS] == 1
        assert not kinds.keys() & NOT_READ
        cursor, n_read = None, 0
        while (page := instance.get_records_for_run(result.run_id, cursor, limit=3)).has_more or page.records:
            cursor, n_read = page.cursor, n_read + len(page.records)
        assert n_read == kinds.total()
        by_kind = Counter(event.dagster_event_type for event in instance.all_logs(result.run_id, of_type=set(NOT_READ)))
        assert by_kind[dg.DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED] == 3
        assert by_kind[dg.DagsterEventType.STEP_OUTPUT] == 4
        assert kinds.total() + by_kind.total() > 30
        assert len(opened) <= 2  # the index, and the run's own file
        # a table is looked for until it is there
        assert 1 <= len(asked) == len(set(asked))


def test_a_run_that_dagster_begins_has_a_server_of_its_own_and_another_keeps_what_it_has(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str | None] = []

    @dg.asset
    def one(dbt: Dbt) -> None:  # noqa: ARG001 (what it asks for is begun for it)
        seen.append(os.environ.get(ADDRESS))

    dbt = Dbt(project_dir=str(DBT_PROJECT), dbt_executable=str(WARM_DBT))
    for outer in (None, "somebody's"):
        monkeypatch.delenv(ADDRESS, raising=False)
        if outer:
            monkeypatch.setenv(ADDRESS, outer)
        assert dg.materialize([one], resources={"dbt": dbt}).success
        assert os.environ.get(ADDRESS) == outer
    assert seen[0] is not None
    assert seen[1] == "somebody's"


@pytest.mark.usefixtures("warm_dbt")
def test_an_open_cycle_that_is_not_refreshed_is_reported(home: Home) -> None:
    today = dt.datetime.now(dt.UTC).replace(tzinfo=None)
    cycle = new_cycle(home, "open", {"XAA": {}})
    text = (cycle.folder / "cycle.toml").read_text()
    dates = f"opens = {today.date() - dt.timedelta(days=30)}\ncloses = {today.date() + dt.timedelta(days=30)}"
    (cycle.folder / "cycle.toml").write_text(text.replace("opens = 2023-11-20\ncloses = 2024-06-30", dates))
    send(cycle, [Draft("XAA", "A", 1, SENT, {"K06": answer(value=1)}, {})], "json")
    build = build_of(home, "open")
    build.folder.mkdir(parents=True)
    job = build_defs(home).resolve_job_def("freshness")
    assert job.execute_in_process(raise_on_error=False).success  # it was never refreshed, as a new one
    for age, is_fresh in ((1, True), (200, False)):
        build.whole.unlink(missing_ok=True)
        with duckdb.connect(str(build.whole)) as connection:
            connection.execute("create schema raw")
            connection.execute(
                "create table raw.loads as select 'open' as cycle, ?::timestamp as loaded_at", [today - dt.timedelta(hours=age)]
            )
            connection.execute(
                "create table raw.cycles as select 'open' as cycle, current_date - 30 as opens, current_date + 30 as closes"
            )
        assert job.execute_in_process(raise_on_error=False).success is is_fresh
