"""`pmm refresh`: of one cycle this process runs all steps of the Dagster job, of several others do."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Any

import typer
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from orchestration.cli.common import NO_CYCLE, err, input_errors, out, plain
from orchestration.cli.several import RUNNER, most_at_once, refresh_several
from orchestration.defs.history import mend_history
from orchestration.inputs.cycles import cycle_names, get_cycle
from orchestration.inputs.home import Home
from orchestration.publication.holding import sentence
from orchestration.publication.kept import current
from orchestration.publication.make import refused
from orchestration.publication.reasons import Reason
from orchestration.warm.dbt_server import dbt_server
from orchestration.warm.garbage import kept_for_good
from orchestration.warm.workers import warm_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orchestration.inputs.cycles import Cycle


def run(names: list[str], reason: Reason, *, all_cycles: bool, jobs: int | None = None) -> None:
    """Refresh the named cycles, or rebuild all; `jobs` is how many at once, where that is not as many as the machine can."""
    home = Home.current()
    if not names and not all_cycles:
        known = ", ".join(cycle_names(home)) or "none yet; pmm sample makes some"
        err().print(f"Say which cycle: --cycle NAME, or --all. There are: {known}.")
        raise typer.Exit(2)
    if all_cycles and not cycle_names(home):
        out().print(NO_CYCLE)
        return
    with input_errors():
        cycles = [get_cycle(home, name) for name in (cycle_names(home) if all_cycles else sorted(set(names)))]
        for cycle in cycles:
            _ = cycle.file, cycle.framework, cycle.roster  # an error in them ends the command before anything is begun
    if refusals := [said for cycle in cycles if (said := refused(home, cycle, reason)) is not None]:
        for sentence in refusals:
            err().print(plain(sentence))
        raise typer.Exit(2)
    with (
        dbt_server(),
        Progress(
            SpinnerColumn(),
            TextColumn("{task.fields[cycle]}", style="bold"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=err(),
            transient=True,
            disable=not err().is_terminal,
        ) as bar,
    ):
        shown = _Shown(home, {cycle.name: cycle for cycle in cycles}, bar)
        if len(cycles) == 1:
            _refresh_here(home, cycles[0].name, reason, shown)
        else:
            _refresh_several(home, [cycle.name for cycle in cycles], reason, jobs or most_at_once(), shown)
    if not shown.is_good:
        raise typer.Exit(1)


def _refresh_here(home: Home, name: str, reason: Reason, shown: _Shown) -> None:
    warm_up()
    # Dagster takes seconds to import; until then the display says so
    shown.progress(name, "Starting", 0, 0)
    with kept_for_good():
        from orchestration.cli.runner import Runner

        opened = Runner(home)
    began = time.monotonic()
    with opened as runner:
        found = runner.refresh(name, partial(shown.progress, name), reason)
    shown.result(name, found, time.monotonic() - began)


def _refresh_several(home: Home, names: list[str], reason: Reason, n_at_once: int, shown: _Shown) -> None:
    if said := mend_history(home):  # before there are several who would
        err().print(plain(said))
    warm_up(RUNNER)
    rest = set(names)
    for name, found, seconds in refresh_several(home, names, reason, n_at_once, shown.progress):
        rest.remove(name)
        shown.result(name, found, seconds)
    if rest:
        err().print(f"Asked to end; not begun: {', '.join(sorted(rest))}.", markup=False)
        shown.is_good = False


class _Shown:
    """What the terminal shows of refreshes: how far each is, and what it came to.

    Attributes:
        is_good: whether all that have ended are published.
    """

    def __init__(self, home: Home, cycles: dict[str, Cycle], bar: Progress) -> None:
        self.is_good = True
        self._home, self._cycles, self._bar = home, cycles, bar
        self._tasks: dict[str, TaskID] = {}

    def progress(self, cycle: str, stage: str, done: int, total: int) -> None:
        """Show how far a cycle's refresh is."""
        if stage.endswith("."):  # a sentence is for whoever reads on, also without a terminal
            err().print(plain(stage))
            stage = "Waiting"
        if cycle not in self._tasks:
            self._tasks[cycle] = self._bar.add_task(stage, cycle=cycle)
        self._bar.update(self._tasks[cycle], description=stage, completed=done, total=total or None)

    def result(self, cycle: str, found: dict[str, Any], seconds: float) -> None:
        """Show what it came to."""
        self._bar.remove_task(self._tasks.pop(cycle))
        self.is_good &= found["state"] == "published"
        self._bar.stop()
        _print_result(self._home, self._cycles[cycle], found, seconds)
        self._bar.start()


