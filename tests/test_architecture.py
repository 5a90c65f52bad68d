"""Dependencies point one way: what is pure knows no Dagster, no dbt and no Great Expectations."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from orchestration.inputs.home import CODE

PACKAGE = CODE / "orchestration"
HEAVY = {"dagster", "dagster_dbt", "dbt", "great_expectations"}
MAY_IMPORT = {
    "defs": {"dagster", "dagster_dbt"},
    "definitions.py": {"dagster", "dagster_dbt"},
    "cli/runner.py": {"dagster"},
    "completeness/run.py": {"great_expectations"},
    "spark/marts.py": {"dbt"},
    "warm/dbt_server.py": {"dbt"},
}
"""Which of the heavy libraries a folder or module may import."""


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names


def test_only_the_wiring_imports_dagster_dbt_and_great_expectations() -> None:
    for path in PACKAGE.rglob("*.py"):
        shown = path.relative_to(PACKAGE).as_posix()
        allowed = {
            name for place, names in MAY_IMPORT.items() if shown == place or shown.startswith(f"{place}/") for name in names
        }
        assert {name.split(".")[0] for name in imported(path)} & HEAVY <= allowed, shown


def test_pure_packages_import_neither_wiring_nor_commands() -> None:
    for package in (
        "inputs",
        "intake",
        "sample",
        "statistics",
        "disclosure",
        "publication",
        "report",
        "warehouse",
        "completeness",
    ):
        for path in (PACKAGE / package).rglob("*.py"):
            ours = {name.split(".")[1] for name in imported(path) if name.startswith("orchestration.")}
            assert not ours & {"defs", "cli", "definitions"}, path


def test_a_package_lists_its_modules() -> None:
    for init in sorted(PACKAGE.rglob("__init__.py")):
        listed = set(re.findall(r"^(\w+(?:\.py|/))\s{2,}\S", ast.get_docstring(ast.parse(init.read_text())) or "", re.MULTILINE))
        modules = {path.name for path in init.parent.glob("*.py")} - {"__init__.py"}
        packages = {f"{path.parent.name}/" for path in init.parent.glob("*/__init__.py")}
        other_folders = {f"{path.name}/" for path in init.parent.iterdir() if path.is_dir()} - packages
        assert listed - other_folders == modules | packages, init
