"""`pmm sample`."""

from __future__ import annotations

from rich.progress import Progress

from orchestration.cli.common import err, input_errors, out
from orchestration.inputs.home import Home
from orchestration.inputs.records import InputError, Problem
from orchestration.sample import read_targets, sample_names, write_sample


def run(cycles: list[str]) -> None:
    """Write the named sample cycles, or all."""
    home = Home.current()
    with input_errors():
        names = cycles or sample_names(home)
        if not names:
            problem = Problem("raw/samples", None, None, "no samples; copy the project's raw/ there, or unset PMM_HOME")
            raise InputError(f"No sample can be made in {home.path}", [problem])
        for name in names:
            targets = read_targets(home, name)
            with Progress(console=err(), transient=True) as bar:
                task = bar.add_task(f"Writing {name}")
                folder = write_sample(home, targets, lambda n, total, t=task, b=bar: b.update(t, completed=n, total=total))  # type: ignore[misc]
            n_files = sum(1 for p in (folder / "submissions").iterdir())
            out().print(
                f"{name}: {targets.file.n_nominated} invented Members, {n_files} files in {home.shown(folder)}/submissions"
            )