def release(name: str, audiences: Sequence[str], reason: str) -> None:
    """Refresh a cycle that is held for some audiences, and show them its new figures."""
    home = Home.current()
    with input_errors():
        get_cycle(home, name)
    now = current(home)
    for audience in audiences:
        if now is None or name not in now.record.held.get(audience, {}):
            err().print(f"{name} is not held for {audience}; pmm status lists what is held.", markup=False)
            raise typer.Exit(2)
    run([name], Reason(reason, releases=tuple(audiences)), all_cycles=False)


def _submissions(states: dict[str, int], n_sent: int) -> str:
    """An export holds a submission of each of its Members, and its two tables are two files."""
    if not states:
        return "none"
    return ", ".join(f"{n} {state}" for state, n in states.items()) + f"; {n_sent} Members have sent"


def _print_result(home: Home, cycle: Cycle, found: dict[str, Any], seconds: float) -> None:
    is_good = found["state"] == "published"
    style = "green" if is_good else "bold red"
    origin = ", [yellow]synthetic figures[/yellow]" if cycle.file.data_origin == "synthetic" else ""
    out().print(f"[bold]{cycle.name}[/bold]: [{style}]{found['state']}[/{style}] in {seconds:.1f} s{origin}")
    table = Table(box=None, show_header=False, pad_edge=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    counts = found["counts"]
    if counts:
        states = counts["states"]
        table.add_row("Files received", f"{counts['n_files']}")
        table.add_row("Submissions", _submissions(states, counts["n_sent"]))
        table.add_row(
            "Cells",
            f"{counts['n_cells']:,} received, {counts['n_loaded']:,} loaded, {counts['n_set_aside']:,} set aside",
        )
        if is_good:
            table.add_row("Sufficient", f"{counts['n_sufficient']} of {counts['n_members']} Members on the roster")
    checks = found["checks"]
    n_passed = sum(c.is_passed for c in checks)
    n_warned = sum(not c.is_passed and not c.is_error for c in checks)
    n_failed = sum(not c.is_passed and c.is_error for c in checks)
    table.add_row("Checks", f"{n_passed} passed, {n_warned} warned" + (f", [red]{n_failed} failed[/red]" if n_failed else ""))
    for check in checks:
        if not check.is_passed:
            table.add_row(
                "",
                f"[{'red' if check.is_error else 'yellow'}]{check.name}[/]: " + plain(check.description),
            )
    for line in found["errors"]:
        table.add_row("Error", plain(line))
    if is_good:
        files = ", ".join(home.shown(home.published(audience)) for audience in ("internal", "wco", "public"))
        table.add_row("Marts", files)
        table.add_row("Report", f"{home.shown(home.published_report('public'))}; wco and internal have their own")
        for audience, (n_rows, n_withheld) in found["withheld"].items():
            table.add_row(f"Withheld, {audience}", f"some figures in {n_withheld:,} of {n_rows:,} rows; the audit found no leak")
        now = current(home)
        for audience, of_cycle in ({} if now is None else now.record.held).items():
            if cycle.name in of_cycle:
                table.add_row(f"[yellow]Held, {audience}[/yellow]", plain(sentence(cycle.name, audience, of_cycle[cycle.name])))
    else:
        table.add_row("Marts", "not published; the last publication is as it was")
    table.add_row("Checks' page", f"{home.shown(home.data_docs / cycle.name)}/index.html")
    out().print(table, soft_wrap=False)
